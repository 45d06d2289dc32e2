/** Cutting a mapped table to the pages of a region, in place as the kernel does. drivers/infiniband/core/umem_dmabuf.c. */
import { u64 } from '../base/index.ts';
import type { SgTable } from '../scatterlist/index.ts';

/** A table cut to a region; {@link restoreTable} undoes it. */
export interface UmemWindow {
  /** First entry of the region; undefined: no entry holds its start. */
  readonly first: number | undefined;
  readonly nents: number;
  /** What was changed: entry, and its address and length before. */
  readonly before: readonly (readonly [index: number, addr: bigint, len: number])[];
}

/**
 * Cuts the first entry that reaches into bytes [start, end) of the buffer at its front and the last one at its back.
 * A table that is too short leaves the region short; one whose entries are all empty leaves it without a first entry.
 */
export function trimTable(table: SgTable, start: bigint, end: bigint): UmemWindow {
  const before: [number, bigint, number][] = [];
  let first: number | undefined;
  let nents = 0;
  let at = 0n;
  for (let index = 0; index < table.nents; index++) {
    const addr = table.dmaAddressBits(index);
    const len = table.dmaLen[index] ?? 0;
    const next = at + BigInt(len);
    const front = start > at ? start - at : 0n;
    const back = next > end ? next - end : 0n;
    if (start < next && at < end) {
      nents++;
      if (start >= at) first = index;
      if (front + back > 0n) {
        before.push([index, addr, len]);
        writeEntry(table, index, u64(addr + front), len - Number(front + back));
      }
    }
    if (at < end && end <= next) break;
    at = next;
  }
  return { first, nents, before };
}

/** Puts the cut entries back as the exporter made them. */
export function restoreTable(table: SgTable, window: UmemWindow): void {
  for (const [index, addr, len] of window.before) writeEntry(table, index, addr, len);
}

function writeEntry(table: SgTable, index: number, addr: bigint, len: number): void {
  table.addrLo[index] = Number(addr & 0xffff_ffffn);
  table.addrHi[index] = Number(addr >> 32n);
  table.dmaLen[index] = len;
}
