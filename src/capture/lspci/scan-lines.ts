/**
 * First pass over a dump: finds the functions, decodes their hex bytes, remembers where their text lines are. It works
 * on bytes and makes a string only of the few lines that are not in the plain form, as dumps run to many megabytes.
 */

import type { Bdf } from '../../uapi/index.ts';
import { PCI_CFG_SPACE_EXP_SIZE } from '../../uapi/index.ts';
import { skipHexDigits, skipMargin, textOf, trimEnd } from './byte-text.ts';
import { cleanLine, isPlain } from './clean-line.ts';
import { FindingLog } from './finding-log.ts';
import { type FunctionLine, parseFunctionLine } from './function-line.ts';
import { decodeRow, type HexLine, parseHexLine, ROW } from './hex-line.ts';
import { isFenceOrPrompt } from './paste-cleanup.ts';
import { type TreePlace, TreeReader } from './tree-lines.ts';

/** One function as it stands in the input: nothing decoded but its hex bytes. */
export interface ScannedFunction {
  readonly bdf: Bdf;
  /** The text it stands in. */
  readonly bytes: Uint8Array;
  /** The bridge above, where the input tells it. */
  readonly parent: Bdf | undefined;
  /** Line of the address, from 1. */
  readonly line: number;
  /** What stands behind the address, clean. */
  title: string;
  /** Text lines below: start and end offset of each in `bytes`; they may start with indentation and quote marks. */
  textLines: Int32Array;
  /** Bytes of the hex dump, from offset 0. */
  config: Uint8Array;
  /** Where lines of the dump are missing: 0xff for each byte that was there; undefined when all were. */
  known: Uint8Array | undefined;
  /** The input ends with a text line of the function, without a line end. */
  cut: boolean;
}

/** What the first pass found. */
export interface Scan {
  readonly functions: readonly ScannedFunction[];
  readonly findings: FindingLog;
  /** What trees (`lspci -t`) in the input tell. */
  readonly places: ReadonlyMap<Bdf, TreePlace>;
}

const LF = 0x0a;
const CR = 0x0d;
const TAB = 0x09;
const SPACE = 0x20;
const COLON = 0x3a;
const QUOTE = 0x3e;
const BAR = 0x7c;
const ESC = 0x1b;
const BACKTICK = 0x60;
const CAPITAL_A = 0x41;
const CAPITAL_Z = 0x5a;
const SMALL_F = 0x66;
const DEL = 0x7f;

/** Columns of common terminals: where a line of exactly so many ends, the terminal may have broken it. */
const TERMINAL_WIDTHS: ReadonlySet<number> = new Set([80, 100, 120, 132]);

const NO_LINES = new Int32Array(0);
const NO_BYTES = new Uint8Array(0);

/** Text whose first line has a number. */
export interface NumberedText {
  readonly bytes: Uint8Array;
  /** From 1. */
  readonly firstLine: number;
}

/** Scans texts of one machine, of which none goes on in the next. Never throws; what is damaged becomes a finding. */
export function scanLines(texts: readonly NumberedText[]): Scan {
  const scanner = new Scanner();
  for (const text of texts) scanner.run(text);
  return { functions: scanner.functions, findings: scanner.findings, places: scanner.tree.places };
}

class Scanner {
  readonly functions: ScannedFunction[] = [];
  readonly findings: FindingLog = new FindingLog();
  readonly tree: TreeReader = new TreeReader();
  #bytes: Uint8Array = NO_BYTES;
  /** Bytes of all functions of the text, one after the other: every byte takes at least three characters of it. */
  #store: Uint8Array = NO_BYTES;
  #stored = 0;
  /** Start and end of all text lines; a function has a stretch of it. */
  #lines: Int32Array = new Int32Array(1024);
  #lineCount = 0;
  #linesStart = 0;
  #line = 0;
  #current: ScannedFunction | undefined;
  /** Offset in `#store` where the bytes of the current function begin; -1 once it has a buffer of its own. */
  #configStart = 0;
  /** Columns before the address of the current function: what is not deeper does not belong to it. */
  #indent = 0;
  #afterBlank = false;
  /** Start of the line before, unless that was a row of bytes. */
  #previousStart = 0;
  /** What became of the line before. */
  #previous: 'title' | 'text' | 'other' = 'other';
  #strayNoted = false;

  run({ bytes, firstLine }: NumberedText): void {
    this.#bytes = bytes;
    this.#store = new Uint8Array(Math.ceil(bytes.length / 3));
    this.#stored = 0;
    this.#line = firstLine - 1;
    this.#linesStart = this.#lineCount;
    this.#afterBlank = false;
    this.#previous = 'other';
    let at = 0;
    while (at < bytes.length) {
      if (bytes[at] !== TAB) at = this.#plainRows(at);
      if (at >= bytes.length) break;
      this.#line++;
      const newline = bytes.indexOf(LF, at);
      const end = newline < 0 ? bytes.length : newline;
      if (this.#indent === 0 && isPlainText(bytes, at)) this.#textLine(at, end);
      else this.#otherLine(at, end);
      this.#previousStart = at;
      at = end + 1;
    }
    const lastTextEnd = this.#lines[this.#lineCount - 1];
    if (this.#current !== undefined && this.#lineCount > this.#linesStart) {
      this.#current.cut = lastTextEnd === bytes.length;
    }
    this.#close();
  }

  /** Takes the rows at `at` that continue the dump of the current function; gives the position behind them. */
  #plainRows(at: number): number {
    if (this.#current === undefined || this.#configStart < 0) return at;
    const bytes = this.#bytes;
    const store = this.#store;
    const base = this.#configStart;
    let length = this.#stored - base;
    let position = at;
    let rows = 0;
    while (length + ROW <= PCI_CFG_SPACE_EXP_SIZE) {
      const next = decodeRow(bytes, position, length, store, base + length);
      if (next === 0) break;
      position = next;
      length += ROW;
      rows++;
    }
    this.#line += rows;
    this.#stored = base + length;
    return position;
  }

  #otherLine(lineStart: number, end: number): void {
    const bytes = this.#bytes;
    let start = lineStart;
    let column = 0;
    while (start < end && isIndent(bytes[start] as number)) column += bytes[start++] === TAB ? 8 : 1;
    const indented = column > this.#indent;
    if (start === end) this.#afterBlank = true;
    else if (isTreeMark(bytes[start] as number)) this.#treeLine(lineStart, end);
    else if (indented && !mayBeSpecial(bytes, start)) this.#textLine(start, end);
    else this.#specialLine(start, end, column, indented);
  }

  #specialLine(lineStart: number, lineEnd: number, column: number, indented: boolean): void {
    const plain = isPlain(this.#bytes, lineStart, lineEnd);
    const bytes = plain ? this.#bytes : cleanLine(this.#bytes, lineStart, lineEnd);
    const start = skipMargin(bytes, plain ? lineStart : 0);
    const end = trimEnd(bytes, start, plain ? lineEnd : bytes.length);
    const afterBlank = this.#afterBlank;
    const previous = this.#previous;
    this.#afterBlank = start === end;
    this.#previous = 'other';
    if (start === end) return;
    const found = parseFunctionLine(bytes, start, end);
    if (found !== undefined) {
      this.#open(found, textOf(bytes, found.titleStart, end), column);
      return;
    }
    const line = textOf(bytes, start, end);
    const row = parseHexLine(line);
    if (row !== undefined) this.#row(row, afterBlank);
    else if (isFenceOrPrompt(line) || (afterBlank && !indented && !/^(?:lspci|pcilib):/.test(line))) this.#close();
    else if (!indented && !afterBlank && this.#isFullWidth(lineStart))
      this.#wrapped(previous, line, lineStart, lineEnd);
    else this.#textLine(lineStart, lineEnd);
  }

  /** Did the line before fill a terminal, so that this one may be the rest of it? */
  #isFullWidth(lineStart: number): boolean {
    const end = this.#bytes[lineStart - 2] === CR ? lineStart - 2 : lineStart - 1;
    return TERMINAL_WIDTHS.has(columns(this.#bytes, this.#previousStart, end) - this.#indent);
  }

  /** The rest of a line that a terminal broke: a title goes on, a text line gets a later end (breaks are cleaned away). */
  #wrapped(previous: 'title' | 'text' | 'other', line: string, start: number, end: number): void {
    const fn = this.#current;
    const startsLine = /^[A-Z][\w /]*:/.test(line);
    if (fn !== undefined && previous === 'title' && !startsLine)
      fn.title += this.#bytes[start - 2] === SPACE ? ` ${line}` : line;
    else if (fn !== undefined && previous === 'text') this.#lines[this.#lineCount - 1] = end;
    else this.#textLine(start, end);
    if (fn !== undefined) this.#previous = previous;
  }

  /** A line of a drawing, or a line that starts like one and may say that something was left out ("---"). */
  #treeLine(start: number, end: number): void {
    const line = cleanLine(this.#bytes, start, end);
    this.tree.line(textOf(line, 0, line.length).replaceAll('\t', '        '));
    this.#textLine(start, end);
  }

  #textLine(start: number, end: number): void {
    this.#afterBlank = false;
    // What is not indented may be all there is left of a line whose indentation was lost: nothing belongs to it.
    this.#previous = isIndented(this.#bytes, start) ? 'text' : 'other';
    if (this.#current === undefined) return;
    const at = this.#lineCount;
    if (at + 2 > this.#lines.length) {
      const larger = new Int32Array(2 * this.#lines.length);
      larger.set(this.#lines);
      this.#lines = larger;
    }
    this.#lines[at] = start;
    this.#lines[at + 1] = end;
    this.#lineCount = at + 2;
  }

  #open({ bdf, parent }: FunctionLine, title: string, column: number): void {
    this.#close();
    const config = new Uint8Array(0);
    this.#current = {
      bdf,
      bytes: this.#bytes,
      parent,
      line: this.#line,
      title,
      textLines: NO_LINES,
      config,
      known: undefined,
      cut: false,
    };
    this.functions.push(this.#current);
    this.#configStart = this.#stored;
    this.#linesStart = this.#lineCount;
    this.#indent = column;
    this.#previous = 'title';
    this.#strayNoted = false;
  }

  #close(): void {
    const fn = this.#current;
    if (fn === undefined) return;
    if (this.#configStart >= 0) fn.config = this.#store.subarray(this.#configStart, this.#stored);
    fn.textLines = this.#lines.subarray(this.#linesStart, this.#lineCount);
    this.#current = undefined;
  }

  /** A row that is not plain: cleaned of paste marks, short, out of order, or damaged. */
  #row(row: HexLine, afterBlank: boolean): void {
    const fn = this.#current;
    const { offset, bytes } = row;
    const length = this.#configStart < 0 ? (fn?.config.length ?? 0) : this.#stored - this.#configStart;
    if (fn === undefined || (afterBlank && offset !== length)) {
      if (!this.#strayNoted)
        this.#note('notice', 'config-without-function', 'bytes of a config space follow no function');
      this.#strayNoted = true;
      return;
    }
    if (row.malformed) this.#note('damaged', 'config-malformed-line', 'the line holds something that is not a byte');
    else if (bytes.length % ROW !== 0) {
      this.#note('damaged', 'config-odd-length', `the line holds ${bytes.length} bytes instead of ${ROW}`);
    }
    if (offset + bytes.length > PCI_CFG_SPACE_EXP_SIZE) {
      this.#note('damaged', 'config-beyond-end', 'config space ends at 4096 bytes; what lies beyond is ignored');
    }
    if (offset < PCI_CFG_SPACE_EXP_SIZE)
      this.#placeRow(fn, length, offset, bytes.slice(0, PCI_CFG_SPACE_EXP_SIZE - offset));
  }

  #placeRow(fn: ScannedFunction, length: number, offset: number, bytes: readonly number[]): void {
    if (offset === length && this.#configStart >= 0) {
      this.#store.set(bytes, this.#stored);
      this.#stored += bytes.length;
      return;
    }
    this.#moveOut(fn);
    const size = Math.max(length, offset + bytes.length);
    const config = resized(fn.config, size);
    const known = resized(fn.known ?? new Uint8Array(length).fill(0xff), size);
    if (offset > length) this.#note('damaged', 'config-gap', 'lines of the dump before this one are missing');
    let differs = false;
    bytes.forEach((byte, i) => {
      const at = offset + i;
      if (known[at] === 0xff) differs ||= config[at] !== byte;
      else config[at] = byte;
      known[at] = 0xff;
    });
    if (differs)
      this.#note('damaged', 'config-repeated', 'the offset was given before with other bytes; the first count');
    fn.config = config;
    fn.known = known;
  }

  /** Gives the current function a buffer of its own, which can have gaps. */
  #moveOut(fn: ScannedFunction): void {
    if (this.#configStart < 0) return;
    fn.config = this.#store.slice(this.#configStart, this.#stored);
    this.#stored = this.#configStart;
    this.#configStart = -1;
  }

  #note(severity: 'damaged' | 'notice', code: string, text: string): void {
    this.findings.addLine(this.#line, severity, code, text);
  }
}

function isSmallBeyondF(byte: number): boolean {
  return byte > SMALL_F && byte < DEL;
}

/** Is the line at `at` indented as lspci does it, and surely no address and no row of bytes? */
function isPlainText(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== TAB) return false;
  let i = at + 1;
  while (bytes[i] === TAB) i++;
  const byte = bytes[i] as number;
  // Most lines start with a capital letter and a letter that is no digit.
  if (byte >= CAPITAL_A && byte <= CAPITAL_Z && isSmallBeyondF(bytes[i + 1] as number)) return true;
  return byte > SPACE && byte !== QUOTE && byte !== BAR && !isTreeMark(byte) && !mayBeSpecial(bytes, i);
}

/** Does a line of a drawn tree start with it (`-[0000:00]-+-`, `+-01.0`, `\\-01.0`)? */
function isTreeMark(byte: number): boolean {
  return byte === 0x2d || byte === 0x2b || byte === 0x5c;
}

/** Can what stands at `start` be an address, a row of bytes, or marks that hide one? Most text is told apart here. */
function mayBeSpecial(bytes: Uint8Array, start: number): boolean {
  const i = skipHexDigits(bytes, start);
  const byte = bytes[i] as number;
  return byte >= 0x80 || byte === ESC || (i > start ? byte === COLON : byte === BACKTICK);
}

function isIndented(bytes: Uint8Array, start: number): boolean {
  return bytes[start] === TAB || bytes[start] === SPACE || bytes[start - 1] === SPACE || bytes[start - 1] === TAB;
}

/** How wide `[start, end)` is on a terminal. */
function columns(bytes: Uint8Array, start: number, end: number): number {
  let column = 0;
  for (let i = start; i < end; i++) column = bytes[i] === TAB ? (column | 7) + 1 : column + 1;
  return column;
}

function isIndent(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === QUOTE || byte === BAR || byte === CR;
}

function resized(bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.length === size) return bytes;
  const larger = new Uint8Array(size);
  larger.set(bytes);
  return larger;
}
