/**
 * 64-bit values in two halves of 32 bits, the form of everything that comes by the million: ranges, entries, links.
 *
 * A `bigint` is an object of its own and costs ten times as much in a loop as two numbers; a double is exact to 2^53 only.
 * So values are `bigint` at every door, and inside such loops a high and a low half, each 0 ... 2^32-1, in typed arrays
 * of the same length ("lanes"). Values are taken apart and joined here; only page numbers have a way of their own, which
 * is faster still (`iommu/pfn.ts`).
 */
import { defined } from './result.ts';

const LOW_HALF = 0xffff_ffffn;

/** Bits 32 ... 63 of a 64-bit value. */
export function highHalf(value: bigint): number {
  return Number(BigInt.asUintN(32, value >> 32n));
}

/** Bits 0 ... 31 of a 64-bit value. */
export function lowHalf(value: bigint): number {
  return Number(value & LOW_HALF);
}

/** The value of two halves; as one number where that is exact, because four operations on bigints cost more. */
export function joinHalves(high: number, low: number): bigint {
  return high < 0x20_0000 ? BigInt(high * 0x1_0000_0000 + low) : (BigInt(high) << 32n) | BigInt(low);
}

/** The value at a place of two lanes that has one. */
export function joinAt(high: Uint32Array, low: Uint32Array, index: number): bigint {
  return joinHalves(defined(high[index], 'high half'), defined(low[index], 'low half'));
}

const LOW_HALF_FIRST = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** Copies 64-bit values into two lanes without making a bigint of each. */
export function splitHalves(values: BigUint64Array, high: Uint32Array, low: Uint32Array): void {
  const halves = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  const first = LOW_HALF_FIRST ? low : high;
  const second = LOW_HALF_FIRST ? high : low;
  for (let index = 0; index < values.length; index++) {
    first[index] = halves[2 * index] as number;
    second[index] = halves[2 * index + 1] as number;
  }
}
