/**
 * Page frame numbers. Inside the I/O layers addresses are counted in pages of the domain's granule: a 64-bit address
 * over 4 KiB pages fits a double exactly, and numbers are several times faster than `bigint`.
 */

/** A page number or page count, 0 ... 2^52. */
export type Pfn = number;

const POWERS_OF_TWO: readonly number[] = Array.from({ length: 65 }, (_, exponent) => 2 ** exponent);

/** 2^exponent, 0 ... 64: a table, as computing it is slow. */
export function powerOfTwo(exponent: number): number {
  return POWERS_OF_TWO[exponent] as number;
}

const word = new BigUint64Array(1);
const half = new Uint32Array(word.buffer);
const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
const LOW = LITTLE_ENDIAN ? 0 : 1;
const HIGH = 1 - LOW;

/** The page that holds byte `address` (taken modulo 2^64). `shift` is log2 of the page size, 12 ... 31. */
export function pfnOf(address: bigint, shift: number): Pfn {
  word[0] = address;
  return pfnOfHalves(half[HIGH] as number, half[LOW] as number, shift);
}

/** Offset of byte `address` in its page. */
export function pageOffset(address: bigint, shift: number): number {
  word[0] = address;
  return ((half[LOW] as number) & ((1 << shift) - 1)) >>> 0;
}

/** First byte of page `pfn`. */
export function pfnAddress(pfn: Pfn, shift: number): bigint {
  const high = Math.floor(pfn / powerOfTwo(32 - shift));
  half[HIGH] = high;
  half[LOW] = (pfn - high * powerOfTwo(32 - shift)) * powerOfTwo(shift);
  return word[0] as bigint;
}

/**
 * How many pages `length` bytes need when the first starts `offset` bytes into its page. Rounds up in 64 bits as the
 * kernel does: a sum over 2^64 - granule wraps.
 */
export function pageCount(length: bigint, offset: number, shift: number): Pfn {
  word[0] = length;
  return pageCountOfHalves(half[HIGH] as number, half[LOW] as number, offset, shift);
}

/** {@link pfnOf} for an address in two halves of 32 bits. */
export function pfnOfHalves(high: number, low: number, shift: number): Pfn {
  return high * powerOfTwo(32 - shift) + (low >>> shift);
}

/** {@link pageCount} for a length in two halves of 32 bits. */
export function pageCountOfHalves(high: number, low: number, offset: number, shift: number): Pfn {
  const last = (1 << shift) - 1;
  const pages = pfnOfHalves(high, low, shift) + (((low & last) + offset + last) >>> shift);
  return pages < powerOfTwo(64 - shift) ? pages : pages - powerOfTwo(64 - shift);
}

/** The smallest power of two that is at least `count`; `count` 0 ... 2^52, 0 and 1 give 1. */
export function roundUpPowerOfTwo(count: number): number {
  if (count <= 1) return 1;
  if (count <= 0x4000_0000) return 1 << (32 - Math.clz32(count - 1));
  return 0x4000_0000 * roundUpPowerOfTwo(Math.ceil(count / 0x4000_0000));
}

/** floor(log2(count)); `count` 1 ... 2^52. */
export function floorLog2(count: number): number {
  return count < 0x8000_0000 ? 31 - Math.clz32(count) : 62 - Math.clz32(Math.floor(count / 0x8000_0000));
}

/** `pages` modulo `size`, a power of two: `%` of doubles is slow. */
export function pagesPast(pages: Pfn, size: Pfn): Pfn {
  return pages - Math.floor(pages / size) * size;
}

/** log2 of the largest power of two that divides both numbers; 52 when both are 0. */
export function commonAlignment(a: Pfn, b: Pfn): number {
  const low = trailingZeros(a, b);
  if (low < 32) return low;
  const high = trailingZeros(Math.floor(a / 0x1_0000_0000), Math.floor(b / 0x1_0000_0000));
  return Math.min(32 + high, 52);
}

/** Of the low 32 bits, 32 when all are 0. */
function trailingZeros(a: number, b: number): number {
  const bits = a | b;
  return bits === 0 ? 32 : 31 - Math.clz32(bits & -bits);
}
