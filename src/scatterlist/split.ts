/**
 * Cutting a run of DMA addresses into entries: one entry holds at most 2^32-1 bytes, and what a kernel takes as its
 * largest length decides where the cuts are. drivers/dma-buf/dma-buf-mapping.c.
 */
import { highHalf, joinHalves, lowHalf, u64 } from '../base/index.ts';
import type { PhysVecArray } from './phys-vec.ts';
import type { SgTable } from './sg-table.ts';

/** How a kernel cuts. */
export interface SplitRules {
  /** Longest entry in bytes: UINT_MAX, or UINT_MAX rounded down to a page. */
  readonly chunk: number;
  /** Does the distance of an entry from the start of its run wrap at 32 bits? */
  readonly distanceWraps: boolean;
  /** What becomes of a sum of entry counts beyond 32 bits. */
  readonly countOverflow: 'wraps' | 'zero';
}

/** The cursor ran past the last entry: the kernel writes through a NULL pointer and dies. */
export const PAST_END = -1;

/**
 * Does every range take exactly one entry? Most exporters' ranges do (1 ... 2^31-1 bytes); the answer takes one look at
 * the lengths alone and spares the careful loops.
 */
export function oneEntryEach({ lenLo, lenHi, length }: PhysVecArray): boolean {
  let high = 0;
  let belowOne = 0;
  for (let index = 0; index < length; index++) {
    high |= lenHi[index] as number;
    // Negative as a 32-bit number for a length of 0 and for one of more than 2^31.
    belowOne |= ((lenLo[index] as number) - 1) | 0;
  }
  return high === 0 && belowOne >= 0;
}

/**
 * Entries that ranges need when each starts its own: ceil(len / chunk) of each, summed in 32 bits.
 * @kernel calc_sg_nents drivers/dma-buf/dma-buf-mapping.c
 */
export function calcSgNents(ranges: PhysVecArray, rules: SplitRules): number {
  const { lenLo, lenHi } = ranges;
  const { chunk } = rules;
  let nents = 0;
  let overflowed = false;
  for (let index = 0; index < ranges.length; index++) {
    const lo = lenLo[index] as number;
    const hi = lenHi[index] as number;
    if (hi === 0 && lo <= chunk) {
      if (lo !== 0) nents++;
    } else {
      nents += entriesOfRun(hi, lo, chunk);
    }
    if (nents > 0xffff_ffff) {
      nents -= 2 ** 32;
      overflowed = true;
    }
  }
  return overflowed && rules.countOverflow === 'zero' ? 0 : nents;
}

/** Entries of one contiguous run of `size` bytes (0 ... 2^64-1): ceil(size / chunk) cut to 32 bits. */
export function calcRunNents(size: bigint, rules: SplitRules): number {
  return entriesOfRun(highHalf(size), lowHalf(size), rules.chunk);
}

/**
 * Writes the entries of one run at `cursor`.
 * @param addr first DMA address of the run
 * @param len its length in bytes, 0 ... 2^64-1
 * @returns the next free entry, or {@link PAST_END}.
 * @kernel fill_sg_entry drivers/dma-buf/dma-buf-mapping.c
 */
export function fillSgEntry(table: SgTable, cursor: number, addr: bigint, len: bigint, rules: SplitRules): number {
  return fillRun(table, cursor, highHalf(addr), lowHalf(addr), highHalf(len), lowHalf(len), rules);
}

/**
 * Writes the entries of all ranges as bus addresses, each `busOffset` above its physical address (mod 2^64).
 * @returns the next free entry, or {@link PAST_END}.
 */
export function fillBusAddresses(table: SgTable, ranges: PhysVecArray, busOffset: bigint, rules: SplitRules): number {
  const { paddrLo, paddrHi, lenLo, lenHi } = ranges;
  const offsetLo = lowHalf(busOffset);
  const offsetHi = highHalf(busOffset);
  let cursor = 0;
  for (let index = 0; index < ranges.length; index++) {
    const lo = (paddrLo[index] as number) + offsetLo;
    const hi = (paddrHi[index] as number) + offsetHi + (lo > 0xffff_ffff ? 1 : 0);
    cursor = fillRun(table, cursor, hi >>> 0, lo >>> 0, lenHi[index] as number, lenLo[index] as number, rules);
    if (cursor === PAST_END) return PAST_END;
  }
  return cursor;
}

/**
 * {@link fillBusAddresses} where {@link oneEntryEach} holds and the table has an entry for every range. By itself, so
 * that the compiler keeps the arrays in registers; additions stay in 32 bits and the carry has no branch, which
 * scattered addresses would mispredict.
 */
export function fillOneEntryEach(table: SgTable, ranges: PhysVecArray, busOffset: bigint): number {
  const { paddrLo, paddrHi } = ranges;
  const { addrLo, addrHi } = table;
  const offsetLo = lowHalf(busOffset) | 0;
  const offsetHi = highHalf(busOffset) | 0;
  table.dmaLen.set(ranges.lenLo);
  // Most machines' offsets are 0, or whole multiples of 4 GiB: the low halves are copied as they are.
  if (offsetLo === 0) {
    addrLo.set(paddrLo);
    if (offsetHi === 0) addrHi.set(paddrHi);
    else addToAll(addrHi, paddrHi, offsetHi);
    return ranges.length;
  }
  for (let index = 0; index < ranges.length; index++) {
    const base = (paddrLo[index] as number) | 0;
    const lo = (base + offsetLo) | 0;
    addrLo[index] = lo;
    addrHi[index] = ((paddrHi[index] as number) + offsetHi + carryOf(base, offsetLo, lo)) | 0;
  }
  return ranges.length;
}

/** `sums` = `values` + `addend`, in 32 bits. */
function addToAll(sums: Uint32Array, values: Uint32Array, addend: number): void {
  for (let index = 0; index < values.length; index++) sums[index] = ((values[index] as number) + addend) | 0;
}

/** The carry out of the low 32 bits of `a + b`, whose low 32 bits are `sum`. */
function carryOf(a: number, b: number, sum: number): number {
  return ((a & b) | ((a | b) & ~sum)) >>> 31;
}

/** {@link fillSgEntry} on halves of 32 bits. */
function fillRun(
  table: SgTable,
  cursor: number,
  addrHi: number,
  addrLo: number,
  lenHi: number,
  lenLo: number,
  rules: SplitRules,
): number {
  const { chunk } = rules;
  const { addrLo: outLo, addrHi: outHi, dmaLen } = table;
  const count = entriesOfRun(lenHi, lenLo, chunk);
  const last = count - 1;
  // A remainder of 32 bits: chunk * last is what the entries before the last hold.
  const remainder = (lenLo - Math.imul(chunk, last)) >>> 0;
  let lo = addrLo;
  let hi = addrHi;
  for (let nth = 0; nth < count; nth++) {
    if (cursor >= table.nents) return PAST_END;
    if (rules.distanceWraps) {
      lo = addrLo + (Math.imul(nth, chunk) >>> 0);
      hi = addrHi;
    }
    if (lo > 0xffff_ffff) {
      lo -= 2 ** 32;
      hi++;
    }
    outLo[cursor] = lo;
    outHi[cursor] = hi;
    dmaLen[cursor] = nth === last ? remainder : chunk;
    cursor++;
    lo += chunk;
  }
  return cursor;
}

/** ceil(len / chunk) as the kernel computes it: the rounding sum wraps at 64 bits, the quotient is cut to 32. */
function entriesOfRun(lenHi: number, lenLo: number, chunk: number): number {
  if (lenHi < 2 ** 20) return Math.ceil((lenHi * 2 ** 32 + lenLo) / chunk);
  const len = joinHalves(lenHi, lenLo);
  return Number((u64(len + BigInt(chunk - 1)) / BigInt(chunk)) & 0xffff_ffffn);
}
