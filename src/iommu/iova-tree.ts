/**
 * Where the next I/O address range goes. drivers/iommu/iova.c, __alloc_and_insert_iova_range; iommu-dma, section 4.
 *
 * The kernel walks its ranges downwards from the most recent allocation. {@link GapTree} finds the place where that walk
 * ends without walking.
 */
import { GapTree } from './gap-tree.ts';
import type { NodeId } from './node-arena.ts';
import { type Pfn, roundUpPowerOfTwo } from './pfn.ts';

const NOWHERE = -1;

/** The ranges in use or reserved, and the kernel's three hints. */
export class IovaTree {
  readonly #ranges: GapTree;
  readonly #startPfn: Pfn;
  /** The first page at or above 4 GiB. */
  readonly #dma32: Pfn;
  /** The most recent range below 4 GiB and above: where the next walk starts. */
  #cached32: NodeId;
  #cached64: NodeId;
  /** Allocations below 4 GiB of this many pages or more are known not to fit. */
  #max32: Pfn;
  /** The range above the place that {@link #place} found. */
  #above: NodeId;

  /** @param startPfn pages below are never given out, at least 1; `dma32Pfn` is the first page at or above 4 GiB */
  constructor(startPfn: Pfn, dma32Pfn: Pfn) {
    this.#ranges = new GapTree(startPfn);
    this.#startPfn = startPfn;
    this.#dma32 = dma32Pfn;
    this.#max32 = dma32Pfn;
    this.#cached32 = this.#ranges.anchor;
    this.#cached64 = this.#ranges.anchor;
    this.#above = this.#ranges.anchor;
  }

  /**
   * Takes `pages` pages at or below `limitPfn`; undefined when the walk finds no room.
   * @kernel __alloc_and_insert_iova_range drivers/iommu/iova.c
   */
  alloc(pages: Pfn, limitPfn: Pfn): Pfn | undefined {
    const limit = limitPfn + 1;
    const below4G = limit <= this.#dma32;
    if (below4G && pages >= this.#max32) return undefined;
    const start = below4G ? this.#cached32 : this.#cached64;
    const retryTop = this.#ranges.hi(start);
    let pfn = this.#place(start, limit, pages);
    if (pfn < this.#startPfn && retryTop < limit) {
      // Below `start` nothing fits: what is found now lies above it.
      pfn = this.#place(this.#ranges.lowestFrom(limit), limit, pages);
    }
    if (pfn < this.#startPfn) {
      this.#max32 = pages;
      return undefined;
    }
    const node = this.#ranges.insertBelow(this.#above, pfn, pfn + pages - 1);
    if (pfn + pages - 1 < this.#dma32) this.#cached32 = node;
    else this.#cached64 = node;
    return pfn;
  }

  /** The highest aligned place for `pages` pages below both `start` and `limit`; negative if there is none. */
  #place(start: NodeId, limit: Pfn, pages: Pfn): Pfn {
    const ranges = this.#ranges;
    const align = roundUpPowerOfTwo(pages);
    const top = ranges.lo(start) <= limit ? start : ranges.lowestFrom(limit);
    const pfn = Math.floor((Math.min(limit, ranges.lo(top)) - pages) / align) * align;
    if (pfn >= ranges.gapStart(top)) {
      this.#above = top;
      return pfn;
    }
    this.#above = ranges.highestFitBelow(top, pages);
    return this.#above === 0 ? NOWHERE : Math.floor((ranges.lo(this.#above) - pages) / align) * align;
  }

  /**
   * Removes the range that holds `pfn`; false if there is none.
   * @kernel remove_iova drivers/iommu/iova.c
   */
  remove(pfn: Pfn): boolean {
    const ranges = this.#ranges;
    const node = ranges.find(pfn);
    if (node === 0) return false;
    const lo = ranges.lo(node);
    const above = ranges.next(node);
    if (node === this.#cached32 || (ranges.hi(node) < this.#dma32 && lo >= ranges.lo(this.#cached32))) {
      this.#cached32 = above;
    }
    if (lo < this.#dma32) this.#max32 = this.#dma32;
    if (lo >= ranges.lo(this.#cached64)) this.#cached64 = above;
    ranges.remove(node);
    return true;
  }

  /**
   * Keeps pages `lo` to `hi` (inclusive) from being given out: ranges in the way grow downwards, a new one takes what
   * is left above them. No hint moves.
   * @kernel reserve_iova drivers/iommu/iova.c
   */
  reserve(lo: Pfn, hi: Pfn): void {
    const ranges = this.#ranges;
    const holder = ranges.find(lo);
    let node = holder === 0 ? ranges.lowestFrom(lo) : holder;
    let from = lo;
    while (ranges.lo(node) <= hi) {
      if (from < ranges.lo(node)) ranges.extendDown(node, from);
      from = ranges.hi(node) + 1;
      if (from > hi) return;
      node = ranges.next(node);
    }
    ranges.insertBelow(node, from, hi);
  }

  /** First and last page of every range, ascending. */
  list(): readonly (readonly [Pfn, Pfn])[] {
    const list: (readonly [Pfn, Pfn])[] = [];
    for (let node = this.#ranges.first(); node !== this.#ranges.anchor; node = this.#ranges.next(node)) {
      list.push([this.#ranges.lo(node), this.#ranges.hi(node)]);
    }
    return list;
  }
}
