/** The I/O page table of a domain: which I/O pages lead where. iommu-dma, section 8. */
import type { Errno, KernelLog } from '../uapi/index.ts';
import type { DmaBehaviour } from './dma-behaviour.ts';
import type { FaultHook } from './fault-hook.ts';
import type { DomainGeometry } from './geometry.ts';
import type { Pfn } from './pfn.ts';

/** Permission bits. include/linux/iommu.h IOMMU_*. */
export const IOMMU_READ = 1;
export const IOMMU_WRITE = 2;
export const IOMMU_CACHE = 4;
export const IOMMU_MMIO = 16;

/** What an I/O page table is made from. */
export interface IoPageTableSpec {
  readonly geometry: DomainGeometry;
  readonly behaviour: DmaBehaviour;
  readonly log: KernelLog;
  readonly fault?: FaultHook | undefined;
}

/** Equal leaves in a row: contiguous on both sides, of one size and permission. All numbers are pages. */
export interface LeafRun {
  readonly iova: Pfn;
  readonly phys: Pfn;
  readonly pages: Pfn;
  /** log2 of a leaf's pages. */
  readonly order: number;
  /** IOMMU_* bits. */
  readonly prot: number;
}

/** A page table. What it refuses and how it unmaps depends on its kind. */
export interface IoPageTable {
  /**
   * Maps `pages` pages; undefined on success. A failing map leaves nothing of itself.
   * @param iovaMisaligned the I/O address is not a multiple of the granule; `iova` is then the page it lies in.
   */
  map(iova: Pfn, iovaMisaligned: boolean, phys: Pfn, pages: Pfn, prot: number): Errno | undefined;
  /** Unmaps from `iova` and returns how many pages went: more than asked where a large leaf held the end, fewer at a hole. */
  unmap(iova: Pfn, pages: Pfn): Pfn;
  /** The leaves around page `iova`, if it is mapped. */
  find(iova: Pfn): LeafRun | undefined;
  /** All leaves, ascending. */
  runs(): readonly LeafRun[];
}
