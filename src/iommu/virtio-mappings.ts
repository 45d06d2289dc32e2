/**
 * What the driver of a virtio-iommu has mapped: no table in memory, but a list that it keeps beside the requests it
 * sends to the device. drivers/iommu/virtio-iommu.c; behaviour as recorded.
 */
import type { Errno } from '../uapi/index.ts';
import { IOMMU_READ, IOMMU_WRITE, type IoPageTable, type IoPageTableSpec, type LeafRun } from './io-page-table.ts';
import { nextStretch } from './leaf-plan.ts';
import type { Pfn } from './pfn.ts';

/**
 * Lists a mapping over another without a word. The device refuses the request for it as a whole, and nobody waits for
 * the answer: the kernel then believes of the later one what lies outside the earlier (`find`), and hardware faults there.
 */
export class VirtioMappings implements IoPageTable {
  readonly #spec: IoPageTableSpec;
  readonly #orders: readonly number[];
  /** By first page; of equal ones the older first. */
  readonly #mappings: LeafRun[] = [];
  /** None has been longer: how far before a page its mapping can begin. */
  #longest: Pfn = 0;

  constructor(spec: IoPageTableSpec) {
    const { granuleShift, pageShifts } = spec.geometry;
    this.#spec = spec;
    this.#orders = pageShifts.map((shift) => shift - granuleShift);
  }

  /** @kernel viommu_map_pages drivers/iommu/virtio-iommu.c */
  map(iova: Pfn, iovaMisaligned: boolean, phys: Pfn, pages: Pfn, prot: number): Errno | undefined {
    if (iovaMisaligned || (pages > 0 && (prot & (IOMMU_READ | IOMMU_WRITE)) === 0)) return 'EINVAL';
    if (this.#overlapping(iova, pages) < this.#mappings.length) {
      if (!this.#spec.behaviour.virtioOverlaps) return 'EADDRINUSE';
      this.#spec.log.touchDefect('virtio-overlap-unheard');
    }
    for (let done = 0; done < pages; ) {
      const stretch = nextStretch(this.#orders, iova + done, phys + done, pages - done);
      if (stretch === undefined) break;
      if (this.#spec.fault?.('iommu_map: table page') === true) {
        this.unmap(iova, done);
        return 'ENOMEM';
      }
      const mapping = { iova: iova + done, phys: phys + done, pages: stretch.pages, order: stretch.order, prot };
      this.#mappings.splice(this.#firstFrom(mapping.iova + 1), 0, mapping);
      this.#longest = Math.max(this.#longest, mapping.pages);
      done += stretch.pages;
    }
    return undefined;
  }

  /** @kernel __iommu_unmap drivers/iommu/iommu.c */
  unmap(iova: Pfn, pages: Pfn): Pfn {
    let done = 0;
    while (done < pages) {
      const stretch = nextStretch(this.#orders, iova + done, iova + done, pages - done);
      const removed = stretch === undefined ? 0 : this.#unmapStretch(iova + done, stretch.pages);
      if (removed === 0) break;
      done += removed;
    }
    return done;
  }

  /**
   * Takes away whole mappings, more than was asked for where one reaches further, and counts each; nothing where the
   * first began before. @kernel viommu_del_mappings drivers/iommu/virtio-iommu.c
   */
  #unmapStretch(iova: Pfn, pages: Pfn): Pfn {
    const at = this.#overlapping(iova, pages);
    if ((this.#mappings[at]?.iova ?? -1) < iova) return 0;
    let count = 0;
    let removed = 0;
    for (let next = this.#mappings[at]; next !== undefined && next.iova < iova + pages; ) {
      removed += next.pages;
      next = this.#mappings[at + ++count];
    }
    this.#mappings.splice(at, count);
    return removed;
  }

  find(iova: Pfn): LeafRun | undefined {
    return this.#mappings[this.#overlapping(iova, 1)];
  }

  runs(): readonly LeafRun[] {
    return [...this.#mappings];
  }

  /** Index of the first mapping that has one of the pages; how many there are where none has. */
  #overlapping(iova: Pfn, pages: Pfn): number {
    for (let index = this.#firstFrom(iova - this.#longest); index < this.#mappings.length; index++) {
      const mapping = this.#mappings[index] as LeafRun;
      if (mapping.iova >= iova + pages) break;
      if (mapping.iova + mapping.pages > iova) return index;
    }
    return this.#mappings.length;
  }

  /** Index of the first mapping that begins at or above a page. */
  #firstFrom(iova: Pfn): number {
    let [low, high] = [0, this.#mappings.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#mappings[middle] as LeafRun).iova < iova) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
