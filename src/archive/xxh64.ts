/** XXH64 (Yann Collet) with seed 0: the checksum of zstd. 64-bit numbers are pairs of 32-bit halves. */

/** The low 32 bits of the hash, which is what zstd stores. */
export function xxh64Low(bytes: Uint8Array): number {
  const end = bytes.length - (bytes.length % STRIPE);
  const hash = end === 0 ? P5.slice() : mixStripes(bytes, end);
  add(hash, 0, bytes.length, Math.floor(bytes.length / 2 ** 32));
  mixRest(hash, bytes, end);
  shiftXor(hash, 33);
  multiply(hash, 0, P2);
  shiftXor(hash, 29);
  multiply(hash, 0, P3);
  return ((hash[0] ?? 0) ^ (hash[1] ?? 0)) >>> 0;
}

const STRIPE = 32;
/** Low half first, like all pairs here. */
const P1: Int32Array = Int32Array.of(0x85eb_ca87, 0x9e37_79b1);
const P2: Int32Array = Int32Array.of(0x27d4_eb4f, 0xc2b2_ae3d);
const P3: Int32Array = Int32Array.of(0x9e37_79f9, 0x1656_67b1);
const P4: Int32Array = Int32Array.of(0xc2b2_ae63, 0x85eb_ca77);
const P5: Int32Array = Int32Array.of(0x1656_67c5, 0x27d4_eb2f);

/** The lanes are eight numbers of their own: in an array, each step would wait for the one before to be stored. */
function mixStripes(bytes: Uint8Array, end: number): Int32Array {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  // The seeds of the four lanes: P1 + P2, P2, 0, -P1.
  let low0 = (P1_LOW + P2_LOW) | 0;
  let high0 = (P1_HIGH + P2_HIGH + (P1_LOW + P2_LOW > 0xffff_ffff ? 1 : 0)) | 0;
  let [low1, high1, low2, high2] = [P2_LOW | 0, P2_HIGH | 0, 0, 0];
  let [low3, high3] = [-P1_LOW | 0, ~P1_HIGH];
  let [low, high] = [0, 0];
  for (let at = 0; at < end; at += STRIPE) {
    // lane = rotate(lane + word * P2, 31) * P1, for each.
    low = words.getInt32(at + 0, true);
    high = (highProduct(low, P2_LOW) + Math.imul(low, P2_HIGH) + Math.imul(words.getInt32(at + 4, true), P2_LOW)) | 0;
    low = Math.imul(low, P2_LOW);
    low0 = (low0 + low) | 0;
    high = (high0 + high + (low0 >>> 0 < low >>> 0 ? 1 : 0)) | 0;
    low = (low0 << 31) | (high >>> 1);
    high = (high << 31) | (low0 >>> 1);
    low0 = Math.imul(low, P1_LOW);
    high0 = (highProduct(low, P1_LOW) + Math.imul(low, P1_HIGH) + Math.imul(high, P1_LOW)) | 0;

    low = words.getInt32(at + 8, true);
    high = (highProduct(low, P2_LOW) + Math.imul(low, P2_HIGH) + Math.imul(words.getInt32(at + 12, true), P2_LOW)) | 0;
    low = Math.imul(low, P2_LOW);
    low1 = (low1 + low) | 0;
    high = (high1 + high + (low1 >>> 0 < low >>> 0 ? 1 : 0)) | 0;
    low = (low1 << 31) | (high >>> 1);
    high = (high << 31) | (low1 >>> 1);
    low1 = Math.imul(low, P1_LOW);
    high1 = (highProduct(low, P1_LOW) + Math.imul(low, P1_HIGH) + Math.imul(high, P1_LOW)) | 0;

    low = words.getInt32(at + 16, true);
    high = (highProduct(low, P2_LOW) + Math.imul(low, P2_HIGH) + Math.imul(words.getInt32(at + 20, true), P2_LOW)) | 0;
    low = Math.imul(low, P2_LOW);
    low2 = (low2 + low) | 0;
    high = (high2 + high + (low2 >>> 0 < low >>> 0 ? 1 : 0)) | 0;
    low = (low2 << 31) | (high >>> 1);
    high = (high << 31) | (low2 >>> 1);
    low2 = Math.imul(low, P1_LOW);
    high2 = (highProduct(low, P1_LOW) + Math.imul(low, P1_HIGH) + Math.imul(high, P1_LOW)) | 0;

    low = words.getInt32(at + 24, true);
    high = (highProduct(low, P2_LOW) + Math.imul(low, P2_HIGH) + Math.imul(words.getInt32(at + 28, true), P2_LOW)) | 0;
    low = Math.imul(low, P2_LOW);
    low3 = (low3 + low) | 0;
    high = (high3 + high + (low3 >>> 0 < low >>> 0 ? 1 : 0)) | 0;
    low = (low3 << 31) | (high >>> 1);
    high = (high << 31) | (low3 >>> 1);
    low3 = Math.imul(low, P1_LOW);
    high3 = (highProduct(low, P1_LOW) + Math.imul(low, P1_HIGH) + Math.imul(high, P1_LOW)) | 0;
  }
  const lanes = Int32Array.of(low0, high0, low1, high1, low2, high2, low3, high3);
  const hash = new Int32Array(2);
  [1, 7, 12, 18].forEach((bits, lane) => {
    const rotated = lanes.slice(2 * lane, 2 * lane + 2);
    rotate(rotated, 0, bits);
    add(hash, 0, rotated[0] ?? 0, rotated[1] ?? 0);
  });
  for (let lane = 0; lane < 8; lane += 2) {
    const word = new Int32Array(2);
    mixWord(word, 0, lanes[lane] ?? 0, lanes[lane + 1] ?? 0);
    xor(hash, word);
    multiply(hash, 0, P1);
    add(hash, 0, P4[0] ?? 0, P4[1] ?? 0);
  }
  return hash;
}

/** The last bytes that fill no stripe: words, then half a word, then bytes. */
function mixRest(hash: Int32Array, bytes: Uint8Array, start: number): void {
  let at = start;
  for (; at + 8 <= bytes.length; at += 8) {
    const word = new Int32Array(2);
    mixWord(word, 0, wordAt(bytes, at), wordAt(bytes, at + 4));
    xor(hash, word);
    rotate(hash, 0, 27);
    multiply(hash, 0, P1);
    add(hash, 0, P4[0] ?? 0, P4[1] ?? 0);
  }
  if (at + 4 <= bytes.length) {
    const word = Int32Array.of(wordAt(bytes, at), 0);
    multiply(word, 0, P1);
    xor(hash, word);
    rotate(hash, 0, 23);
    multiply(hash, 0, P2);
    add(hash, 0, P3[0] ?? 0, P3[1] ?? 0);
    at += 4;
  }
  for (; at < bytes.length; at++) {
    const word = Int32Array.of(bytes[at] ?? 0, 0);
    multiply(word, 0, P5);
    xor(hash, word);
    rotate(hash, 0, 11);
    multiply(hash, 0, P1);
  }
}

/** lane = rotate(lane + word * P2, 31) * P1 */
function mixWord(lanes: Int32Array, lane: number, low: number, high: number): void {
  const wordLow = Math.imul(low, P2_LOW);
  const wordHigh = (highProduct(low, P2_LOW) + Math.imul(low, P2_HIGH) + Math.imul(high, P2_LOW)) | 0;
  const sumLow = ((lanes[lane] ?? 0) + wordLow) | 0;
  const carry = sumLow >>> 0 < wordLow >>> 0 ? 1 : 0;
  const sumHigh = ((lanes[lane + 1] ?? 0) + wordHigh + carry) | 0;
  const turnedLow = (sumLow << 31) | (sumHigh >>> 1);
  const turnedHigh = (sumHigh << 31) | (sumLow >>> 1);
  lanes[lane] = Math.imul(turnedLow, P1_LOW);
  lanes[lane + 1] = highProduct(turnedLow, P1_LOW) + Math.imul(turnedLow, P1_HIGH) + Math.imul(turnedHigh, P1_LOW);
}

const P1_LOW = 0x85eb_ca87;
const P1_HIGH = 0x9e37_79b1;
const P2_LOW = 0x27d4_eb4f;
const P2_HIGH = 0xc2b2_ae3d;

function add(pair: Int32Array, at: number, low: number, high: number): void {
  const sum = ((pair[at] ?? 0) >>> 0) + (low >>> 0);
  pair[at] = sum | 0;
  pair[at + 1] = (pair[at + 1] ?? 0) + high + (sum > 0xffff_ffff ? 1 : 0);
}

function multiply(pair: Int32Array, at: number, by: Int32Array): void {
  const low = pair[at] ?? 0;
  const byLow = by[0] ?? 0;
  pair[at + 1] = highProduct(low, byLow) + Math.imul(low, by[1] ?? 0) + Math.imul(pair[at + 1] ?? 0, byLow);
  pair[at] = Math.imul(low, byLow);
}

/** The high half of the product of two unsigned 32-bit numbers: of two products of 48 bits, which a double holds. */
function highProduct(a: number, b: number): number {
  const whole = a >>> 0;
  return ((whole * (b >>> 16) + Math.floor((whole * (b & 0xffff)) / 0x1_0000)) / 0x1_0000) | 0;
}

/** Rotates left, by any number of bits but 0 and 32. */
function rotate(pair: Int32Array, at: number, bits: number): void {
  const low = pair[at] ?? 0;
  const high = pair[at + 1] ?? 0;
  pair[at] = (low << bits) | (high >>> (32 - bits));
  pair[at + 1] = (high << bits) | (low >>> (32 - bits));
}

function xor(pair: Int32Array, other: Int32Array): void {
  pair[0] = (pair[0] ?? 0) ^ (other[0] ?? 0);
  pair[1] = (pair[1] ?? 0) ^ (other[1] ?? 0);
}

/** pair ^= pair >> bits */
function shiftXor(pair: Int32Array, bits: number): void {
  const low = pair[0] ?? 0;
  const high = pair[1] ?? 0;
  if (bits >= 32) pair[0] = low ^ (high >>> (bits - 32));
  else {
    pair[0] = low ^ ((low >>> bits) | (high << (32 - bits)));
    pair[1] = high ^ (high >>> bits);
  }
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}
