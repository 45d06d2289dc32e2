/** How far many ranges reach, looked at in 32-bit halves: a `bigint` an answer, not a range. */
import { joinHalves, U64_MAX } from '../base/index.ts';
import type { PhysVecArray } from './phys-vec.ts';

/** Where ranges lie. */
export interface PhysVecExtent {
  /** First byte of the lowest range. */
  readonly start: bigint;
  /** The byte after the highest range; above 2^64 where a range does not end before that. */
  readonly end: bigint;
}

/** The space between the lowest and the highest byte of all ranges; undefined without ranges. Empty ranges count. */
export function physVecExtent({ paddrHi, paddrLo, lenHi, lenLo, length }: PhysVecArray): PhysVecExtent | undefined {
  if (length === 0) return undefined;
  let startHigh = 2 ** 32;
  let startLow = 0;
  let endHigh = 0;
  let endLow = 0;
  for (let index = 0; index < length; index++) {
    const high = paddrHi[index] as number;
    const low = paddrLo[index] as number;
    if (high < startHigh || (high === startHigh && low < startLow)) {
      startHigh = high;
      startLow = low;
    }
    const lowSum = low + (lenLo[index] as number);
    const carry = lowSum > 0xffff_ffff ? 1 : 0;
    const afterHigh = high + (lenHi[index] as number) + carry;
    const afterLow = lowSum >>> 0;
    if (afterHigh > endHigh || (afterHigh === endHigh && afterLow > endLow)) {
      endHigh = afterHigh;
      endLow = afterLow;
    }
  }
  return { start: joinHalves(startHigh, startLow), end: joinHalves(endHigh, endLow) };
}

/**
 * Is no last byte beyond `limit` (0 ... 2^64-1)? The last byte is address + length - 1 in 64 bits, as the kernel computes
 * it, so an empty range ends below its start.
 */
export function endsWithin({ paddrHi, paddrLo, lenHi, lenLo, length }: PhysVecArray, limit: bigint): boolean {
  if (limit === U64_MAX) return true;
  const limitHigh = Number(limit >> 32n);
  const limitLow = Number(limit & 0xffff_ffffn);
  for (let index = 0; index < length; index++) {
    const lowSum = (paddrLo[index] as number) + (lenLo[index] as number) - 1;
    const carry = lowSum > 0xffff_ffff ? 1 : lowSum < 0 ? -1 : 0;
    const high = ((paddrHi[index] as number) + (lenHi[index] as number) + carry) >>> 0;
    if (high > limitHigh || (high === limitHigh && lowSum >>> 0 > limitLow)) return false;
  }
  return true;
}
