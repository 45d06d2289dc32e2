/**
 * bzip2 decompression. Written from the description of the format (J. Seward's manual and the "BZIP2 Format
 * Specification" of J. Tsai): blocks of Huffman codes over move-to-front ranks of a Burrows-Wheeler transform.
 */
import { err, ok, type Result } from '../base/index.ts';
import { BitReader } from './bit-reader.ts';
import { type BlockData, readBlock } from './bunzip2-block.ts';
import type { DecompressFailure, ReportProgress } from './decompress.ts';
import { DecompressError } from './decompress-error.ts';
import { GrowingBuffer } from './growing-buffer.ts';

const BLOCK_MAGIC = 0x314159265359;
const END_MAGIC = 0x177245385090;
/** Bytes of a block, times the level 1 ... 9. */
const BLOCK_UNIT = 100_000;

/** Decompresses all streams of `bytes`, checksums included, to at most `maxBytes`. Bytes after them are ignored. */
export function bunzip2(
  bytes: Uint8Array,
  maxBytes: number,
  report?: ReportProgress,
): Result<Uint8Array, DecompressFailure> {
  const output = new GrowingBuffer(Math.min(maxBytes, bytes.length * 8), maxBytes);
  const reader = new BitReader(bytes);
  try {
    let streams = 0;
    // One for all streams: a hostile file can hold very many.
    const table = new Uint32Array(9 * BLOCK_UNIT);
    while (isStream(bytes, reader.bytePosition)) {
      readStream(reader, table, output, () => report?.(reader.bytePosition / bytes.length));
      streams++;
      reader.alignToByte();
    }
    return streams === 0 ? err('damaged') : ok(output.bytes());
  } catch (error) {
    if (!(error instanceof DecompressError)) throw error;
    // Beyond the end all bits read as 0, which soon makes no sense.
    return err(error.failure === 'damaged' && reader.exhausted ? 'cut-short' : error.failure);
  }
}

/** `BZh1` ... `BZh9`. */
function isStream(bytes: Uint8Array, at: number): boolean {
  const level = bytes[at + 3] ?? 0;
  return bytes[at] === 0x42 && bytes[at + 1] === 0x5a && bytes[at + 2] === 0x68 && level >= 0x31 && level <= 0x39;
}

function readStream(reader: BitReader, table: Uint32Array, output: GrowingBuffer, report: () => void): void {
  reader.bits(24);
  const block = table.subarray(0, (reader.bits(8) - 0x30) * BLOCK_UNIT);
  let streamCrc = 0;
  for (;;) {
    const magic = reader.bits(24) * 0x100_0000 + reader.bits(24);
    const crc = readCrc(reader);
    if (magic === END_MAGIC) {
      if (crc !== streamCrc) throw new DecompressError('damaged');
      return;
    }
    if (magic !== BLOCK_MAGIC) throw new DecompressError('damaged');
    report();
    if (writeBlock(readBlock(reader, block), output) !== crc) throw new DecompressError('damaged');
    streamCrc = (((streamCrc << 1) | (streamCrc >>> 31)) ^ crc) >>> 0;
  }
}

function readCrc(reader: BitReader): number {
  return reader.bits(16) * 0x10000 + reader.bits(16);
}

/**
 * Undoes the transform and the outer run-length code: four equal bytes are followed by a count of more of them.
 * @returns the checksum of what was written
 */
function writeBlock({ table, length, origin }: BlockData, output: GrowingBuffer): number {
  let crc = 0xffff_ffff;
  let at = (table[origin] ?? 0) >>> 8;
  let run = 0;
  let last = -1;
  for (let i = 0; i < length; i++) {
    const entry = table[at] ?? 0;
    const byte = entry & 0xff;
    at = entry >>> 8;
    let repeat = 1;
    if (run === 4) {
      repeat = byte;
      run = 0;
    } else if (byte === last) run++;
    else {
      run = 1;
      last = byte;
    }
    if (run === 0) {
      if (!output.repeat(last, repeat)) throw new DecompressError('too-large');
      for (let n = 0; n < repeat; n++) crc = updateCrc(crc, last);
    } else {
      if (!output.push(byte)) throw new DecompressError('too-large');
      crc = updateCrc(crc, byte);
    }
  }
  return ~crc >>> 0;
}

/** CRC-32 with the polynomial 0x04c11db7, most significant bit first. */
const CRC_TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, index) => {
  let crc = index << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc < 0 ? (crc << 1) ^ 0x04c1_1db7 : crc << 1;
  return crc;
});

function updateCrc(crc: number, byte: number): number {
  return (crc << 8) ^ (CRC_TABLE[((crc >>> 24) ^ byte) & 0xff] ?? 0);
}
