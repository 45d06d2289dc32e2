/**
 * Which fingerprints somebody answers already, shared by all threads: each is answered once. A set of 64-bit numbers in
 * shared memory. Two fingerprints that begin alike would count as one (one in 10^8 fleets of a million fingerprints);
 * whoever writes the tables looks whether the answer is there, and asks again.
 */

/** Places; beyond half of them no claim is noted any more, and answers may be worked out twice. */
const DEFAULT_PLACES = 2 ** 20;

/** The set, in memory that threads share. */
export class Claims {
  readonly #places: BigInt64Array;
  readonly #mask: number;
  #taken = 0;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(DEFAULT_PLACES * 8)) {
    this.#places = new BigInt64Array(memory);
    this.#mask = this.#places.length - 1;
  }

  get memory(): SharedArrayBuffer {
    return this.#places.buffer as SharedArrayBuffer;
  }

  /** Is it ours to answer? True for the first who asks. @param fingerprint 64 hexadecimal digits */
  claim(fingerprint: string): boolean {
    if (this.#taken * 2 > this.#mask) return true;
    const key = BigInt.asIntN(64, BigInt(`0x${fingerprint.slice(0, 16)}`)) || 1n;
    for (let at = Number.parseInt(fingerprint.slice(0, 8), 16) & this.#mask; ; at = (at + 1) & this.#mask) {
      const there = Atomics.compareExchange(this.#places, at, 0n, key);
      if (there === 0n) this.#taken++;
      if (there === 0n || there === key) return there === 0n;
    }
  }
}
