/** zstd decompression. Written from RFC 8878: frames of blocks, with a checksum where the frame has one. */
import type { Result } from '../base/index.ts';
import { ByteReader } from './byte-reader.ts';
import type { DecompressFailure, ReportProgress } from './decompress.ts';
import { DecompressError } from './decompress-error.ts';
import type { GrowingBuffer } from './growing-buffer.ts';
import { unpackParts } from './unpack-parts.ts';
import { xxh64Low } from './xxh64.ts';
import { type FrameState, frameState, MAX_BLOCK_SIZE, readCompressedBlock } from './zstd-block.ts';

const MAGIC = 0xfd2f_b528;
/** Frames of other programs' data have one of 16 magic numbers. */
const SKIPPABLE_MAGIC = 0x184d_2a50;
const RAW = 0;
const REPEATED = 1;
const COMPRESSED = 2;
/** Room for what a frame says it holds is made at once, up to so many times its packed size: it may say anything. */
const MOST_EXPECTED = 64;

/** Decompresses all frames of `bytes`, checksums included, to at most `maxBytes`. */
export function unzstd(
  bytes: Uint8Array,
  maxBytes: number,
  report?: ReportProgress,
): Result<Uint8Array, DecompressFailure> {
  return unpackParts(bytes, maxBytes, report, readFrame);
}

function readFrame(reader: ByteReader, output: GrowingBuffer): void {
  const isFirst = reader.at === 0;
  const magic = reader.left < 4 && !isFirst ? undefined : reader.u32();
  if (magic !== undefined && (magic & 0xffff_fff0) >>> 0 === SKIPPABLE_MAGIC) {
    reader.take(reader.u32());
    return;
  }
  if (magic !== MAGIC) throw new DecompressError(isFirst ? 'damaged' : 'trailing');
  const start = output.length;
  const { windowSize, size, hasChecksum } = readFrameHeader(reader);
  if (size !== undefined) output.expect(Math.min(size, reader.left * MOST_EXPECTED) + MAX_BLOCK_SIZE);
  const frame = frameState(windowSize, start);
  while (!readBlock(reader, frame, output)) reader.report();
  if (size !== undefined && output.length - start !== size) throw new DecompressError('damaged');
  if (hasChecksum && xxh64Low(output.bytes().subarray(start)) !== reader.u32()) throw new DecompressError('damaged');
}

interface FrameHeader {
  /** How far back a sequence may copy from, bytes. */
  readonly windowSize: number;
  readonly size: number | undefined;
  readonly hasChecksum: boolean;
}

function readFrameHeader(reader: ByteReader): FrameHeader {
  const flags = reader.u8();
  const isSingle = (flags & 0x20) !== 0;
  if ((flags & 0x08) !== 0) throw new DecompressError('unsupported');
  const window = isSingle ? undefined : reader.u8();
  const dictionarySize = [0, 1, 2, 4][flags & 3] ?? 0;
  // Without the dictionary that a frame names, its data means nothing.
  if (reader.take(dictionarySize).some((byte) => byte !== 0)) throw new DecompressError('unsupported');
  const size = readSize(reader, flags >> 6, isSingle);
  return {
    windowSize: window === undefined ? (size ?? 0) : windowSizeOf(window),
    size,
    hasChecksum: (flags & 4) !== 0,
  };
}

function windowSizeOf(byte: number): number {
  const base = 2 ** (10 + (byte >> 3));
  return base + (base / 8) * (byte & 7);
}

function readSize(reader: ByteReader, width: number, isSingle: boolean): number | undefined {
  switch (width) {
    case 0:
      return isSingle ? reader.u8() : undefined;
    case 1:
      return reader.u16() + 256;
    case 2:
      return reader.u32();
    default:
      return reader.u32() + reader.u32() * 2 ** 32;
  }
}

/** @returns whether it was the last */
function readBlock(reader: ByteReader, frame: FrameState, output: GrowingBuffer): boolean {
  const header = reader.u24();
  const type = (header >> 1) & 3;
  const size = header >> 3;
  if (size > frame.maxBlockSize && type !== COMPRESSED) throw new DecompressError('damaged');
  if (type === RAW) {
    if (!output.append(reader.take(size))) throw new DecompressError('too-large');
  } else if (type === REPEATED) {
    if (!output.repeat(reader.u8(), size)) throw new DecompressError('too-large');
  } else if (type === COMPRESSED) {
    readInner(new ByteReader(reader.take(size)), frame, output);
  } else throw new DecompressError('damaged');
  return (header & 1) === 1;
}

/** The block is whole; only its parts can run out of it. */
function readInner(reader: ByteReader, frame: FrameState, output: GrowingBuffer): void {
  try {
    readCompressedBlock(reader, frame, output);
  } catch (error) {
    if (error instanceof DecompressError && error.failure === 'cut-short') throw new DecompressError('damaged');
    throw error;
  }
}
