/** A compressed block of zstd (RFC 8878, 3.1.1.3): literals, and sequences that copy them and what was before. */
import { BackwardBits } from './backward-bits.ts';
import type { ByteReader } from './byte-reader.ts';
import { DecompressError } from './decompress-error.ts';
import type { GrowingBuffer } from './growing-buffer.ts';
import { type FseTable, fseTable, nextState, readFseTable, singleSymbol } from './zstd-fse.ts';
import type { HuffmanTable } from './zstd-huffman.ts';
import { readLiterals } from './zstd-literals.ts';

/** What a block takes over from those before it. */
export interface FrameState {
  /** Most bytes that a block may unpack to. */
  readonly maxBlockSize: number;
  /** Where in the output the frame starts. */
  readonly start: number;
  code: HuffmanTable | undefined;
  /** By {@link FIELDS}. */
  readonly tables: (FseTable | undefined)[];
  /** The last three distances, the latest first. */
  readonly distances: [number, number, number];
}

/**
 * A frame before its first block.
 * @param windowSize how far back its sequences say they copy from, bytes; a block is no longer than that
 */
export function frameState(windowSize: number, start: number): FrameState {
  const maxBlockSize = Math.min(windowSize, MAX_BLOCK_SIZE);
  return { maxBlockSize, start, code: undefined, tables: [], distances: [1, 4, 8] };
}

/** Most bytes that any block unpacks to. */
export const MAX_BLOCK_SIZE = 0x20000;
const LITERAL_LENGTH = 0;
const OFFSET = 1;
const MATCH_LENGTH = 2;

/** The three numbers of a sequence, in the order of their tables. */
const FIELDS: readonly { readonly maxLog: number; readonly maxCode: number; readonly usual: FseTable }[] = [
  {
    maxLog: 9,
    maxCode: 35,
    usual: fseTable(6, [4, 3, ...repeat(2, 11), 1, 1, 1, ...repeat(2, 9), 3, 2, ...repeat(1, 5), ...repeat(-1, 4)]),
  },
  {
    maxLog: 8,
    maxCode: 31,
    usual: fseTable(5, [...repeat(1, 6), 2, 2, 2, ...repeat(1, 15), ...repeat(-1, 5)]),
  },
  {
    maxLog: 9,
    maxCode: 52,
    usual: fseTable(6, [1, 4, 3, ...repeat(2, 6), ...repeat(1, 37), ...repeat(-1, 7)]),
  },
];

function repeat(value: number, count: number): number[] {
  return new Array<number>(count).fill(value);
}

/** Extra bits by code; the first number of a code is one behind the last of the code before it. */
const LENGTH_BITS: readonly number[] = [
  ...repeat(0, 16),
  1,
  1,
  1,
  1,
  2,
  2,
  3,
  3,
  4,
  6,
  7,
  8,
  9,
  10,
  11,
  12,
  13,
  14,
  15,
  16,
];
const MATCH_BITS: readonly number[] = [
  ...repeat(0, 32),
  ...[1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
];
const LENGTH_BASES: readonly number[] = basesOf(LENGTH_BITS, 0);
const MATCH_BASES: readonly number[] = basesOf(MATCH_BITS, 3);

function basesOf(widths: readonly number[], first: number): number[] {
  let base = first;
  return widths.map((width) => {
    base += 2 ** width;
    return base - 2 ** width;
  });
}

/** @param reader the block alone */
export function readCompressedBlock(reader: ByteReader, frame: FrameState, output: GrowingBuffer): void {
  const literals = readLiterals(reader, frame.code, frame.maxBlockSize);
  frame.code = literals.code;
  const count = readSequenceCount(reader);
  if (!output.reserve(frame.maxBlockSize)) reserveExactly(output);
  const block = blockAt(literals.bytes, output);
  if (count > 0) readSequences(reader, count, frame, block);
  else if (reader.left > 0) throw new DecompressError('damaged');
  copyLiterals(block, literals.bytes.length - block.taken, frame);
  output.commit(block.at - block.start);
}

/** A block may unpack to less than it might; the last one before the limit finds room up to the limit. */
function reserveExactly(output: GrowingBuffer): void {
  output.reserve(output.limit - output.length);
}

function readSequenceCount(reader: ByteReader): number {
  const first = reader.u8();
  if (first < 128) return first;
  return first < 255 ? ((first - 128) << 8) | reader.u8() : reader.u16() + 0x7f00;
}

/** A block while it is written. */
interface Block {
  readonly literals: Uint8Array;
  readonly literalWords: DataView;
  readonly out: Uint8Array;
  readonly words: DataView;
  readonly start: number;
  at: number;
  /** Literals used. */
  taken: number;
}

function blockAt(literals: Uint8Array, output: GrowingBuffer): Block {
  const { room: out, length: start } = output;
  return { literals, literalWords: wordsOf(literals), out, words: wordsOf(out), start, at: start, taken: 0 };
}

function wordsOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}

function readSequences(reader: ByteReader, count: number, frame: FrameState, block: Block): void {
  const modes = reader.u8();
  if ((modes & 3) !== 0) throw new DecompressError('damaged');
  FIELDS.forEach((_, field) => {
    frame.tables[field] = readTable(reader, field, (modes >> (6 - 2 * field)) & 3, frame.tables[field]);
  });
  const { [LITERAL_LENGTH]: lengths, [OFFSET]: offsets, [MATCH_LENGTH]: matches } = frame.tables;
  if (lengths === undefined || offsets === undefined || matches === undefined) throw new DecompressError('damaged');
  const bits = new BackwardBits(reader.take(reader.left));
  let length = bits.bits(lengths.log);
  let offset = bits.bits(offsets.log);
  let match = bits.bits(matches.log);
  for (let left = count; left > 0; left--) {
    const offsetCode = offsets.symbols[offset] ?? 0;
    const offsetValue = 2 ** offsetCode + bits.bits(offsetCode);
    const matchCode = matches.symbols[match] ?? 0;
    const matchLength = (MATCH_BASES[matchCode] ?? 0) + bits.bits(MATCH_BITS[matchCode] ?? 0);
    const lengthCode = lengths.symbols[length] ?? 0;
    const literalLength = (LENGTH_BASES[lengthCode] ?? 0) + bits.bits(LENGTH_BITS[lengthCode] ?? 0);
    copyLiterals(block, literalLength, frame);
    copyMatch(block, matchLength, distanceOf(frame.distances, offsetValue, literalLength), frame);
    if (left === 1) break;
    length = nextState(lengths, length, bits);
    match = nextState(matches, match, bits);
    offset = nextState(offsets, offset, bits);
  }
  if (bits.left !== 0) throw new DecompressError('damaged');
}

function readTable(
  reader: ByteReader,
  field: number,
  mode: number,
  before: FseTable | undefined,
): FseTable | undefined {
  const known = FIELDS[field];
  if (known === undefined || mode === 3) return before;
  if (mode === 0) return known.usual;
  if (mode === 2) return readFseTable(reader, known.maxLog, known.maxCode);
  const code = reader.u8();
  if (code > known.maxCode) throw new DecompressError('damaged');
  return singleSymbol(code);
}

/** 1 ... 3 mean one of the last distances, shifted by one where no literals come before. */
function distanceOf(distances: [number, number, number], value: number, literalLength: number): number {
  const [first, second, third] = distances;
  if (value > 3) {
    distances[2] = second;
    distances[1] = first;
    distances[0] = value - 3;
    return value - 3;
  }
  const which = value + (literalLength === 0 ? 1 : 0);
  if (which === 1) return first;
  const distance = which === 2 ? second : which === 3 ? third : first - 1;
  if (which !== 2) distances[2] = second;
  distances[1] = first;
  distances[0] = distance;
  return distance;
}

function copyLiterals(block: Block, count: number, frame: FrameState): void {
  const { literals, taken, at } = block;
  checkRoom(block, count, frame);
  if (count > literals.length - taken) throw new DecompressError('damaged');
  const { literalWords, words, out } = block;
  if (count <= LONG && taken + count + 4 <= literals.length && at + count + 4 <= out.length)
    copyWords(literalWords, taken, words, at, count);
  else out.set(literals.subarray(taken, taken + count), at);
  block.at += count;
  block.taken += count;
}

/** From so many bytes on, the call of a routine that copies costs less than it saves. */
const LONG = 256;

function copyMatch(block: Block, count: number, distance: number, frame: FrameState): void {
  const { out, at } = block;
  checkRoom(block, count, frame);
  if (distance < 1 || distance > at - frame.start) throw new DecompressError('damaged');
  if (count > LONG && distance >= count) out.copyWithin(at, at - distance, at - distance + count);
  else if (distance >= 4 && at + count + 4 <= out.length) copyWords(block.words, at - distance, block.words, at, count);
  else for (let n = at; n < at + count; n++) out[n] = out[n - distance] ?? 0;
  block.at += count;
}

/** Copies four bytes at a time, up to three more than `count`: into room that is written later, or not used. */
function copyWords(source: DataView, from: number, target: DataView, to: number, count: number): void {
  for (let n = 0; n < count; n += 4) target.setInt32(to + n, source.getInt32(from + n, true), true);
}

function checkRoom({ at, start, out }: Block, count: number, frame: FrameState): void {
  if (at - start + count > frame.maxBlockSize) throw new DecompressError('damaged');
  if (at + count > out.length) throw new DecompressError('too-large');
}
