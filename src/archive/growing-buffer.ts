/** Bytes that become more, up to a limit. */
export class GrowingBuffer {
  #buffer: Uint8Array;
  #length = 0;
  readonly #limit: number;

  /** @param guess how many bytes are expected */
  constructor(guess: number, limit: number) {
    this.#limit = limit;
    this.#buffer = new Uint8Array(Math.min(limit, Math.max(guess, 1024)));
  }

  /** Adds one byte; false when the limit is reached. */
  push(byte: number): boolean {
    if (this.#length === this.#buffer.length && !this.#grow(1)) return false;
    this.#buffer[this.#length++] = byte;
    return true;
  }

  /** Adds a byte `count` times; false when the limit is reached. */
  repeat(byte: number, count: number): boolean {
    if (this.#length + count > this.#buffer.length && !this.#grow(count)) return false;
    this.#buffer.fill(byte, this.#length, this.#length + count);
    this.#length += count;
    return true;
  }

  /** What was added. Do not add more afterwards. */
  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  #grow(count: number): boolean {
    const needed = this.#length + count;
    if (needed > this.#limit) return false;
    const larger = new Uint8Array(Math.min(this.#limit, Math.max(needed, this.#buffer.length * 2)));
    larger.set(this.#buffer);
    this.#buffer = larger;
    return true;
  }
}
