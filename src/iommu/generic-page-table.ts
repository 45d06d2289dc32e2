/** The page table of Intel, AMD and RISC-V. drivers/iommu/generic_pt; iommu-dma, section 8. */
import type { Errno } from '../uapi/index.ts';
import { IOMMU_READ, IOMMU_WRITE, type IoPageTable, type IoPageTableSpec, type LeafRun } from './io-page-table.ts';
import { nextStretch } from './leaf-plan.ts';
import { leafRun, leafTag, tagOrder } from './leaf-tag.ts';
import { type Pfn, pagesPast, pfnOf, powerOfTwo } from './pfn.ts';
import { RunStore } from './run-store.ts';

const GENERIC_PT_FILE = 'drivers/iommu/generic_pt/iommu_pt.h';

/** Refuses to map over what is mapped, and removes a large leaf as a whole. */
export class GenericPageTable implements IoPageTable {
  readonly #spec: IoPageTableSpec;
  readonly #orders: readonly number[];
  readonly #lastPfn: Pfn;
  readonly #outputEnd: Pfn;
  readonly #pastPfn: Pfn;
  readonly #leaves = new RunStore();

  constructor(spec: IoPageTableSpec) {
    const { granuleShift, pageShifts, apertureEnd, outputBits } = spec.geometry;
    this.#spec = spec;
    this.#orders = pageShifts.map((shift) => shift - granuleShift);
    this.#lastPfn = pfnOf(apertureEnd, granuleShift);
    this.#outputEnd = 2 ** (outputBits - granuleShift);
    this.#pastPfn = 2 ** (64 - granuleShift);
  }

  /** @kernel iommu_map_nosync drivers/iommu/iommu.c */
  map(iova: Pfn, iovaMisaligned: boolean, phys: Pfn, pages: Pfn, prot: number): Errno | undefined {
    if (!this.#spec.behaviour.genericMapDirect) {
      if (iovaMisaligned) return 'EINVAL';
      if (pages === 0) return undefined;
    }
    const errno = this.#check(iova, iovaMisaligned, phys, pages, prot);
    if (errno !== undefined) return errno;
    if (this.#spec.fault?.('iommu_map: table page') === true) return 'ENOMEM';
    const beforeWrap = Math.min(pages, this.#outputEnd - phys);
    this.#insert(iova, phys, beforeWrap, prot);
    if (beforeWrap < pages) {
      // The border is a multiple of every leaf: no leaf crosses it.
      this.#spec.log.touchDefect('iommu-output-wraps');
      this.#insert(iova + beforeWrap, 0, pages - beforeWrap, prot);
    }
    return undefined;
  }

  /** Leaves for pages that are free, as large as both addresses allow. */
  #insert(iova: Pfn, phys: Pfn, pages: Pfn, prot: number): void {
    let done = 0;
    while (done < pages) {
      const stretch = nextStretch(this.#orders, iova + done, phys + done, pages - done);
      if (stretch === undefined) break;
      this.#leaves.insert(iova + done, stretch.pages, phys + done, leafTag(stretch.order, prot));
      done += stretch.pages;
    }
  }

  #check(iova: Pfn, iovaMisaligned: boolean, phys: Pfn, pages: Pfn, prot: number): Errno | undefined {
    if ((prot & (IOMMU_READ | IOMMU_WRITE)) === 0) {
      this.#spec.log.warn(GENERIC_PT_FILE, 'map_pages: no permission');
      return 'EINVAL';
    }
    const { outputWraps } = this.#spec.behaviour;
    if (phys >= this.#outputEnd || (!outputWraps && phys + pages > this.#outputEnd)) return 'ERANGE';
    if (pages === 0) return 'EINVAL';
    // A start within a page reaches into one page more.
    if (iova + pages + (iovaMisaligned ? 1 : 0) > this.#pastPfn) return 'EOVERFLOW';
    if (iovaMisaligned) return 'ENXIO';
    if (iova < 0 || iova + pages - 1 > this.#lastPfn) return 'ERANGE';
    return this.#leaves.overlaps(iova, pages) ? 'EADDRINUSE' : undefined;
  }

  unmap(iova: Pfn, pages: Pfn): Pfn {
    const end = iova + pages;
    if (pages === 0 || end - 1 > this.#lastPfn) return 0;
    let at = iova;
    while (at < end) {
      const run = this.#leaves.at(at);
      if (run === undefined) break;
      const leaf = powerOfTwo(tagOrder(run.tag));
      if (pagesPast(at - run.start, leaf) !== 0) break;
      const wholeLeaves = Math.ceil((end - at) / leaf) * leaf;
      at += Math.min(run.start + run.pages - at, wholeLeaves);
    }
    this.#leaves.remove(iova, at - iova);
    return at - iova;
  }

  find(iova: Pfn): LeafRun | undefined {
    const run = this.#leaves.at(iova);
    return run === undefined ? undefined : leafRun(run);
  }

  runs(): readonly LeafRun[] {
    return this.#leaves.runs().map(leafRun);
  }
}
