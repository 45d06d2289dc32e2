/**
 * An exporter whose buffers are made of RAM pages and parts of BARs: every part is mapped the way that is right for it,
 * and the result written down as a table, or handed over as ranges.
 */
import { assert, type BusAddr, type DmaAddr, defined, type Iova, type PhysAddr, U64_MAX, u64 } from '../base/index.ts';
import {
  type DmaDevice,
  type DmaIovaState,
  dmaIovaDestroy,
  dmaIovaLink,
  dmaIovaSync,
  dmaIovaTryAlloc,
  dmaMapPhys,
  dmaUnmapPhys,
  newDmaIovaState,
} from '../dma/index.ts';
import {
  calcRunNents,
  type DmaSpace,
  fillSgEntry,
  type PhysVec,
  PhysVecArray,
  type SgEntry,
  type SgLanes,
  SgTable,
  type SplitRules,
  sgFreeTable,
} from '../scatterlist/index.ts';
import {
  DMA_ATTR_MMIO,
  type DmaAttrs,
  type DmaDirection,
  type KernelResult,
  kernelError,
  kernelOk,
} from '../uapi/index.ts';
import { type DmaBuf, type DmaBufAttachment, type DmaBufOps, dmaBufExport } from './dma-buf.ts';
import type { DmaBufKernel, PeerProvider } from './dma-buf-kernel.ts';
import { sgtExporter, sgtPeerExporter } from './mapping-type/index.ts';
import type { PhysVecToSgtOutcome, SgtMapping } from './sgt-mapping.ts';

/** A stretch of the buffer: RAM, or part of a BAR. */
export interface MixedPart extends PhysVec {
  /** Undefined: RAM. */
  readonly provider: PeerProvider | undefined;
}

/** Where one part lies for the importer. */
export interface DmaPart {
  readonly dma: DmaAddr;
  /** Bytes, as many as the part has. */
  readonly len: bigint;
}

/** A live mapping: physical ranges and DMA ranges side by side, with no table between them. */
export interface MixedMapping {
  readonly importer: DmaDevice;
  readonly dir: DmaDirection;
  /** As exported, in order. */
  readonly parts: readonly MixedPart[];
  /** One per part. */
  readonly dmaParts: readonly DmaPart[];
  /** The one run of I/O addresses of all parts that need some; undefined: each has its own, or needs none. */
  readonly run: { readonly state: DmaIovaState; readonly size: bigint } | undefined;
}

/**
 * Maps all parts or none. Device memory that the switches can route is reached by bus address; RAM and all other device
 * memory goes through the DMA layer: RAM as memory, device memory as MMIO. Behind an IOMMU these parts share one run of
 * I/O addresses where their borders are at pages.
 * @returns EINVAL where the importer cannot reach a part, ENOMEM where its DMA mask is too short, else what the DMA
 *   layer gave.
 */
export function mapMixed(
  kernel: DmaBufKernel,
  importer: DmaDevice,
  parts: readonly MixedPart[],
  dir: DmaDirection,
): KernelResult<MixedMapping> {
  const planned = planParts(kernel, importer, parts);
  if (!planned.ok) return planned;
  const toMap = parts.filter((_, index) => planned.value[index] === undefined);
  const mapped = mapRun(importer, toMap, dir) ?? mapOneByOne(importer, toMap, dir);
  if (!mapped.ok) return mapped;
  const rest = mapped.value.addresses.values();
  const dmaParts = parts.map(({ len }, index) => {
    const dma = planned.value[index] ?? rest.next().value;
    assert(dma !== undefined, 'every part has an address');
    return { dma, len };
  });
  return kernelOk({ importer, dir, parts, dmaParts, run: mapped.value.run });
}

/** Takes a mapping back. */
export function unmapMixed({ importer, run, dmaParts }: MixedMapping): void {
  if (run !== undefined) dmaIovaDestroy(importer, run.state, run.size);
  else unmapAll(importer, dmaParts);
}

/** Bus addresses of the parts that are reached so; undefined for those that the DMA layer has to map. */
function planParts(
  kernel: DmaBufKernel,
  importer: DmaDevice,
  parts: readonly MixedPart[],
): KernelResult<(DmaAddr | undefined)[]> {
  const plan: (DmaAddr | undefined)[] = [];
  for (const { provider, paddr, len } of parts) {
    const mapType = provider === undefined ? 'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE' : kernel.mapType(provider, importer);
    if (mapType === 'PCI_P2PDMA_MAP_NOT_SUPPORTED') return kernelError('EINVAL', 'mapMixed: a part is out of reach');
    if (provider === undefined || mapType === 'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE') {
      plan.push(undefined);
      continue;
    }
    const addr = u64(paddr + provider.busOffset);
    if (addr + len - 1n > importer.addressLimit) return kernelError('ENOMEM', 'mapMixed: beyond the DMA mask');
    plan.push({ space: 'bus', addr: addr as BusAddr });
  }
  return kernelOk(plan);
}

/** What the DMA layer gave. */
interface MappedParts {
  readonly addresses: readonly DmaAddr[];
  readonly run: MixedMapping['run'];
}

/** One run for all parts; undefined where there is no IOMMU, no room, or a border within a page. */
function mapRun(
  importer: DmaDevice,
  parts: readonly MixedPart[],
  dir: DmaDirection,
): KernelResult<MappedParts> | undefined {
  const first = parts[0];
  if (first === undefined || importer.domain === undefined) return undefined;
  const granule = 1n << BigInt(importer.domain.geometry.granuleShift);
  const meetsNext = (part: MixedPart, index: number): boolean =>
    (index === 0 || part.paddr % granule === 0n) &&
    (index === parts.length - 1 || (part.paddr + part.len) % granule === 0n);
  const size = parts.reduce((sum, { len }) => sum + len, 0n);
  const state = newDmaIovaState();
  if (size > U64_MAX || !parts.every(meetsNext) || !dmaIovaTryAlloc(importer, state, first.paddr, size)) {
    return undefined;
  }
  const addresses: DmaAddr[] = [];
  let done = 0n;
  for (const part of parts) {
    const linked = dmaIovaLink(importer, state, part.paddr, done, part.len, dir, attrsOf(part));
    if (!linked.ok) {
      dmaIovaDestroy(importer, state, done);
      return linked;
    }
    addresses.push({ space: 'iova', addr: (state.addr + done) as Iova });
    done += part.len;
  }
  const synced = dmaIovaSync(importer, state, 0n, size);
  if (synced.ok) return kernelOk({ addresses, run: { state, size } });
  dmaIovaDestroy(importer, state, size);
  return synced;
}

function mapOneByOne(importer: DmaDevice, parts: readonly MixedPart[], dir: DmaDirection): KernelResult<MappedParts> {
  const done: DmaPart[] = [];
  for (const part of parts) {
    const mapped = dmaMapPhys(importer, part.paddr as PhysAddr, part.len, dir, attrsOf(part));
    if (!mapped.ok) {
      unmapAll(importer, done);
      return mapped;
    }
    done.push({ dma: mapped.value, len: part.len });
  }
  return kernelOk({ addresses: done.map(({ dma }) => dma), run: undefined });
}

function unmapAll(importer: DmaDevice, parts: readonly DmaPart[]): void {
  for (const { dma, len } of parts) if (dma.space !== 'bus') dmaUnmapPhys(importer, dma.addr, len);
}

function attrsOf({ provider }: MixedPart): DmaAttrs {
  return provider === undefined ? {} : DMA_ATTR_MMIO;
}

/** A table whose entries say each for itself which space they are of, as the kernel's bus-address flag does. */
export class MixedSgTable extends SgTable {
  readonly #spaces: readonly DmaSpace[];

  constructor(lanes: SgLanes, spaces: readonly DmaSpace[]) {
    super(lanes, spaces[0] ?? 'phys');
    this.#spaces = spaces;
  }

  override copyTo(lanes: SgLanes): SgTable {
    super.copyTo(lanes);
    return new MixedSgTable(lanes, this.#spaces);
  }

  override at(index: number): SgEntry {
    const { dmaAddress, dmaLength } = super.at(index);
    return { dmaAddress: { ...dmaAddress, space: this.#spaces[index] ?? this.space } as DmaAddr, dmaLength };
  }
}

/**
 * Writes DMA ranges down as a table: each starts an entry of its own and is cut where an entry is full, at a page. There
 * is no CPU side, as part of the buffer has no pages.
 * @returns EINVAL for nothing at all, ENOMEM for more than the memory holds.
 */
export function mixedTable(kernel: DmaBufKernel, parts: readonly DmaPart[]): KernelResult<MixedSgTable> {
  const split: SplitRules = {
    chunk: 2 ** 32 - 2 ** kernel.rules.pageShift,
    distanceWraps: false,
    countOverflow: 'zero',
  };
  const spaces = parts.flatMap(({ dma, len }) => Array<DmaSpace>(calcRunNents(len, split)).fill(dma.space));
  if (spaces.length === 0) return kernelError('EINVAL', 'mixedTable: no entries');
  const noMemory = kernel.fault?.('sg_alloc_table') === true || spaces.length > kernel.memory.limitEntries;
  if (noMemory) return kernelError('ENOMEM', 'mixedTable: no memory');
  const table = new MixedSgTable(kernel.memory.take(spaces.length), spaces);
  let cursor = 0;
  for (const { dma, len } of parts) cursor = fillSgEntry(table, cursor, dma.addr, len, split);
  table.origNents = 0;
  return kernelOk(table);
}

/** Frees the whole list, though the table shows no CPU side. */
export function freeMixedTable(kernel: DmaBufKernel, table: SgTable): void {
  table.origNents = table.nents;
  sgFreeTable(kernel.memory, table);
}

/** The exporter's side of one buffer. */
export class MixedDmaBuf implements DmaBufOps {
  readonly kernel: DmaBufKernel;
  readonly parts: readonly MixedPart[];
  /** Bytes. */
  readonly size: bigint;
  readonly #live = new Map<SgtMapping, MixedMapping>();

  constructor(kernel: DmaBufKernel, parts: readonly MixedPart[]) {
    this.kernel = kernel;
    this.parts = parts;
    this.size = parts.reduce((sum, { len }) => sum + len, 0n);
  }

  /** What the buffer is exported with: itself, or a table where mapping types are negotiated. */
  operations(): DmaBufOps {
    if (this.kernel.rules.mappingTypes === 'none') return this;
    const peer = this.parts.find(({ provider }) => provider !== undefined)?.provider;
    const singleExporterMatch = peer === undefined ? sgtExporter(this) : sgtPeerExporter(this, peer);
    return { singleExporterMatch, release: () => this.release() };
  }

  /** Importers that need pages can have buffers of RAM only. */
  attach(attach: DmaBufAttachment): KernelResult<undefined> {
    const hasMmio = this.parts.some(({ provider }) => provider !== undefined);
    return hasMmio && !attach.peer2peer ? kernelError('EOPNOTSUPP', 'mixed attach: no peer2peer') : kernelOk(undefined);
  }

  /** Maps and writes the result down as a table. */
  map(attach: DmaBufAttachment, dir: DmaDirection): PhysVecToSgtOutcome {
    const ranges = this.mapRanges(attach, dir);
    const table = ranges.ok ? mixedTable(this.kernel, ranges.value.dmaParts) : ranges;
    if (!ranges.ok || !table.ok) {
      if (ranges.ok) unmapMixed(ranges.value);
      const { errno, at } = table as Extract<typeof table, { ok: false }>;
      return { outcome: 'failed', errno, at, flow: undefined, defects: [] };
    }
    const mapping: SgtMapping = {
      table: table.value,
      flow: ranges.value.run === undefined ? 'direct' : 'iova',
      importer: attach.dev,
      ranges: PhysVecArray.of(this.parts.map(({ paddr, len }) => [paddr, len])),
      size: this.size,
      dir,
      busOffset: 0n,
      state: ranges.value.run?.state,
    };
    this.#live.set(mapping, ranges.value);
    return { outcome: 'mapped', mapping, defects: [] };
  }

  unmap(_attach: DmaBufAttachment, mapping: SgtMapping): void {
    unmapMixed(defined(this.#live.get(mapping), 'live mapping'));
    this.#live.delete(mapping);
    freeMixedTable(this.kernel, mapping.table);
  }

  /** The same mapping with no table: for importers that can take ranges as they are. `unmapMixed` takes it back. */
  mapRanges(attach: DmaBufAttachment, dir: DmaDirection): KernelResult<MixedMapping> {
    attach.dmabuf.resv.assertHeld(this.kernel, 'mixed map');
    return mapMixed(this.kernel, attach.dev, this.parts, dir);
  }

  release(): void {}
}

/** Exports a buffer of these parts, in order. */
export function exportMixed(kernel: DmaBufKernel, parts: readonly MixedPart[]): KernelResult<DmaBuf> {
  const buffer = new MixedDmaBuf(kernel, parts);
  return dmaBufExport(kernel, { ops: buffer.operations(), priv: buffer, size: buffer.size });
}
