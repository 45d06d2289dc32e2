/** A translating domain with its address allocator: `struct iommu_domain` and its DMA cookie. */
import { assert, type Iova, type PhysAddr } from '../base/index.ts';
import type { KernelLog } from '../uapi/index.ts';
import { ArmPageTable } from './arm-page-table.ts';
import type { DmaBehaviour } from './dma-behaviour.ts';
import type { FaultHook } from './fault-hook.ts';
import { FlushQueue } from './flush-queue.ts';
import { GenericPageTable } from './generic-page-table.ts';
import type { DomainGeometry } from './geometry.ts';
import type { IoPageTable, LeafRun } from './io-page-table.ts';
import { IovaDomain, type IovaDomainSnapshot } from './iova-domain.ts';
import { type Pfn, pageOffset, pfnAddress, pfnOf } from './pfn.ts';
import { VirtioMappings } from './virtio-mappings.ts';

/** Types of a translating default domain: strict, or lazy with a flush queue. */
export type DmaDomainType = 'DMA' | 'DMA-FQ';

/** What a {@link DmaDomain} is made from. */
export interface DmaDomainSpec {
  readonly type: DmaDomainType;
  readonly geometry: DomainGeometry;
  readonly behaviour: DmaBehaviour;
  readonly log: KernelLog;
  readonly onlineCpus?: number;
  readonly fault?: FaultHook | undefined;
}

/** State of a {@link DmaDomain}, for comparing with `toEqual` and the like. */
export interface DmaDomainSnapshot {
  readonly iova: IovaDomainSnapshot;
  readonly queued: readonly (readonly [Pfn, Pfn])[];
  readonly leaves: readonly LeafRun[];
}

/** One address space: what the functions of an IOMMU group share. */
export class DmaDomain {
  readonly type: DmaDomainType;
  readonly geometry: DomainGeometry;
  readonly iovaDomain: IovaDomain;
  readonly pageTable: IoPageTable;
  /** Only in DMA-FQ mode. */
  readonly flushQueue: FlushQueue | undefined;
  readonly fault: FaultHook | undefined;

  constructor(spec: DmaDomainSpec) {
    const { geometry, log, fault } = spec;
    this.type = spec.type;
    this.geometry = geometry;
    this.fault = fault;
    this.iovaDomain = new IovaDomain({
      granuleShift: geometry.granuleShift,
      startPfn: 1,
      log,
      fault,
      onlineCpus: spec.onlineCpus ?? 1,
    });
    this.pageTable = pageTableOf(spec);
    this.flushQueue = spec.type === 'DMA-FQ' ? new FlushQueue(this.iovaDomain) : undefined;
  }

  /**
   * Keeps bytes `first` to `last` (inclusive) from being given out.
   * @kernel reserve_iova drivers/iommu/iova.c
   */
  reserve(first: bigint, last: bigint): void {
    assert(first <= last, 'a reserved range is not empty');
    this.iovaDomain.reserve(pfnOf(first, this.geometry.granuleShift), pfnOf(last, this.geometry.granuleShift));
  }

  /**
   * Where byte `iova` leads; undefined when it is not mapped.
   * @kernel iommu_iova_to_phys drivers/iommu/iommu.c
   */
  iovaToPhys(iova: Iova): PhysAddr | undefined {
    const shift = this.geometry.granuleShift;
    const pfn = pfnOf(iova, shift);
    const run = this.pageTable.find(pfn);
    if (run === undefined) return undefined;
    return (pfnAddress(run.phys + (pfn - run.iova), shift) + BigInt(pageOffset(iova, shift))) as PhysAddr;
  }

  /** Lets `ms` milliseconds pass: the flush queue's timer and the trimming of caches. */
  elapse(ms: number): void {
    this.flushQueue?.elapse(ms);
    this.iovaDomain.elapse(ms);
  }

  /** Everything a later call may depend on but the allocator's cursors. */
  snapshot(): DmaDomainSnapshot {
    return {
      iova: this.iovaDomain.snapshot(),
      queued: [...(this.flushQueue?.waiting() ?? [])],
      leaves: this.pageTable.runs(),
    };
  }
}

function pageTableOf(spec: DmaDomainSpec): IoPageTable {
  switch (spec.geometry.kind) {
    case 'generic-pt':
      return new GenericPageTable(spec);
    case 'io-pgtable-arm':
      return new ArmPageTable(spec);
    case 'virtio-iommu':
      return new VirtioMappings(spec);
  }
}
