/** Walking a table as importers do. include/linux/scatterlist.h. */
import type { SgEntry, SgTable } from './sg-table.ts';

/**
 * Entries of the DMA side, in order.
 * @kernel for_each_sgtable_dma_sg include/linux/scatterlist.h
 */
export function* dmaEntries(table: SgTable): Generator<SgEntry> {
  for (let index = 0; index < table.nents; index++) yield table.at(index);
}

/**
 * Entries of the CPU side: a page-less table has none, so code that walks this side sees nothing.
 * @kernel for_each_sgtable_sg include/linux/scatterlist.h
 */
export function* cpuEntries(table: SgTable): Generator<SgEntry> {
  for (let index = 0; index < table.origNents; index++) yield table.at(index);
}

/**
 * Pages that the DMA page iterator sees in an entry. The length is rounded up to a page in 32 bits, so one above
 * 2^32 - pageSize counts as 0 pages.
 */
export function dmaPagesOf(dmaLength: number, pageSize: number): number {
  return (((dmaLength + pageSize - 1) >>> 0) / pageSize) >>> 0;
}

/**
 * DMA address of every page, as DRM drivers collect them; entries that count as 0 pages are left out.
 * @kernel for_each_sgtable_dma_page include/linux/scatterlist.h
 */
export function* dmaPages(table: SgTable, pageSize: number): Generator<bigint> {
  for (let index = 0; index < table.nents; index++) {
    const start = table.dmaAddressBits(index);
    const pages = dmaPagesOf(table.dmaLen[index] ?? 0, pageSize);
    for (let page = 0; page < pages; page++) yield BigInt.asUintN(64, start + BigInt(page * pageSize));
  }
}
