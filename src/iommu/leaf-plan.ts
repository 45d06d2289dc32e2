/** How a mapping is cut into leaves. */
import { commonAlignment, floorLog2, type Pfn, pagesPast, powerOfTwo } from './pfn.ts';

/** Leaves of one size in a row. */
export interface LeafStretch {
  /** log2 of a leaf's pages. */
  readonly order: number;
  /** Pages of all the leaves together. */
  readonly pages: Pfn;
}

/**
 * The next stretch of a mapping: the largest page size that fits the length and divides both addresses, repeated until a
 * larger one becomes possible. Undefined when nothing is left.
 * @param orders log2 of every page size in pages, ascending, 0 first
 * @kernel iommu_pgsize drivers/iommu/iommu.c
 */
export function nextStretch(orders: readonly number[], iova: Pfn, phys: Pfn, pages: Pfn): LeafStretch | undefined {
  if (pages <= 0) return undefined;
  const second = orders[1];
  if (second === undefined || pages < powerOfTwo(second)) return { order: 0, pages };
  const most = Math.min(commonAlignment(iova, phys), floorLog2(pages));
  let index = orders.length - 1;
  while ((orders[index] as number) > most) index--;
  const order = orders[index] as number;
  const larger = orders[index + 1];
  const whole = pages - pagesPast(pages, powerOfTwo(order));
  if (larger === undefined) return { order, pages: whole };
  const size = powerOfTwo(larger);
  if (pagesPast(iova, size) !== pagesPast(phys, size)) return { order, pages: whole };
  const untilLarger = pagesPast(size - pagesPast(iova, size), size);
  return { order, pages: untilLarger + size <= pages ? untilLarger : whole };
}
