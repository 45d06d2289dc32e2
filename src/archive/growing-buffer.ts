/**
 * Bytes that become more, up to a limit. Memory stays below the limit and a sixteenth of it: from there on there is room
 * for all at once, which takes no memory before it is written to, in place of copies that stand beside each other.
 */
export class GrowingBuffer {
  #buffer: Uint8Array;
  #length = 0;
  /** Most bytes it may come to hold. */
  readonly limit: number;

  /** @param guess how many bytes are expected */
  constructor(guess: number, limit: number) {
    this.limit = limit;
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

  /** Adds bytes; false when the limit is reached. */
  append(bytes: Uint8Array): boolean {
    if (!this.reserve(bytes.length)) return false;
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    return true;
  }

  /** Makes room for `count` more bytes; false when they are beyond the limit. */
  reserve(count: number): boolean {
    return this.#length + count <= this.#buffer.length || this.#grow(count);
  }

  /** Makes room for `count` more bytes, up to the limit: less is copied when they come. */
  expect(count: number): void {
    this.reserve(Math.min(count, this.limit - this.#length));
  }

  /** All the room there is. Another after {@link reserve} and whatever adds bytes. */
  get room(): Uint8Array {
    return this.#buffer;
  }

  /** How many bytes were added. */
  get length(): number {
    return this.#length;
  }

  /** Counts `count` bytes as added that were written into {@link room} after the others. */
  commit(count: number): void {
    this.#length += count;
  }

  /** What was added. Do not add more afterwards. */
  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  #grow(count: number): boolean {
    const needed = this.#length + count;
    if (needed > this.limit) return false;
    const larger = new Uint8Array(nextSize(needed, this.#buffer.length, this.limit));
    larger.set(this.bytes());
    this.#buffer = larger;
    return true;
  }
}

function nextSize(needed: number, before: number, limit: number): number {
  const doubled = Math.max(needed, before * 2);
  return doubled > limit / 16 ? limit : doubled;
}
