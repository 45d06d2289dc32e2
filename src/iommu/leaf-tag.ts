/** What the leaves of one run have in common besides being contiguous, as one number. */
import type { LeafRun } from './io-page-table.ts';
import type { Run } from './run-store.ts';

const PROT_BITS = 5;

/** Packs the log2 of a leaf's pages and its IOMMU_* bits. */
export function leafTag(order: number, prot: number): number {
  return (order << PROT_BITS) | prot;
}

/** log2 of a leaf's pages. */
export function tagOrder(tag: number): number {
  return tag >> PROT_BITS;
}

/** A stored run in the words of a page table. */
export function leafRun(run: Run): LeafRun {
  const prot = run.tag & ((1 << PROT_BITS) - 1);
  return { iova: run.start, phys: run.phys, pages: run.pages, order: tagOrder(run.tag), prot };
}
