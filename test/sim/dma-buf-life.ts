/**
 * A random life of buffers: exporters and importers come and go, map, unmap, revoke and fail, in any order that drivers
 * may choose. The kernel is the intended one, so that every invariant holds without exception.
 */
import { Prng } from '../../src/base/index.ts';
import type { DmaDevice } from '../../src/dma/index.ts';
import {
  type DmaBuf,
  type DmaBufAttachment,
  type DmaBufAttachOps,
  dmaBufDetach,
  dmaBufDynamicAttach,
  dmaBufExport,
  dmaBufInvalidateMappings,
  dmaBufMapAttachment,
  dmaBufUnmapAttachment,
  freeSgt,
  physVecToSgt,
  type SgtMapping,
} from '../../src/dma-buf/index.ts';
import { dmaEntries, PhysVecArray } from '../../src/scatterlist/index.ts';
import { DMA_BIDIRECTIONAL, kernelError, kernelOk } from '../../src/uapi/index.ts';
import { domainState } from '../support/domain-state.ts';
import { BAR_START, importerDevice, type MappingMachine, mappingMachine } from '../support/mapping-machine.ts';

const PAGE = 0x1000n;
const BAR_PAGES = 0x10000;
const MAX_BUFFERS = 5;
const MAX_ATTACHMENTS = 12;
const MAX_RANGES = 4;
const MAX_RANGE_PAGES = 700;

/** A fault planted on purpose, which the invariants must catch. */
export type Canary = 'forgets-to-free' | 'maps-while-revoked';

/** What a life came to. */
export interface SimulatedLife {
  /** Steps by kind, to see that each kind happens. */
  readonly done: Readonly<Record<string, number>>;
}

interface Buffer {
  readonly dmabuf: DmaBuf;
  readonly ranges: PhysVecArray;
  revoked: boolean;
  released: boolean;
}

interface Importer {
  readonly buffer: Buffer;
  readonly attach: DmaBufAttachment;
  readonly mappings: Set<SgtMapping>;
}

/** Runs `steps` random steps and gives everything back at the end. @throws Error naming seed and step. */
export function simulateLife(seed: number, steps: number, canary?: Canary): SimulatedLife {
  const life = new Life(seed, canary);
  for (let step = 0; step < steps; step++) {
    try {
      life.step();
      life.check();
    } catch (error) {
      throw new Error(`seed ${seed}, step ${step}: ${(error as Error).message}`, { cause: error });
    }
  }
  life.end();
  return { done: life.done };
}

class Life {
  readonly done: Record<string, number> = {};
  readonly #prng: Prng;
  readonly #machine: MappingMachine;
  readonly #devices: readonly DmaDevice[];
  readonly #buffers: Buffer[] = [];
  readonly #importers: Importer[] = [];
  readonly #canary: Canary | undefined;
  /** How often a step fails for lack of memory, once in so many; drawn once, so that lives differ. */
  readonly #failOneIn: number;

  constructor(seed: number, canary: Canary | undefined) {
    this.#prng = new Prng(seed);
    this.#canary = canary;
    this.#failOneIn = 10 + this.#prng.below(200);
    let armed = false;
    const domainType = this.#prng.oneIn(2) ? 'DMA' : 'DMA-FQ';
    const iommu = this.#prng.pick(['intel', 'smmuv3', 'none'] as const) ?? 'intel';
    const apertureBits = 30 + this.#prng.below(18);
    const fault = (): boolean => armed && this.#prng.oneIn(this.#failOneIn);
    this.#machine = mappingMachine({ intended: true, domainType, iommu, apertureBits, maskBits: 64, fault });
    armed = true;
    const { importer, domain, log } = this.#machine;
    this.#devices = [64, 48, 32].map((bits) => importerDevice(domain, importer.behaviour, log, bits));
  }

  step(): void {
    const kinds = ['export', 'attach', 'map', 'map', 'unmap', 'unmap', 'revoke', 'detach', 'put', 'wait'] as const;
    const kind = this.#prng.pick(kinds) ?? 'wait';
    const happened = this.#act(kind);
    if (happened) this.done[kind] = (this.done[kind] ?? 0) + 1;
  }

  #act(kind: string): boolean {
    if (kind === 'export') return this.#export();
    if (kind === 'attach') return this.#attach();
    if (kind === 'map') return this.#map();
    if (kind === 'unmap') return this.#unmapOne();
    if (kind === 'revoke') return this.#revoke();
    if (kind === 'detach') return this.#detachOne();
    if (kind === 'put') return this.#put();
    this.#machine.domain?.elapse(this.#prng.below(30));
    return true;
  }

  /** Everybody leaves; nothing may be left. */
  end(): void {
    while (this.#importers.length > 0) this.#detachOne();
    for (const buffer of this.#buffers.splice(0)) buffer.dmabuf.put();
    const { taken, mapped } = domainState(this.#machine.domain);
    expectThat(mapped.length === 0, `${mapped.length} page table entries left at the end`);
    expectThat(taken.length === 0, `${taken.length} address ranges left at the end`);
    expectThat(this.#machine.kernel.memory.leakedEntries === 0, 'entries of tables were lost');
  }

  /** What must hold after every step. */
  check(): void {
    const { domain } = this.#machine;
    const extents: (readonly [bigint, bigint])[] = [];
    for (const { buffer, mappings, attach } of this.#importers) {
      expectThat(!(buffer.revoked && mappings.size > 0), 'a revoked buffer is mapped');
      expectThat(!buffer.released, 'a buffer with an importer was released');
      for (const mapping of mappings) {
        const entries = [...dmaEntries(mapping.table)];
        const total = entries.reduce((sum, entry) => sum + BigInt(entry.dmaLength), 0n);
        expectThat(total === buffer.dmabuf.size, 'the entries do not hold the whole buffer');
        for (const { dmaAddress, dmaLength } of entries) {
          const end = dmaAddress.addr + BigInt(dmaLength);
          expectThat(end - 1n <= attach.dev.addressLimit, 'an entry is beyond the mask');
          if (domain !== undefined) extents.push([dmaAddress.addr, end]);
        }
        if (domain !== undefined) this.#checkLeads(mapping, buffer);
      }
    }
    extents.sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [index, [start]] of extents.entries()) {
      expectThat(index === 0 || (extents[index - 1]?.[1] ?? 0n) <= start, 'two live mappings overlap');
    }
  }

  /** First and last byte of every range are reached through the table. */
  #checkLeads(mapping: SgtMapping, { ranges }: Buffer): void {
    const { table } = mapping;
    let entry = 0;
    let offset = 0n;
    for (const { paddr, len } of ranges) {
      for (const at of [0n, len - 1n]) {
        const iova = table.dmaAddressBits(entry) + offset + at;
        expectThat(this.#machine.domain?.iovaToPhys(iova as never) === paddr + at, 'a byte leads elsewhere');
      }
      if (mapping.flow === 'direct') entry++;
      else offset += len;
    }
  }

  #export(): boolean {
    if (this.#buffers.length === MAX_BUFFERS) return false;
    const { kernel, provider } = this.#machine;
    const pairs = Array.from({ length: 1 + this.#prng.below(MAX_RANGES) }, (): [bigint, bigint] => [
      BAR_START + BigInt(this.#prng.below(BAR_PAGES)) * PAGE,
      BigInt(1 + this.#prng.below(MAX_RANGE_PAGES)) * PAGE,
    ]);
    const ranges = PhysVecArray.of(pairs);
    let buffer: Buffer | undefined;
    const made = dmaBufExport(kernel, {
      size: ranges.totalLength(),
      ops: {
        map: (attach, dir) => {
          const refused = buffer?.revoked === true && this.#canary !== 'maps-while-revoked';
          if (refused) return { outcome: 'failed', ...kernelError('ENODEV', 'revoked'), flow: undefined, defects: [] };
          return physVecToSgt(kernel, attach, provider, ranges, ranges.totalLength(), dir);
        },
        unmap: (attach, mapping) => {
          if (this.#canary !== 'forgets-to-free' || !this.#prng.oneIn(20)) freeSgt(kernel, attach, mapping);
        },
        attach: ({ peer2peer }) => (peer2peer ? kernelOk(undefined) : kernelError('EOPNOTSUPP', 'exporter')),
        release: () => {
          if (buffer !== undefined) buffer.released = true;
        },
      },
    });
    if (!made.ok) return false;
    buffer = { dmabuf: made.value, ranges, revoked: false, released: false };
    this.#buffers.push(buffer);
    return true;
  }

  #attach(): boolean {
    const buffer = this.#prng.pick(this.#buffers);
    const dev = this.#prng.pick(this.#devices);
    if (buffer === undefined || this.#importers.length === MAX_ATTACHMENTS) return false;
    const ops: DmaBufAttachOps = {
      allowPeer2peer: !this.#prng.oneIn(8),
      invalidateMappings: (attach) => {
        const importer = this.#importers.find((candidate) => candidate.attach === attach);
        if (importer !== undefined) this.#unmapAll(importer);
      },
    };
    const attach = dmaBufDynamicAttach(this.#machine.kernel, buffer.dmabuf, dev, ops);
    if (!attach.ok) return false;
    // An importer holds the buffer for as long as it is attached.
    buffer.dmabuf.get();
    this.#importers.push({ buffer, attach: attach.value, mappings: new Set() });
    return true;
  }

  #map(): boolean {
    const importer = this.#prng.pick(this.#importers);
    if (importer === undefined) return false;
    const { resv } = importer.buffer.dmabuf;
    resv.lock();
    const outcome = dmaBufMapAttachment(this.#machine.kernel, importer.attach, DMA_BIDIRECTIONAL);
    resv.unlock();
    if (outcome.outcome === 'mapped') importer.mappings.add(outcome.mapping);
    return outcome.outcome === 'mapped';
  }

  #unmapOne(): boolean {
    const importer = this.#prng.pick(this.#importers.filter(({ mappings }) => mappings.size > 0));
    const mapping = this.#prng.pick([...(importer?.mappings ?? [])]);
    if (importer === undefined || mapping === undefined) return false;
    importer.buffer.dmabuf.resv.lock();
    this.#unmap(importer, mapping);
    importer.buffer.dmabuf.resv.unlock();
    return true;
  }

  #unmap({ attach, mappings }: Importer, mapping: SgtMapping): void {
    dmaBufUnmapAttachment(this.#machine.kernel, attach, mapping, DMA_BIDIRECTIONAL);
    mappings.delete(mapping);
  }

  #unmapAll(importer: Importer): void {
    for (const mapping of [...importer.mappings]) this.#unmap(importer, mapping);
  }

  #revoke(): boolean {
    const buffer = this.#prng.pick(this.#buffers);
    if (buffer === undefined) return false;
    const { dmabuf } = buffer;
    dmabuf.resv.lock();
    buffer.revoked = !buffer.revoked;
    if (buffer.revoked) dmaBufInvalidateMappings(this.#machine.kernel, dmabuf);
    dmabuf.resv.wait('bookkeep');
    dmabuf.resv.unlock();
    return true;
  }

  #detachOne(): boolean {
    const importer = this.#prng.pick(this.#importers);
    if (importer === undefined) return false;
    const { dmabuf } = importer.buffer;
    dmabuf.resv.lock();
    this.#unmapAll(importer);
    dmabuf.resv.unlock();
    dmaBufDetach(this.#machine.kernel, dmabuf, importer.attach);
    this.#importers.splice(this.#importers.indexOf(importer), 1);
    dmabuf.put();
    return true;
  }

  /** The exporter lets go; importers may still hold the buffer. */
  #put(): boolean {
    const buffer = this.#prng.pick(this.#buffers);
    if (buffer === undefined) return false;
    this.#buffers.splice(this.#buffers.indexOf(buffer), 1);
    buffer.dmabuf.put();
    return true;
  }
}

function expectThat(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(otherwise);
}
