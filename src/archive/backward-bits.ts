import { DecompressError } from './decompress-error.ts';

/** Bytes behind the last one that a read of a word may touch. */
const SLACK = 8;

/** The bits of a byte array from the last to the first, as zstd writes them: behind the highest one bit of the last byte. */
export class BackwardBits {
  readonly #view: DataView;
  /** Bits that are left; below 0 once more were read than there are. */
  #left: number;

  constructor(bytes: Uint8Array) {
    const last = bytes[bytes.length - 1] ?? 0;
    if (last === 0) throw new DecompressError('damaged');
    this.#view = withSlack(bytes);
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
    const shift = bit & 7;
    const value = this.#view.getInt32(bit >> 3, true) >>> shift;
    if (shift + count <= 32) return value & ((1 << count) - 1);
    return (value | (this.#view.getUint8((bit >> 3) + 4) << (32 - shift))) & ((1 << count) - 1);
  }
}

/** Words are read whole, and what they hold beyond the end is cut off: any bytes will do there, if there are some. */
function withSlack(bytes: Uint8Array): DataView {
  const length = bytes.length + SLACK;
  if (bytes.byteOffset + length <= bytes.buffer.byteLength) return new DataView(bytes.buffer, bytes.byteOffset, length);
  const copy = new Uint8Array(length);
  copy.set(bytes);
  return new DataView(copy.buffer);
}
