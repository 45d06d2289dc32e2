/** What a domain holds, without what its caches keep for reuse. */
import type { DmaDomain } from '../../src/iommu/index.ts';

/** Address ranges in use, and what the page table leads to. */
export interface DomainState {
  /** First and last page of every range that is neither free nor waiting to be used again. */
  readonly taken: readonly (readonly [number, number])[];
  readonly mapped: readonly { readonly iova: number; readonly phys: number; readonly pages: number }[];
}

/** The state once everything queued was flushed. */
export function domainState(domain: DmaDomain | undefined): DomainState {
  if (domain === undefined) return { taken: [], mapped: [] };
  domain.elapse(1000);
  const { iova, leaves } = domain.snapshot();
  // A range kept for reuse in a class smaller than itself is lost but for that class's pages.
  const reusable = new Map(iova.rcaches.flatMap((kept, order) => kept.flat().map((first) => [first, 2 ** order])));
  const taken = iova.ranges.flatMap(([first, last]): [number, number][] => {
    const left = first + (reusable.get(first) ?? 0);
    return left > last ? [] : [[left, last]];
  });
  return {
    taken,
    mapped: leaves.map(({ iova: at, phys, pages }) => ({ iova: at, phys, pages })),
  };
}
