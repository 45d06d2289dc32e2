/** One block of a bzip2 stream, up to the table from which its bytes are read in order. */
import type { BitReader } from './bit-reader.ts';
import { DecompressError } from './decompress-error.ts';

/** A decoded block. */
export interface BlockData {
  /** Entry i: the byte there in the low 8 bits, above them the index of the next entry. */
  readonly table: Uint32Array;
  /** Entries in use. */
  readonly length: number;
  /** The entry whose next one is the first byte. */
  readonly origin: number;
}

const MAX_CODE_BITS = 20;
/** Symbols coded with one table before the next selector counts. */
const GROUP_SIZE = 50;
const RUN_A = 0;
const RUN_B = 1;

/** @param table room for the largest block of the stream; overwritten */
export function readBlock(reader: BitReader, table: Uint32Array): BlockData {
  if (reader.bits(1) === 1) throw new DecompressError('damaged'); // "randomised", written by no bzip2 since 1997
  const origin = reader.bits(24);
  const symbols = readSymbolMap(reader);
  const codeCount = symbols.length + 2;
  const groups = reader.bits(3);
  const selectorCount = reader.bits(15);
  if (symbols.length === 0 || groups < 2 || groups > 6 || selectorCount === 0) throw new DecompressError('damaged');
  const selectors = readSelectors(reader, selectorCount, groups);
  const codes = Array.from({ length: groups }, () => readCode(reader, codeCount));
  const counts = new Uint32Array(256);
  const length = readRanks({ reader, symbols, selectors, codes, table, counts });
  if (reader.exhausted) throw new DecompressError('damaged');
  if (origin >= length) throw new DecompressError('damaged');
  linkTable(table, length, counts);
  return { table, length, origin };
}

/** Which byte values occur: 16 bits for ranges of 16, then 16 bits for each range in use. */
function readSymbolMap(reader: BitReader): Uint8Array {
  const used: number[] = [];
  const ranges = reader.bits(16);
  for (let range = 0; range < 16; range++) {
    if ((ranges & (0x8000 >> range)) === 0) continue;
    const values = reader.bits(16);
    for (let value = 0; value < 16; value++) {
      if ((values & (0x8000 >> value)) !== 0) used.push(range * 16 + value);
    }
  }
  return Uint8Array.from(used);
}

/** Table number for each group of symbols: move-to-front ranks in unary. */
function readSelectors(reader: BitReader, count: number, groups: number): Uint8Array {
  const selectors = new Uint8Array(count);
  const recent = Uint8Array.from({ length: groups }, (_, group) => group);
  for (let i = 0; i < count; i++) {
    let rank = 0;
    while (reader.bits(1) === 1) if (++rank >= groups) throw new DecompressError('damaged');
    selectors[i] = moveToFront(recent, rank);
  }
  return selectors;
}

function moveToFront(recent: Uint8Array, rank: number): number {
  const value = recent[rank] ?? 0;
  recent.copyWithin(1, 0, rank);
  recent[0] = value;
  return value;
}

/** A canonical Huffman code: codes of one length are consecutive numbers. */
interface Code {
  /** Symbols by code. */
  readonly symbols: Uint16Array;
  /** By length: the largest code, -1 where there is none. */
  readonly limits: Int32Array;
  /** By length: code minus index in `symbols`. */
  readonly bases: Int32Array;
}

function readCode(reader: BitReader, count: number): Code {
  const lengths = new Uint8Array(count);
  let length = reader.bits(5);
  for (let i = 0; i < count; i++) {
    for (;;) {
      if (length < 1 || length > MAX_CODE_BITS) throw new DecompressError('damaged');
      if (reader.bits(1) === 0) break;
      length += reader.bits(1) === 0 ? 1 : -1;
    }
    lengths[i] = length;
  }
  const symbols = new Uint16Array(count);
  const limits = new Int32Array(MAX_CODE_BITS + 1).fill(-1);
  const bases = new Int32Array(MAX_CODE_BITS + 1);
  let code = 0;
  let index = 0;
  for (let bits = 1; bits <= MAX_CODE_BITS; bits++) {
    bases[bits] = code - index;
    for (let symbol = 0; symbol < count; symbol++) {
      if (lengths[symbol] !== bits) continue;
      symbols[index++] = symbol;
      limits[bits] = code++;
    }
    code <<= 1;
  }
  return { symbols, limits, bases };
}

function readSymbol(reader: BitReader, code: Code): number {
  let value = 0;
  for (let bits = 1; bits <= MAX_CODE_BITS; bits++) {
    value = (value << 1) | reader.bits(1);
    if (value <= (code.limits[bits] ?? -1)) return code.symbols[value - (code.bases[bits] ?? 0)] ?? 0;
  }
  throw new DecompressError('damaged');
}

interface RankSource {
  readonly reader: BitReader;
  readonly symbols: Uint8Array;
  readonly selectors: Uint8Array;
  readonly codes: readonly Code[];
  readonly table: Uint32Array;
  readonly counts: Uint32Array;
}

/** Reads the bytes of the block into `table` and counts them. @returns how many there are */
function readRanks({ reader, symbols, selectors, codes, table, counts }: RankSource): number {
  const recent = symbols.slice();
  const end = symbols.length + 1;
  let length = 0;
  let run = 0;
  let runUnit = 1;
  for (let group = 0; group < selectors.length; group++) {
    const code = codes[selectors[group] ?? 0];
    if (code === undefined || reader.exhausted) throw new DecompressError('damaged');
    for (let i = 0; i < GROUP_SIZE; i++) {
      const symbol = readSymbol(reader, code);
      if (symbol === RUN_A || symbol === RUN_B) {
        // Digits 1 and 2 of a number in base 2, the least first.
        run += symbol === RUN_A ? runUnit : 2 * runUnit;
        runUnit *= 2;
        if (run > table.length - length) throw new DecompressError('damaged');
        continue;
      }
      if (run > 0) {
        const byte = recent[0] ?? 0;
        table.fill(byte, length, length + run);
        counts[byte] = (counts[byte] ?? 0) + run;
        length += run;
        run = 0;
        runUnit = 1;
      }
      if (symbol === end) return length;
      if (length >= table.length) throw new DecompressError('damaged');
      const byte = moveToFront(recent, symbol - 1);
      table[length++] = byte;
      counts[byte] = (counts[byte] ?? 0) + 1;
    }
  }
  throw new DecompressError('damaged');
}

/** The inverse Burrows-Wheeler transform: entry i gets, above its byte, the index of the entry that follows. */
function linkTable(table: Uint32Array, length: number, counts: Uint32Array): void {
  const next = new Uint32Array(256);
  let sum = 0;
  for (let byte = 0; byte < 256; byte++) {
    next[byte] = sum;
    sum += counts[byte] ?? 0;
  }
  for (let i = 0; i < length; i++) {
    const byte = (table[i] ?? 0) & 0xff;
    const target = next[byte] ?? 0;
    next[byte] = target + 1;
    table[target] = ((table[target] ?? 0) & 0xff) | (i << 8);
  }
}
