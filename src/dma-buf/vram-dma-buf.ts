/**
 * The exporter of a GPU: a buffer of several blocks of its memory, which may move, so that whoever uses it pins it or
 * follows. drivers/gpu/drm/amd/amdgpu/amdgpu_dma_buf.c, and what was tried with it for physical lists.
 */
import { defined } from '../base/index.ts';
import { PhysVecArray } from '../scatterlist/index.ts';
import { type DmaDirection, type KernelResult, kernelError, kernelOk } from '../uapi/index.ts';
import {
  type DmaBuf,
  type DmaBufAttachment,
  type DmaBufMappingMatch,
  type DmaBufMatchArgs,
  type DmaBufOps,
  dmaBufExport,
} from './dma-buf.ts';
import type { DmaBufKernel, PeerProvider } from './dma-buf-kernel.ts';
import { mapResourceTable, type TwoSidedEntry, unmapResourceTable } from './map-resource-table.ts';
import {
  type DmaBufPhysList,
  dmaBufMatchMapping,
  type InterconnectPlace,
  interconnectExporter,
  type PalExporterOps,
  PhysLists,
  palExporter,
  sgtExporter,
} from './mapping-type/index.ts';
import { freeMixedTable, mixedTable } from './mixed-dma-buf.ts';
import type { PhysVecToSgtOutcome, SgtMapping } from './sgt-mapping.ts';

/** A block of the GPU's memory: bytes from the start of its aperture. */
export interface VramBlock {
  readonly offset: bigint;
  readonly length: bigint;
}

/** What a {@link VramDmaBuf} is made from. */
export interface VramSpec {
  readonly kernel: DmaBufKernel;
  /** The BAR that shows the memory. */
  readonly aperture: PeerProvider;
  readonly blocks: readonly VramBlock[];
  /** Peer-to-peer is on in the driver. */
  readonly peer2peer: boolean;
  /** A link of the GPU's own, and where the buffer lies on it. */
  readonly interconnect?: InterconnectPlace;
}

/** The exporter's side of one buffer. */
export class VramDmaBuf implements DmaBufOps, PalExporterOps {
  readonly ranges: PhysVecArray;
  /** Bytes. */
  readonly size: bigint;
  /** Is the buffer in the GPU's memory? In RAM it has no addresses that could be listed. */
  inVram = true;
  readonly #spec: VramSpec;
  readonly #lists: PhysLists;
  readonly #live = new Map<SgtMapping, readonly TwoSidedEntry[]>();
  #pins = 0;

  constructor(spec: VramSpec) {
    this.#spec = spec;
    const base = spec.aperture.resource.cpu.start;
    this.ranges = PhysVecArray.of(spec.blocks.map(({ offset, length }) => [base + offset, length]));
    this.size = this.ranges.totalLength();
    this.#lists = new PhysLists(this.ranges);
  }

  /** Tables that importers hold. */
  get mappings(): number {
    return this.#live.size;
  }

  /** Pins that are held: the buffer stays where it is while there are any. */
  get pins(): number {
    return this.#pins;
  }

  /** What the buffer is exported with. */
  operations(): DmaBufOps {
    if (this.#spec.kernel.rules.mappingTypes === 'none') return this;
    return {
      attach: (attach) => this.attach(attach),
      pin: () => this.pin(),
      unpin: () => this.unpin(),
      matchMapping: (args) => this.matchMapping(args),
      release: () => this.release(),
    };
  }

  /** Offers its own link first, then addresses, both only where peer-to-peer is on; a table always. */
  matchMapping(args: DmaBufMatchArgs): KernelResult<DmaBufMappingMatch> {
    const { interconnect, peer2peer } = this.#spec;
    const direct = peer2peer ? [palExporter(this)] : [];
    const own = peer2peer && interconnect !== undefined ? [interconnectExporter(interconnect, this)] : [];
    return dmaBufMatchMapping(args, [...own, ...direct, sgtExporter(this)]);
  }

  /**
   * Importers that cannot reach the GPU lose `peer2peer`, and get the buffer in RAM.
   * @kernel amdgpu_dma_buf_attach drivers/gpu/drm/amd/amdgpu/amdgpu_dma_buf.c
   */
  attach(attach: DmaBufAttachment): KernelResult<undefined> {
    const { kernel, aperture, peer2peer } = this.#spec;
    if (!attach.peer2peer) return kernelOk(undefined);
    const reached = peer2peer && kernel.mapType(aperture, attach.dev) !== 'PCI_P2PDMA_MAP_NOT_SUPPORTED';
    if (!reached) attach.peer2peer = false;
    return kernelOk(undefined);
  }

  pin(): KernelResult<undefined> {
    this.#pins++;
    return kernelOk(undefined);
  }

  unpin(): void {
    this.#pins--;
  }

  /**
   * One address per block, by `dma_map_resource()`: P2PDMA's bus addresses are not used.
   * @kernel amdgpu_dma_buf_map drivers/gpu/drm/amd/amdgpu/amdgpu_dma_buf.c
   */
  map(attach: DmaBufAttachment, dir: DmaDirection): PhysVecToSgtOutcome {
    const { kernel } = this.#spec;
    const failed = (errno: 'EOPNOTSUPP' | 'ENOMEM' | 'EINVAL', at: string): PhysVecToSgtOutcome => {
      return { outcome: 'failed', errno, at, flow: undefined, defects: [] };
    };
    if (!attach.peer2peer || !this.inVram) return failed('EOPNOTSUPP', 'amdgpu_dma_buf_map: the buffer in RAM');
    const mapped = mapResourceTable(attach.dev, this.ranges, dir);
    if (!mapped.ok) return failed('ENOMEM', mapped.at);
    const parts = mapped.value.map(({ dma, dmaLength }) => ({ dma, len: BigInt(dmaLength) }));
    const table = mixedTable(kernel, parts);
    if (!table.ok) {
      unmapResourceTable(attach.dev, mapped.value);
      return failed('ENOMEM', table.at);
    }
    const mapping: SgtMapping = {
      table: table.value,
      flow: 'direct',
      importer: attach.dev,
      ranges: this.ranges,
      size: this.size,
      dir,
      busOffset: 0n,
      state: undefined,
    };
    this.#live.set(mapping, mapped.value);
    return { outcome: 'mapped', mapping, defects: [] };
  }

  unmap(attach: DmaBufAttachment, mapping: SgtMapping): void {
    unmapResourceTable(attach.dev, defined(this.#live.get(mapping), 'live mapping'));
    this.#live.delete(mapping);
    freeMixedTable(this.#spec.kernel, mapping.table);
  }

  /** Pins the buffer, and lists its blocks; EINVAL for one that is not in the GPU's memory, which is not pinned then. */
  mapPhys(attach: DmaBufAttachment): KernelResult<DmaBufPhysList> {
    this.pin();
    const list = this.inVram ? this.#lists.mapPhys(attach) : kernelError('EINVAL', 'map_phys: not in VRAM');
    if (!list.ok) this.unpin();
    return list;
  }

  unmapPhys(attach: DmaBufAttachment, list: DmaBufPhysList): void {
    this.#lists.unmapPhys(attach, list);
    this.unpin();
  }

  release(): void {}
}

/** Exports blocks of a GPU's memory. */
export function exportVram(spec: VramSpec): KernelResult<DmaBuf> {
  const buffer = new VramDmaBuf(spec);
  return dmaBufExport(spec.kernel, { ops: buffer.operations(), priv: buffer, size: buffer.size });
}
