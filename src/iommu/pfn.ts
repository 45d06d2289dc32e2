/**
 * Page frame numbers. Inside the I/O layers addresses are counted in pages of the domain's granule: a 64-bit address
 * over 4 KiB pages fits a double exactly, and numbers are several times faster than `bigint`.
 */

/** A page number or page count, 0 ... 2^52. */
export type Pfn = number;

const word = new BigUint64Array(1);
const half = new Uint32Array(word.buffer);
const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
const LOW = LITTLE_ENDIAN ? 0 : 1;
const HIGH = 1 - LOW;

/** The page that holds byte `address` (taken modulo 2^64). `shift` is log2 of the page size, 12 ... 31. */
export function pfnOf(address: bigint, shift: number): Pfn {
  word[0] = address;
  return (half[HIGH] as number) * 2 ** (32 - shift) + ((half[LOW] as number) >>> shift);
}

/** Offset of byte `address` in its page. */
export function pageOffset(address: bigint, shift: number): number {
  word[0] = address;
  return ((half[LOW] as number) & ((1 << shift) - 1)) >>> 0;
}

/** First byte of page `pfn`. */
export function pfnAddress(pfn: Pfn, shift: number): bigint {
  const high = Math.floor(pfn / 2 ** (32 - shift));
  half[HIGH] = high;
  half[LOW] = (pfn - high * 2 ** (32 - shift)) * 2 ** shift;
  return word[0] as bigint;
}

/**
 * How many pages `length` bytes need when the first starts `offset` bytes into its page. Rounds up in 64 bits as the
 * kernel does: a sum over 2^64 - granule wraps.
 */
export function pageCount(length: bigint, offset: number, shift: number): Pfn {
  const below = pageOffset(length, shift) + offset;
  const pages = pfnOf(length, shift) + Math.ceil(below / 2 ** shift);
  return pages < 2 ** (64 - shift) ? pages : pages - 2 ** (64 - shift);
}

/** The smallest power of two that is at least `count`; `count` 1 ... 2^52. */
export function roundUpPowerOfTwo(count: number): number {
  if (count <= 0x4000_0000) return count <= 1 ? 1 : 2 ** (32 - Math.clz32(count - 1));
  const high = Math.ceil(count / 0x4000_0000);
  return 0x4000_0000 * roundUpPowerOfTwo(high);
}

/** floor(log2(count)); `count` 1 ... 2^52. */
export function floorLog2(count: number): number {
  return count < 0x8000_0000 ? 31 - Math.clz32(count) : 31 + floorLog2(Math.floor(count / 0x8000_0000));
}

/** log2 of the largest power of two that divides both numbers; 52 when both are 0. */
export function commonAlignment(a: Pfn, b: Pfn): number {
  const low = trailingZeros(a % 0x1_0000_0000, b % 0x1_0000_0000);
  if (low < 32) return low;
  const high = trailingZeros(Math.floor(a / 0x1_0000_0000), Math.floor(b / 0x1_0000_0000));
  return Math.min(32 + high, 52);
}

function trailingZeros(a: number, b: number): number {
  const bits = (a | b) >>> 0;
  return bits === 0 ? 32 : 31 - Math.clz32(bits & -bits);
}
