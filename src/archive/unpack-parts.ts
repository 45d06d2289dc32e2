/** Data that is packed in parts, one after the other: streams of xz, frames of zstd. */
import { err, ok, type Result } from '../base/index.ts';
import { ByteReader } from './byte-reader.ts';
import type { DecompressFailure, ReportProgress } from './decompress.ts';
import { DecompressError } from './decompress-error.ts';
import { GrowingBuffer } from './growing-buffer.ts';

/**
 * Unpacks part after part until nothing is left, to at most `maxBytes`.
 * @param readPart reads one part, and throws {@link DecompressError} where it cannot
 */
export function unpackParts(
  bytes: Uint8Array,
  maxBytes: number,
  report: ReportProgress | undefined,
  readPart: (reader: ByteReader, output: GrowingBuffer) => void,
): Result<Uint8Array, DecompressFailure> {
  const output = new GrowingBuffer(Math.min(maxBytes, bytes.length * 8), maxBytes);
  const reader = new ByteReader(bytes, report);
  try {
    do readPart(reader, output);
    while (reader.left > 0);
    return ok(output.bytes());
  } catch (error) {
    if (!(error instanceof DecompressError)) throw error;
    return err(error.failure);
  }
}
