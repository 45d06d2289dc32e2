/** Ranges of physical memory that an exporter hands over: the input of a mapping, in a compact form. */
import { assert, defined, joinHalves, type PhysAddr, U64_MAX, u64 } from '../base/index.ts';

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

/**
 * Ranges in 16 bytes each: address and length as two 32-bit lanes, low and high half. `bigint` stays at the door
 * because it costs ten times as much in a loop over a million ranges. The lanes are public for such loops.
 */
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
    splitHalves(paddrs, ranges.paddrLo, ranges.paddrHi);
    splitHalves(lens, ranges.lenLo, ranges.lenHi);
    return ranges;
  }

  /** Range number `index`, 0 ... length-1. */
  at(index: number): PhysVec {
    return { paddr: join(this.paddrHi, this.paddrLo, index) as PhysAddr, len: join(this.lenHi, this.lenLo, index) };
  }

  /** Writes range number `index`. */
  set(index: number, paddr: bigint, len: bigint): void {
    assert(index >= 0 && index < this.length, 'the range is one of the array');
    assert(paddr >= 0n && paddr <= U64_MAX && len >= 0n && len <= U64_MAX, 'addresses and lengths have 64 bits');
    this.paddrLo[index] = Number(paddr & 0xffff_ffffn);
    this.paddrHi[index] = Number(paddr >> 32n);
    this.lenLo[index] = Number(len & 0xffff_ffffn);
    this.lenHi[index] = Number(len >> 32n);
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

const LOW_HALF_FIRST = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** Copies 64-bit values into two lanes without making a bigint of each. */
function splitHalves(values: BigUint64Array, lo: Uint32Array, hi: Uint32Array): void {
  const halves = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  const low = LOW_HALF_FIRST ? 0 : 1;
  for (let index = 0; index < values.length; index++) {
    lo[index] = halves[2 * index + low] ?? 0;
    hi[index] = halves[2 * index + 1 - low] ?? 0;
  }
}

function join(hi: Uint32Array, lo: Uint32Array, index: number): bigint {
  return joinHalves(defined(hi[index], 'high half'), defined(lo[index], 'low half'));
}
