/** What the first pass keeps of a function. */
import type { Bdf } from '../../uapi/index.ts';

/** Text whose first line has a number. */
export interface NumberedText {
  readonly bytes: Uint8Array;
  /** From 1. */
  readonly firstLine: number;
}

/** One function as it stands in the input: nothing decoded but its hex bytes. */
export interface ScannedFunction {
  readonly bdf: Bdf;
  /** The text it stands in. */
  readonly bytes: Uint8Array;
  /** The bridge above, where the input tells it. */
  readonly parent: Bdf | undefined;
  /** Line of the address, from 1. */
  readonly line: number;
  /** Where in `bytes` the line of the address ends. */
  readonly titleEnd: number;
  /** What stands behind the address, clean. */
  title: string;
  /** Text lines below: start and end (`lineEndOf`) of each in `bytes`; they may start with indentation and quote marks. */
  textLines: Int32Array;
  /** Bytes of the hex dump, from offset 0. */
  config: Uint8Array;
  /** Where lines of the dump are missing: 0xff for each byte that was there; undefined when all were. */
  known: Uint8Array | undefined;
  /** The input ends with a text line of the function, without a line end. */
  cut: boolean;
  /** An empty line ends the text of the function. */
  ended: boolean;
  /** The next function follows without one. */
  runsOn: boolean;
  /** Rows of bytes that may be those of another function follow its own. */
  rowsLost: boolean;
  /** Ends of lines stand in lines of their own below it, and were not put back. */
  broken: boolean;
  /** Columns before the address. */
  readonly column: number;
}

/** The offset where a line ends; kept as its complement where breaks within the line stand for spaces. */
export function lineEndOf(kept: number): number {
  return kept < 0 ? ~kept : kept;
}
