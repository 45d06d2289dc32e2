/** Ranges of physical memory that an exporter hands over: the input of a mapping, in a compact form. */
import {
  assert,
  highHalf,
  joinAt,
  joinHalves,
  lowHalf,
  type PhysAddr,
  splitHalves,
  U64_MAX,
  u64,
} from '../base/index.ts';

/**
 * One range of CPU physical memory.
 * @kernel phys_vec include/linux/types.h
 */
export interface PhysVec {
  readonly paddr: PhysAddr;
  /** Bytes, 0 ... 2^64-1. */
  readonly len: bigint;
}

/** A double holds the sum of so many halves of 32 bits. */
const EXACT_SUMS = 2 ** 20;

/** Ranges in 16 bytes each: address and length in two lanes each, which are public for loops over a million ranges. */
export class PhysVecArray implements Iterable<PhysVec> {
  readonly length: number;
  readonly paddrLo: Uint32Array;
  readonly paddrHi: Uint32Array;
  readonly lenLo: Uint32Array;
  readonly lenHi: Uint32Array;

  /** `length` empty ranges at address 0. */
  constructor(length: number) {
    this.length = length;
    this.paddrLo = new Uint32Array(length);
    this.paddrHi = new Uint32Array(length);
    this.lenLo = new Uint32Array(length);
    this.lenHi = new Uint32Array(length);
  }

  /** From [address, length] pairs, each 0 ... 2^64-1. */
  static of(pairs: readonly (readonly [paddr: bigint, len: bigint])[]): PhysVecArray {
    const ranges = new PhysVecArray(pairs.length);
    for (const [index, [paddr, len]] of pairs.entries()) ranges.set(index, paddr, len);
    return ranges;
  }

  /** From one array of addresses and one of lengths, of the same size. The values are copied. */
  static fromTyped(paddrs: BigUint64Array, lens: BigUint64Array): PhysVecArray {
    assert(paddrs.length === lens.length, 'as many addresses as lengths');
    const ranges = new PhysVecArray(paddrs.length);
    splitHalves(paddrs, ranges.paddrHi, ranges.paddrLo);
    splitHalves(lens, ranges.lenHi, ranges.lenLo);
    return ranges;
  }

  /** The same ranges in memory of their own. */
  copy(): PhysVecArray {
    const ranges = new PhysVecArray(this.length);
    ranges.paddrLo.set(this.paddrLo);
    ranges.paddrHi.set(this.paddrHi);
    ranges.lenLo.set(this.lenLo);
    ranges.lenHi.set(this.lenHi);
    return ranges;
  }

  /** Range number `index`, 0 ... length-1. */
  at(index: number): PhysVec {
    return { paddr: joinAt(this.paddrHi, this.paddrLo, index) as PhysAddr, len: joinAt(this.lenHi, this.lenLo, index) };
  }

  /** Writes range number `index`. */
  set(index: number, paddr: bigint, len: bigint): void {
    assert(index >= 0 && index < this.length, 'the range is one of the array');
    assert(paddr >= 0n && paddr <= U64_MAX && len >= 0n && len <= U64_MAX, 'addresses and lengths have 64 bits');
    this.paddrLo[index] = lowHalf(paddr);
    this.paddrHi[index] = highHalf(paddr);
    this.lenLo[index] = lowHalf(len);
    this.lenHi[index] = highHalf(len);
  }

  /** Sum of the lengths, modulo 2^64. */
  totalLength(): bigint {
    return u64(this.sumOfLengths());
  }

  /** Sum of the lengths in bytes, however large. */
  sumOfLengths(): bigint {
    let total = 0n;
    for (let from = 0; from < this.length; from += EXACT_SUMS) {
      const to = Math.min(this.length, from + EXACT_SUMS);
      let high = 0;
      let low = 0;
      for (let index = from; index < to; index++) {
        high += this.lenHi[index] as number;
        low += this.lenLo[index] as number;
      }
      total += (BigInt(high) << 32n) + BigInt(low);
    }
    return total;
  }

  /** Is a range longer than `bytes` (below 2^32)? */
  exceeds(bytes: number): boolean {
    for (let index = 0; index < this.length; index++) {
      if (this.lenHi[index] !== 0 || (this.lenLo[index] ?? 0) > bytes) return true;
    }
    return false;
  }

  *[Symbol.iterator](): Generator<PhysVec> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }
}

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
  const limitHigh = highHalf(limit);
  const limitLow = lowHalf(limit);
  for (let index = 0; index < length; index++) {
    const lowSum = (paddrLo[index] as number) + (lenLo[index] as number) - 1;
    const carry = lowSum > 0xffff_ffff ? 1 : lowSum < 0 ? -1 : 0;
    const high = ((paddrHi[index] as number) + (lenHi[index] as number) + carry) >>> 0;
    if (high > limitHigh || (high === limitHigh && lowSum >>> 0 > limitLow)) return false;
  }
  return true;
}
