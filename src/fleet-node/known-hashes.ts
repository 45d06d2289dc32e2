/** Hashes of inputs that the tables hold already, shared by all threads: 32 bytes each, in order. */

const SIZE = 32;

/** The list, in memory that threads share. */
export class KnownHashes {
  readonly #bytes: Uint8Array;

  constructor(memory: SharedArrayBuffer) {
    this.#bytes = new Uint8Array(memory);
  }

  /** @param hashes 64 hexadecimal digits each */
  static of(hashes: readonly string[]): KnownHashes {
    const sorted = [...hashes].sort();
    const bytes = new Uint8Array(new SharedArrayBuffer(sorted.length * SIZE));
    for (const [at, hash] of sorted.entries()) bytes.set(Buffer.from(hash, 'hex').subarray(0, SIZE), at * SIZE);
    return new KnownHashes(bytes.buffer as SharedArrayBuffer);
  }

  get memory(): SharedArrayBuffer {
    return this.#bytes.buffer as SharedArrayBuffer;
  }

  get size(): number {
    return this.#bytes.length / SIZE;
  }

  has(hash: string): boolean {
    const wanted = Buffer.from(hash, 'hex');
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >> 1;
      const order = wanted.compare(this.#bytes, middle * SIZE, (middle + 1) * SIZE);
      if (order === 0) return true;
      if (order < 0) high = middle;
      else low = middle + 1;
    }
    return false;
  }
}
