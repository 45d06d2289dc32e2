/** Bits of a byte array, the most significant first. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #buffer = 0;
  #held = 0;
  /** Bits asked for beyond the end read as 0 and are counted here. */
  #missing = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The next `count` bits, 1 ... 24. */
  bits(count: number): number {
    while (this.#held < count) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) this.#missing += 8;
      this.#buffer = ((this.#buffer << 8) | (byte ?? 0)) >>> 0;
      this.#at++;
      this.#held += 8;
    }
    this.#held -= count;
    const value = (this.#buffer >>> this.#held) & ((1 << count) - 1);
    // At most 7 bits stay, so the next bytes fit.
    this.#buffer &= (1 << this.#held) - 1;
    return value;
  }

  /** Were bits read that are not there? */
  get exhausted(): boolean {
    return this.#missing > this.#held;
  }

  /** Skips to the next whole byte. */
  alignToByte(): void {
    this.#held = 0;
    this.#buffer = 0;
  }

  /** Index of the first byte of which nothing was read. */
  get bytePosition(): number {
    return this.#at;
  }
}
