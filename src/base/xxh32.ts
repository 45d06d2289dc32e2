/** XXH32 (Yann Collet), the hash of what moves in simulations: fast, and the same as `xxhsum -H32` prints. Not for secrets. */

const P1 = 0x9e37_79b1;
const P2 = 0x85eb_ca77;
const P3 = 0xc2b2_ae3d;
const P4 = 0x27d4_eb2f;
const P5 = 0x1656_67b1;
/** Four lanes of four bytes. */
const STRIPE = 16;

const LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** A hash of bytes that come in pieces of any length. */
export class Xxh32 {
  readonly #lanes: Int32Array;
  readonly #seed: number;
  /** Bytes of a stripe that is not complete. */
  readonly #rest = new Uint8Array(STRIPE);
  #restLength = 0;
  #total = 0;

  /** @param seed any 32-bit number */
  constructor(seed = 0) {
    this.#seed = seed;
    this.#lanes = Int32Array.of(seed + P1 + P2, seed + P2, seed, seed - P1);
  }

  /** Takes more bytes. */
  update(bytes: Uint8Array): this {
    this.#total += bytes.length;
    let at = 0;
    if (this.#restLength > 0) {
      at = Math.min(STRIPE - this.#restLength, bytes.length);
      this.#rest.set(bytes.subarray(0, at), this.#restLength);
      this.#restLength += at;
      if (this.#restLength < STRIPE) return this;
      this.#stripes(this.#rest);
      this.#restLength = 0;
    }
    const whole = bytes.length - ((bytes.length - at) % STRIPE);
    this.#stripes(bytes.subarray(at, whole));
    this.#rest.set(bytes.subarray(whole));
    this.#restLength = bytes.length - whole;
    return this;
  }

  /** The hash of everything so far, 0 ... 2^32-1. */
  digest(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.#lanes;
    const mixed = rotl(a, 1) + rotl(b, 7) + rotl(c, 12) + rotl(d, 18);
    let hash = ((this.#total >= STRIPE ? mixed : this.#seed + P5) + this.#total) | 0;
    let at = 0;
    for (; at + 4 <= this.#restLength; at += 4) {
      hash = Math.imul(rotl((hash + Math.imul(wordAt(this.#rest, at), P3)) | 0, 17), P4);
    }
    for (; at < this.#restLength; at++) {
      hash = Math.imul(rotl((hash + Math.imul(this.#rest[at] ?? 0, P5)) | 0, 11), P1);
    }
    hash = Math.imul(hash ^ (hash >>> 15), P2);
    hash = Math.imul(hash ^ (hash >>> 13), P3);
    return (hash ^ (hash >>> 16)) >>> 0;
  }

  #stripes(bytes: Uint8Array): void {
    const words = wordsOf(bytes);
    const lanes = this.#lanes;
    let a = lanes[0] as number;
    let b = lanes[1] as number;
    let c = lanes[2] as number;
    let d = lanes[3] as number;
    for (let at = 0; at < words.length; at += 4) {
      a = Math.imul(rotl((a + Math.imul(words[at] as number, P2)) | 0, 13), P1);
      b = Math.imul(rotl((b + Math.imul(words[at + 1] as number, P2)) | 0, 13), P1);
      c = Math.imul(rotl((c + Math.imul(words[at + 2] as number, P2)) | 0, 13), P1);
      d = Math.imul(rotl((d + Math.imul(words[at + 3] as number, P2)) | 0, 13), P1);
    }
    lanes[0] = a;
    lanes[1] = b;
    lanes[2] = c;
    lanes[3] = d;
  }
}

function rotl(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24) | 0
  );
}

/** Little-endian words of whole stripes, without a copy where they stand at a word. */
function wordsOf(bytes: Uint8Array): Int32Array {
  const count = bytes.length / 4;
  if (LITTLE_ENDIAN && bytes.byteOffset % 4 === 0) return new Int32Array(bytes.buffer, bytes.byteOffset, count);
  const words = new Int32Array(count);
  for (let index = 0; index < count; index++) words[index] = wordAt(bytes, index * 4);
  return words;
}
