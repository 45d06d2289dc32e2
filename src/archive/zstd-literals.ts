/** The literals of a zstd block (RFC 8878, 3.1.1.3.1): bytes that its sequences copy from. */
import type { ByteReader } from './byte-reader.ts';
import { DecompressError } from './decompress-error.ts';
import { decodeHuffman, type HuffmanTable, readHuffmanTable } from './zstd-huffman.ts';

const RAW = 0;
const REPEATED = 1;
const COMPRESSED = 2;

/** Literals, and the code that a later block may use again. */
export interface Literals {
  readonly bytes: Uint8Array;
  readonly code: HuffmanTable | undefined;
}

/**
 * Reads the section.
 * @param code that of the block before
 * @param maxSize most bytes of a block
 */
export function readLiterals(reader: ByteReader, code: HuffmanTable | undefined, maxSize: number): Literals {
  const first = reader.u8();
  const type = first & 3;
  const format = (first >> 2) & 3;
  if (type === RAW || type === REPEATED) {
    const size = plainSize(reader, first, format);
    if (size > maxSize) throw new DecompressError('damaged');
    return { bytes: type === RAW ? reader.take(size) : new Uint8Array(size).fill(reader.u8()), code };
  }
  const { size, packedSize } = codedSizes(reader, first, format);
  if (size > maxSize) throw new DecompressError('damaged');
  const end = reader.at + packedSize;
  const ownCode = type === COMPRESSED ? readHuffmanTable(reader) : code;
  if (ownCode === undefined || reader.at > end) throw new DecompressError('damaged');
  const bytes = new Uint8Array(size);
  const packed = reader.take(end - reader.at);
  if (format === 0) decodeHuffman(ownCode, packed, bytes);
  else decodeFourStreams(ownCode, packed, bytes);
  return { bytes, code: ownCode };
}

/** 5, 12 or 20 bits behind the type and the format. */
function plainSize(reader: ByteReader, first: number, format: number): number {
  if ((format & 1) === 0) return first >> 3;
  return format === 1 ? (first >> 4) | (reader.u8() << 4) : (first >> 4) | (reader.u16() << 4);
}

/** Twice 10, 14 or 18 bits. */
function codedSizes(reader: ByteReader, first: number, format: number): { size: number; packedSize: number } {
  const width = format < 2 ? 10 : format === 2 ? 14 : 18;
  let all = first >> 4;
  for (let shift = 4; shift < 2 * width; shift += 8) all += reader.u8() * 2 ** shift;
  return { size: all % 2 ** width, packedSize: Math.floor(all / 2 ** width) };
}

/** Four streams of equal length but for the last, with the packed lengths of three of them before. */
function decodeFourStreams(code: HuffmanTable, packed: Uint8Array, bytes: Uint8Array): void {
  const quarter = (bytes.length + 3) >> 2;
  if (packed.length < 6 || 3 * quarter > bytes.length) throw new DecompressError('damaged');
  let at = 6;
  for (let stream = 0; stream < 4; stream++) {
    const size = stream === 3 ? packed.length - at : (packed[2 * stream] ?? 0) | ((packed[2 * stream + 1] ?? 0) << 8);
    if (size > packed.length - at) throw new DecompressError('damaged');
    const target = bytes.subarray(stream * quarter, stream === 3 ? bytes.length : (stream + 1) * quarter);
    decodeHuffman(code, packed.subarray(at, at + size), target);
    at += size;
  }
}
