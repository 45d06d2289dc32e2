/**
 * The LZMA algorithm: literals and matches, coded with an adaptive binary range coder. Written from the description
 * of the format (I. Pavlov's "LZMA specification"); the names are those of the specification.
 */
import { DecompressError } from './decompress-error.ts';

/** Where in the one array of probabilities each kind has its own. */
const IS_MATCH = 0;
const IS_REP = IS_MATCH + (12 << 4);
const IS_REP_G0 = IS_REP + 12;
const IS_REP_G1 = IS_REP_G0 + 12;
const IS_REP_G2 = IS_REP_G1 + 12;
const IS_REP0_LONG = IS_REP_G2 + 12;
const POS_SLOT = IS_REP0_LONG + (12 << 4);
const POS_DECODERS = POS_SLOT + 4 * 64;
const ALIGN = POS_DECODERS + 115;
const LEN = ALIGN + 16;
/** Of a length coder: two choices, 16 trees of 8 twice, one of 256. */
const LEN_LOW = 2;
const LEN_MID = LEN_LOW + 16 * 8;
const LEN_HIGH = LEN_MID + 16 * 8;
const REP_LEN = LEN + LEN_HIGH + 256;
const LITERAL = REP_LEN + LEN_HIGH + 256;
/** Probabilities of one literal coder. */
const LITERAL_SIZE = 0x300;
/** LZMA2 allows no more literal coders. */
const MAX_LITERAL_BITS = 4;

const INITIAL_PROBABILITY = 1024;
const PROBABILITY_BITS = 11;
const MOVE_BITS = 5;
const MIN_MATCH = 2;
const SIGN = 0x8000_0000 | 0;

/** A decoder with its state, which lives on from one chunk to the next. */
export class LzmaDecoder {
  readonly #probs = new Uint16Array(LITERAL + (LITERAL_SIZE << MAX_LITERAL_BITS));
  #lc = 0;
  #literalMask = 0;
  #posMask = 0;
  #state = 0;
  #rep0 = 0;
  #rep1 = 0;
  #rep2 = 0;
  #rep3 = 0;

  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  /** 32 bits each; signed, because V8 keeps only signed ones unboxed. */
  #range = 0;
  #code = 0;

  /** @param byte lc, lp and pb in one, as the format packs them */
  setProperties(byte: number): void {
    const lc = byte % 9;
    const lp = Math.floor(byte / 9) % 5;
    const pb = Math.floor(byte / 45);
    if (pb > 4 || lc + lp > MAX_LITERAL_BITS) throw new DecompressError('damaged');
    this.#lc = lc;
    this.#literalMask = (1 << lp) - 1;
    this.#posMask = (1 << pb) - 1;
  }

  resetState(): void {
    this.#probs.fill(INITIAL_PROBABILITY);
    this.#state = 0;
    this.#rep0 = 0;
    this.#rep1 = 0;
    this.#rep2 = 0;
    this.#rep3 = 0;
  }

  /**
   * Decodes one chunk, which has to fill `out` from `start` to `end` exactly.
   * @param packed the chunk
   * @param out what was written before, too: matches point into it
   * @param dictionary where in `out` the oldest byte is that a match may point to
   * @param dictionarySize how far back a match may point
   */
  decode(
    packed: Uint8Array,
    out: Uint8Array,
    { start, end, dictionary, dictionarySize }: Readonly<Record<ChunkPlace, number>>,
  ): void {
    this.#startChunk(packed);
    let at = start;
    while (at < end) {
      const posState = (at - dictionary) & this.#posMask;
      if (this.#bit(IS_MATCH + (this.#state << 4) + posState) === 0) {
        out[at] = this.#literal(out, at, dictionary);
        at++;
        continue;
      }
      const length = this.#match(posState);
      const distance = this.#rep0 + 1;
      if (distance > at - dictionary || distance > dictionarySize || length > end - at) {
        throw new DecompressError('damaged');
      }
      for (const stop = at + length; at < stop; at++) out[at] = out[at - distance] ?? 0;
    }
    this.#normalize();
    if (this.#at !== this.#end || this.#code !== 0) throw new DecompressError('damaged');
  }

  #startChunk(packed: Uint8Array): void {
    if (packed.length < 5 || packed[0] !== 0) throw new DecompressError('damaged');
    this.#bytes = packed;
    this.#end = packed.length;
    this.#range = -1;
    this.#code = 0;
    for (this.#at = 1; this.#at < 5; this.#at++) this.#code = (this.#code << 8) | (packed[this.#at] ?? 0);
  }

  #literal(out: Uint8Array, at: number, dictionary: number): number {
    const before = at > dictionary ? (out[at - 1] ?? 0) : 0;
    const position = (at - dictionary) & this.#literalMask;
    const coder = LITERAL + LITERAL_SIZE * ((position << this.#lc) + (before >> (8 - this.#lc)));
    const state = this.#state;
    this.#state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
    let symbol = 1;
    // After a match the byte there differs from this one, which helps to guess it.
    if (state >= 7) {
      const distance = this.#rep0 + 1;
      if (distance > at - dictionary) throw new DecompressError('damaged');
      let matched = out[at - distance] ?? 0;
      let offset = 0x100;
      while (symbol < 0x100) {
        matched <<= 1;
        const expected = matched & offset;
        const bit = this.#bit(coder + offset + expected + symbol);
        symbol = (symbol << 1) | bit;
        offset &= bit === 0 ? ~expected : expected;
      }
      return symbol & 0xff;
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(coder + symbol);
    return symbol & 0xff;
  }

  /** Sets the distance; returns the length. */
  #match(posState: number): number {
    const state = this.#state;
    if (this.#bit(IS_REP + state) === 0) {
      this.#rep3 = this.#rep2;
      this.#rep2 = this.#rep1;
      this.#rep1 = this.#rep0;
      this.#state = state < 7 ? 7 : 10;
      const length = this.#length(LEN, posState);
      this.#rep0 = this.#distance(length);
      return length + MIN_MATCH;
    }
    if (this.#bit(IS_REP_G0 + state) === 0) {
      if (this.#bit(IS_REP0_LONG + (state << 4) + posState) === 0) {
        this.#state = state < 7 ? 9 : 11;
        return 1;
      }
    } else this.#takeEarlierDistance(state);
    this.#state = state < 7 ? 8 : 11;
    return this.#length(REP_LEN, posState) + MIN_MATCH;
  }

  #takeEarlierDistance(state: number): void {
    let distance = this.#rep1;
    if (this.#bit(IS_REP_G1 + state) !== 0) {
      distance = this.#rep2;
      if (this.#bit(IS_REP_G2 + state) !== 0) {
        distance = this.#rep3;
        this.#rep3 = this.#rep2;
      }
      this.#rep2 = this.#rep1;
    }
    this.#rep1 = this.#rep0;
    this.#rep0 = distance;
  }

  #length(coder: number, posState: number): number {
    if (this.#bit(coder) === 0) return this.#tree(coder + LEN_LOW + (posState << 3), 3);
    if (this.#bit(coder + 1) === 0) return 8 + this.#tree(coder + LEN_MID + (posState << 3), 3);
    return 16 + this.#tree(coder + LEN_HIGH, 8);
  }

  /** @param length less the shortest */
  #distance(length: number): number {
    const slot = this.#tree(POS_SLOT + (Math.min(length, 3) << 6), 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const high = ((2 | (slot & 1)) << bits) >>> 0;
    if (slot < 14) return high + this.#reverseTree(POS_DECODERS + high - slot, bits);
    const middle = this.#direct(bits - 4) * 16;
    return high + middle + this.#reverseTree(ALIGN, 4);
  }

  #tree(coder: number, bits: number): number {
    let symbol = 1;
    for (let n = 0; n < bits; n++) symbol = (symbol << 1) | this.#bit(coder + symbol);
    return symbol - (1 << bits);
  }

  /** The lowest bit first. */
  #reverseTree(coder: number, bits: number): number {
    let index = 1;
    let symbol = 0;
    for (let n = 0; n < bits; n++) {
      const bit = this.#bit(coder + index);
      index = (index << 1) | bit;
      symbol |= bit << n;
    }
    return symbol;
  }

  /** Bits of equal probability. */
  #direct(bits: number): number {
    let value = 0;
    for (let n = 0; n < bits; n++) {
      this.#normalize();
      this.#range >>>= 1;
      const one = this.#code < 0 || this.#code >= this.#range;
      if (one) this.#code = (this.#code - this.#range) | 0;
      value = (value << 1) | (one ? 1 : 0);
    }
    return value;
  }

  #bit(index: number): number {
    this.#normalize();
    const probability = this.#probs[index] ?? 0;
    const bound = Math.imul(this.#range >>> PROBABILITY_BITS, probability);
    // Unsigned "less than" of signed numbers.
    if ((this.#code ^ SIGN) < (bound ^ SIGN)) {
      this.#range = bound;
      this.#probs[index] = probability + (((1 << PROBABILITY_BITS) - probability) >> MOVE_BITS);
      return 0;
    }
    this.#range = (this.#range - bound) | 0;
    this.#code = (this.#code - bound) | 0;
    this.#probs[index] = probability - (probability >> MOVE_BITS);
    return 1;
  }

  #normalize(): void {
    if ((this.#range & 0xff00_0000) !== 0) return;
    if (this.#at >= this.#end) throw new DecompressError('damaged');
    this.#range <<= 8;
    this.#code = (this.#code << 8) | (this.#bytes[this.#at++] ?? 0);
  }
}

type ChunkPlace = 'start' | 'end' | 'dictionary' | 'dictionarySize';
