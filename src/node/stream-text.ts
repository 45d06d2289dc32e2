/** Texts too long to be held: a log of half a gigabyte is read piece by piece. */
import { closeSync, openSync, readSync } from 'node:fs';
import {
  detectContainer,
  type InputError,
  inputError,
  type ReportProgress,
  type SourceParts,
} from '../archive/index.ts';
import { err, isUtf16, ok, type Result } from '../base/index.ts';
import { PassageSplitter } from '../capture/index.ts';
import { errorCode } from './node-tree.ts';

/** Files from this size on are read in pieces. */
export const LARGE_TEXT: number = 2 ** 25;
const PIECE = 2 ** 23;
const LF = 0x0a;

/**
 * What a large text tells; undefined where the file is no plain text (an archive, compressed, or UTF-16).
 * @param size of the file, for `report`
 * @param pieceBytes how much is read at once; more than any line that tells something
 */
export function streamText(
  path: string,
  size: number,
  report: ReportProgress | undefined,
  pieceBytes: number = PIECE,
): Result<SourceParts, InputError> | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
    const splitter = new PassageSplitter(path);
    let piece = new Uint8Array(2 * pieceBytes);
    let rest = 0;
    let done = 0;
    for (;;) {
      if (piece.length < rest + pieceBytes) piece = enlarged(piece, rest + pieceBytes);
      const read = readSync(fd, piece, rest, pieceBytes, null);
      const bytes = piece.subarray(0, rest + read);
      if (done === 0 && (detectContainer(bytes) !== 'other' || isUtf16(bytes))) return undefined;
      done += read;
      const end = read === 0 ? bytes.length : wholeLines(bytes);
      splitter.take(bytes.subarray(0, end));
      // The beginning of a line whose end the next piece has.
      piece.copyWithin(0, end, bytes.length);
      rest = bytes.length - end;
      report?.(done / size);
      if (read > 0) continue;
      const { parts, text } = splitter.finish();
      return ok({ name: path, parts, texts: [text] });
    }
  } catch (error) {
    return err(inputError('not-readable', path, `cannot be read (${errorCode(error)})`));
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function enlarged(bytes: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(length);
  larger.set(bytes);
  return larger;
}

/** End of the last whole line; all of a piece that has none, as no line that tells anything is that long. */
function wholeLines(bytes: Uint8Array): number {
  const last = bytes.lastIndexOf(LF);
  return last < 0 ? bytes.length : last + 1;
}
