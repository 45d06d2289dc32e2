import { DecompressError } from './decompress-error.ts';

/** The bits of a byte array from the last to the first, as zstd writes them: behind the highest one bit of the last byte. */
export class BackwardBits {
  readonly #bytes: Uint8Array;
  /** Bits that are left; below 0 once more were read than there are. */
  #left: number;

  constructor(bytes: Uint8Array) {
    const last = bytes[bytes.length - 1] ?? 0;
    if (last === 0) throw new DecompressError('damaged');
    this.#bytes = bytes;
    this.#left = bytes.length * 8 - 1 - Math.clz32(last << 24);
  }

  get left(): number {
    return this.#left;
  }

  /** The next `count` bits, 0 ... 31; those beyond the end read as 0. */
  bits(count: number): number {
    this.#left -= count;
    return this.#at(this.#left, count);
  }

  /** The next `count` bits, 0 ... 25, without taking them. */
  peek(count: number): number {
    return this.#at(this.#left - count, count);
  }

  skip(count: number): void {
    this.#left -= count;
  }

  #at(bit: number, count: number): number {
    if (bit < 0) return bit + count <= 0 ? 0 : (this.#at(0, bit + count) << -bit) >>> 0;
    const bytes = this.#bytes;
    const at = bit >> 3;
    const word =
      (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    const shift = bit & 7;
    const value = word >>> shift;
    if (shift + count <= 32) return value & ((1 << count) - 1);
    return (value | ((bytes[at + 4] ?? 0) << (32 - shift))) & ((1 << count) - 1);
  }
}
