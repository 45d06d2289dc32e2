/**
 * xz decompression. Written from the description of the format ("The .xz File Format" 1.1.0, L. Collin and
 * I. Pavlov): streams of blocks, each LZMA2 data with a check, and an index of the blocks.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import type { Result } from '../base/index.ts';
import { ByteReader } from './byte-reader.ts';
import { crc32 } from './crc32.ts';
import { crc64 } from './crc64.ts';
import type { DecompressFailure, ReportProgress } from './decompress.ts';
import { DecompressError } from './decompress-error.ts';
import type { GrowingBuffer } from './growing-buffer.ts';
import { readLzma2 } from './lzma2.ts';
import { unpackParts } from './unpack-parts.ts';

const HEADER_MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00];
const FOOTER_MAGIC = 0x5a59;
const LZMA2_FILTER = 0x21;
/** Bytes of a check, by its kind. */
const CHECK_SIZES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];
const CHECK_CRC32 = 1;
const CHECK_CRC64 = 4;
const CHECK_SHA256 = 10;

/** Decompresses all streams of `bytes`, checks included, to at most `maxBytes`. */
export function unxz(
  bytes: Uint8Array,
  maxBytes: number,
  report?: ReportProgress,
): Result<Uint8Array, DecompressFailure> {
  return unpackParts(bytes, maxBytes, report, (reader, output) => {
    readStream(reader, output);
    skipStreamPadding(reader);
  });
}

/** What the index says of a block. */
interface BlockRecord {
  readonly unpaddedSize: number;
  readonly size: number;
}

function readStream(reader: ByteReader, output: GrowingBuffer): void {
  const magic = reader.at;
  for (const byte of HEADER_MAGIC) {
    // Behind a stream, what is no stream is something else.
    if (reader.u8() !== byte) throw new DecompressError(magic === 0 ? 'damaged' : 'trailing');
  }
  const flags = readChecked(reader, 2);
  const check = flags[1] ?? 0;
  if (flags[0] !== 0 || check > 0x0f) throw new DecompressError('damaged');
  const blocks: BlockRecord[] = [];
  for (;;) {
    const headerSize = reader.u8();
    if (headerSize === 0) break;
    blocks.push(readBlock(reader, (headerSize + 1) * 4, check, output));
  }
  const indexSize = readIndex(reader, blocks);
  const footerCrc = reader.u32();
  const footer = reader.take(6);
  if (crc32(footer) !== footerCrc || reader.u16() !== FOOTER_MAGIC) throw new DecompressError('damaged');
  const backwardSize = (new ByteReader(footer).u32() + 1) * 4;
  if (backwardSize !== indexSize || footer[4] !== 0 || footer[5] !== check) throw new DecompressError('damaged');
}

/** Bytes with their CRC-32 behind them. */
function readChecked(reader: ByteReader, count: number): Uint8Array {
  const bytes = reader.take(count);
  if (crc32(bytes) !== reader.u32()) throw new DecompressError('damaged');
  return bytes;
}

/** @param reader one byte into the block */
function readBlock(reader: ByteReader, headerSize: number, check: number, output: GrowingBuffer): BlockRecord {
  const start = reader.at - 1;
  reader.at = start;
  const { packedSize, size, dictionarySize } = readBlockHeader(readChecked(reader, headerSize - 4));
  const dataStart = reader.at;
  const before = output.length;
  readLzma2(reader, dictionarySize, output);
  const dataSize = reader.at - dataStart;
  const unpackedSize = output.length - before;
  if ((packedSize ?? dataSize) !== dataSize || (size ?? unpackedSize) !== unpackedSize) {
    throw new DecompressError('damaged');
  }
  readZeros(reader, -dataSize & 3);
  const stored = reader.take(CHECK_SIZES[check] ?? 0);
  if (!matchesCheck(check, stored, output.bytes().subarray(before))) throw new DecompressError('damaged');
  return { unpaddedSize: headerSize + dataSize + stored.length, size: unpackedSize };
}

interface BlockHeader {
  readonly packedSize: number | undefined;
  readonly size: number | undefined;
  readonly dictionarySize: number;
}

function readBlockHeader(header: Uint8Array): BlockHeader {
  const reader = new ByteReader(header);
  try {
    reader.u8();
    const flags = reader.u8();
    if ((flags & 0x3c) !== 0) throw new DecompressError('unsupported');
    const packedSize = (flags & 0x40) === 0 ? undefined : readVli(reader);
    const size = (flags & 0x80) === 0 ? undefined : readVli(reader);
    // Other filters prepare machine code of one processor, or sound.
    if ((flags & 3) !== 0 || readVli(reader) !== LZMA2_FILTER) throw new DecompressError('unsupported');
    if (readVli(reader) !== 1) throw new DecompressError('damaged');
    const dictionarySize = dictionarySizeOf(reader.u8());
    readZeros(reader, reader.left);
    return { packedSize, size, dictionarySize };
  } catch (error) {
    // The header is whole; only its fields can run out of it.
    if (error instanceof DecompressError && error.failure === 'cut-short') throw new DecompressError('damaged');
    throw error;
  }
}

function dictionarySizeOf(bits: number): number {
  if (bits > 40) throw new DecompressError('damaged');
  return bits === 40 ? 2 ** 32 - 1 : (2 | (bits & 1)) * 2 ** (Math.floor(bits / 2) + 11);
}

/** A check of a kind unknown here is passed over, as xz does. */
function matchesCheck(check: number, stored: Uint8Array, bytes: Uint8Array): boolean {
  const reader = new ByteReader(stored);
  if (check === CHECK_CRC32) return reader.u32() === crc32(bytes);
  if (check === CHECK_CRC64) return crc64(bytes).every((half) => half === reader.u32());
  if (check === CHECK_SHA256) return sha256(bytes).every((byte) => byte === reader.u8());
  return true;
}

/**
 * @param reader one byte into the index
 * @returns bytes of the index
 */
function readIndex(reader: ByteReader, blocks: readonly BlockRecord[]): number {
  const start = reader.at - 1;
  if (readVli(reader) !== blocks.length) throw new DecompressError('damaged');
  for (const { unpaddedSize, size } of blocks) {
    if (readVli(reader) !== unpaddedSize || readVli(reader) !== size) throw new DecompressError('damaged');
  }
  readZeros(reader, (start - reader.at) & 3);
  const count = reader.at - start;
  reader.at = start;
  readChecked(reader, count);
  return count + 4;
}

/** A number of 7 bits a byte, the lowest first; larger ones than can be counted exactly mean nothing here. */
function readVli(reader: ByteReader): number {
  let value = 0;
  for (let shift = 0; shift < 63; shift += 7) {
    const byte = reader.u8();
    value += (byte & 0x7f) * 2 ** shift;
    if ((byte & 0x80) !== 0) continue;
    if ((byte === 0 && shift > 0) || value > Number.MAX_SAFE_INTEGER) break;
    return value;
  }
  throw new DecompressError('damaged');
}

function readZeros(reader: ByteReader, count: number): void {
  if (reader.take(count).some((byte) => byte !== 0)) throw new DecompressError('damaged');
}

/** Behind a stream there may be zeros, four at a time. */
function skipStreamPadding(reader: ByteReader): void {
  const start = reader.at;
  while (reader.left > 0 && reader.bytes[reader.at] === 0) reader.at++;
  if ((reader.at - start) % 4 !== 0) throw new DecompressError('trailing');
}
