/**
 * First pass over a dump: finds the functions, decodes their hex bytes, remembers where their text lines are. It works
 * on bytes and makes a string only of the few lines that are not in the plain form, as dumps run to many megabytes.
 */

import { type Bdf, PCI_CFG_SPACE_EXP_SIZE } from '../../uapi/index.ts';
import { lastWordAt, resized, skipMargin, textOf, trimEnd } from './byte-text.ts';
import { cleanLine, isPlain } from './clean-line.ts';
import { FindingLog } from './finding-log.ts';
import { type FunctionLine, titleLine } from './function-line.ts';
import { decodeRow, type HexLine, parseHexLine, ROW } from './hex-line.ts';
import { columns, isIndent, isIndented, isPlainText, isTreeMark, mayBeSpecial } from './line-kind.ts';
import { LONGEST_IN_MAIL, SHORTEST_FULL, TERMINAL_WIDTHS } from './line-widths.ts';
import { BETWEEN_MATCHES, isEllipsis, isEndOfLine, isFenceOrPrompt, isMessage, isTextLine } from './paste-cleanup.ts';
import { lineEndOf, type NumberedText, type ScannedFunction } from './scanned-function.ts';
import { type DrawnFunction, TreeReader } from './tree-lines.ts';

/** What the first pass found. */
export interface Scan {
  readonly functions: readonly ScannedFunction[];
  readonly findings: FindingLog;
  /** What trees (`lspci -t`) in the input tell. */
  readonly drawn: ReadonlyMap<Bdf, DrawnFunction>;
}

const LF = 0x0a;
const CR = 0x0d;
const TAB = 0x09;
const SPACE = 0x20;

const NO_LINES = new Int32Array(0);
const NO_BYTES = new Uint8Array(0);

/** Scans texts of one machine, of which none goes on in the next. Never throws; what is damaged becomes a finding. */
export function scanLines(texts: readonly NumberedText[]): Scan {
  const scanner = new Scanner();
  for (const text of texts) scanner.run(text);
  return { functions: scanner.functions, findings: scanner.findings, drawn: scanner.tree.drawn };
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
  /** Empty lines right before this one. */
  #blanks = 0;
  /** Empty lines between the title of the current function and its text: more of them end it. */
  #spacing = 0;
  /** End of the line. */
  #lineEnd = 0;
  /** Start of the line before, unless that was a row of bytes. */
  #previousStart = 0;
  /** What became of the line before. */
  #previous: 'title' | 'text' | 'other' = 'other';
  #strayNoted = false;
  /** Rows of the current function may be those of another one from here on. */
  #frozen = false;
  /** Lines of functions are indented, as lspci prints them. */
  #indents = false;

  run({ bytes, firstLine }: NumberedText): void {
    this.#bytes = bytes;
    this.#store = new Uint8Array(Math.ceil(bytes.length / 3));
    this.#stored = 0;
    this.#line = firstLine - 1;
    this.#linesStart = this.#lineCount;
    this.#afterBlank = false;
    this.#blanks = 0;
    this.#previous = 'other';
    let at = 0;
    while (at < bytes.length) {
      if (bytes[at] !== TAB) at = this.#plainRows(at);
      if (at >= bytes.length) break;
      this.#line++;
      const newline = bytes.indexOf(LF, at);
      const end = newline < 0 ? bytes.length : newline;
      this.#lineEnd = end;
      if (this.#indent === 0 && isPlainText(bytes, at)) this.#textLine(at, end);
      else this.#otherLine(at, end);
      this.#previousStart = at;
      at = end + 1;
    }
    const lastTextEnd = lineEndOf(this.#lines[this.#lineCount - 1] ?? 0);
    if (this.#current !== undefined) {
      const isBare = this.#lineCount === this.#linesStart && !this.#hasRows(this.#current);
      this.#current.cut = (isBare || lastTextEnd === bytes.length) && bytes[bytes.length - 1] !== LF;
    }
    this.#close();
    if (!this.#indents) for (const fn of this.functions) fn.broken = false;
  }

  /** Takes the rows at `at` that continue the dump of the current function; gives the position behind them. */
  #plainRows(at: number): number {
    if (this.#current === undefined || this.#configStart < 0 || this.#frozen) return at;
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
    if (rows > 0) this.#blanks = 0;
    this.#stored = base + length;
    return position;
  }

  #otherLine(lineStart: number, end: number): void {
    const bytes = this.#bytes;
    let start = lineStart;
    let column = 0;
    while (start < end && isIndent(bytes[start] as number)) column += bytes[start++] === TAB ? 8 : 1;
    const indented = column > this.#indent;
    if (start === end) this.#blank();
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
    this.#afterBlank = false;
    this.#previous = 'other';
    if (start === end) {
      this.#blank();
      return;
    }
    const found = titleLine(bytes, start, end);
    if (found !== undefined) {
      this.#open(found.line, found.title, column);
      return;
    }
    const line = textOf(bytes, start, end);
    const row = parseHexLine(line);
    if (row !== undefined) {
      this.#row(row, afterBlank);
      this.#blanks = 0;
    } else if (isFenceOrPrompt(line) || (afterBlank && !indented && !this.#goesOn(line))) this.#close();
    else if (!indented && !afterBlank && this.#isBroken(lineStart, previous, line))
      this.#wrapped(previous, line, lineStart, lineEnd);
    else {
      if (!indented && isEndOfLine(line)) this.#noteBroken(previous);
      this.#textLine(lineStart, lineEnd);
    }
  }

  /** The line above may end within a word. */
  #noteBroken(previous: 'title' | 'text' | 'other'): void {
    const fn = this.#current;
    if (fn === undefined) return;
    fn.broken = true;
    if (previous !== 'text' || this.#lineCount === this.#linesStart) return;
    const [start = 0, kept = 0] = this.#lines.subarray(this.#lineCount - 2, this.#lineCount);
    if (kept > 0) this.#lines[this.#lineCount - 1] = lastWordAt(this.#bytes, start, kept);
  }

  /** The first line below a title: the rest of that, if it is no line of its own. */
  #noteFirst(start: number, end: number): void {
    const fn = this.#current;
    const from = skipMargin(this.#bytes, start);
    if (fn !== undefined && from < end && isEndOfLine(textOf(this.#bytes, from, end))) fn.broken = true;
  }

  #blank(): void {
    this.#afterBlank = true;
    this.#blanks++;
  }

  /** Does text go on behind an empty line: a message of lspci, or a line of it in a text with lines set apart? */
  #goesOn(line: string): boolean {
    if (isMessage(line)) return true;
    const first = this.#lineCount === this.#linesStart;
    return this.#current !== undefined && (first || this.#blanks <= this.#spacing) && isTextLine(line);
  }

  /**
   * May this be the rest of the line before: did that fill a terminal, or is it a title for which mail had no room?
   */
  #isBroken(lineStart: number, previous: 'title' | 'text' | 'other', line: string): boolean {
    if (isEllipsis(line) || this.#fillsTerminal(lineStart)) return !isEllipsis(line);
    const width = this.#widthBefore(lineStart);
    const word = line.indexOf(' ') < 0 ? line.length : line.indexOf(' ');
    if (previous === 'other' || width > LONGEST_IN_MAIL || width + word < SHORTEST_FULL) return false;
    return !isTextLine(line) && (previous === 'title' || /^[A-Za-z0-9<>(]/.test(line));
  }

  #fillsTerminal(lineStart: number): boolean {
    const characters = lineStart - 1 - this.#previousStart;
    return [this.#widthBefore(lineStart), characters].some((width) => TERMINAL_WIDTHS.has(width - this.#indent));
  }

  /** Columns of the line before the one at `lineStart`. */
  #widthBefore(lineStart: number): number {
    return columns(this.#bytes, this.#previousStart, lineStart - (this.#bytes[lineStart - 2] === CR ? 2 : 1));
  }

  /** The rest of a line that was broken: a title goes on, a text line gets a later end, see `lineEndOf`. */
  #wrapped(previous: 'title' | 'text' | 'other', line: string, start: number, end: number): void {
    const fn = this.#current;
    const startsLine = /^[A-Z][\w /]*:/.test(line);
    if (fn !== undefined && previous === 'title' && !startsLine)
      fn.title += this.#bytes[start - 2] === SPACE || !this.#fillsTerminal(start) ? ` ${line}` : line;
    else if (fn !== undefined && previous === 'text')
      this.#lines[this.#lineCount - 1] = this.#fillsTerminal(start) ? end : ~end;
    else this.#textLine(start, end);
    if (fn !== undefined) this.#previous = previous;
  }

  /** A line of a drawing, or a line that starts like one and may say that something was left out ("---"). */
  #treeLine(start: number, end: number): void {
    const line = cleanLine(this.#bytes, start, end);
    const begin = skipMargin(line, 0);
    const item = titleLine(line, begin, line.length);
    if (item !== undefined) {
      this.#open(item.line, item.title, 0);
      return;
    }
    this.tree.line(textOf(line, 0, line.length).replaceAll('\t', '        '), this.#line);
    this.#textLine(start, end);
    // What follows may be of another function.
    if (textOf(line, begin, line.length).trim() === BETWEEN_MATCHES) this.#close();
  }

  #textLine(start: number, end: number): void {
    this.#afterBlank = false;
    // What is not indented may be all there is left of a line whose indentation was lost: nothing belongs to it.
    if (this.#previous === 'title') this.#noteFirst(start, end);
    const indented = isIndented(this.#bytes, start);
    this.#previous = indented ? 'text' : 'other';
    this.#indents ||= indented;
    const fn = this.#current;
    if (fn === undefined) {
      this.#blanks = 0;
      return;
    }
    const at = this.#lineCount;
    if (at === this.#linesStart && !this.#hasRows(fn)) this.#spacing = this.#blanks;
    if (this.#blanks > this.#spacing || this.#hasRows(fn)) {
      this.#strayText(fn);
      return;
    }
    this.#blanks = 0;
    if (at + 2 > this.#lines.length) {
      const larger = new Int32Array(2 * this.#lines.length);
      larger.set(this.#lines);
      this.#lines = larger;
    }
    this.#lines[at] = start;
    this.#lines[at + 1] = end;
    this.#lineCount = at + 2;
  }

  /** Rows of bytes are the last of a function. */
  #hasRows(fn: ScannedFunction): boolean {
    return this.#configStart < 0 || fn.config.length > 0 || this.#stored > this.#configStart;
  }

  /** Text behind the empty line that ended the function: a title is missing, or a line where all are set apart. */
  #strayText(fn: ScannedFunction): void {
    this.#note('notice', 'text-without-title', 'lines of a function follow no title; they are left alone');
    this.#close();
    fn.ended = true;
    fn.broken ||= this.#spacing > 0;
    this.#blanks = 0;
  }

  #open({ bdf, parent }: FunctionLine, title: string, column: number): void {
    if (this.#current !== undefined) this.#current.runsOn = this.#blanks === 0;
    this.#close();
    this.#blanks = 0;
    this.#spacing = 0;
    this.#current = {
      bdf,
      bytes: this.#bytes,
      parent,
      line: this.#line,
      titleEnd: this.#lineEnd,
      title,
      textLines: NO_LINES,
      config: NO_BYTES,
      known: undefined,
      cut: false,
      ended: false,
      runsOn: false,
      rowsLost: false,
      broken: false,
      column,
    };
    this.functions.push(this.#current);
    this.#frozen = false;
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
    fn.ended = this.#blanks > this.#spacing || fn.config.length > 0;
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
    if (offset === length && this.#configStart >= 0 && !this.#frozen) {
      this.#store.set(bytes, this.#stored);
      this.#stored += bytes.length;
      return;
    }
    this.#moveOut(fn);
    if (this.#frozen || offset > length) {
      const text = 'lines of the dump before this one are missing, and it may be of another function: it is not used';
      if (!this.#frozen) this.#note('damaged', 'config-gap', text);
      this.#frozen = true;
      fn.rowsLost = true;
      return;
    }
    const size = Math.max(length, offset + bytes.length);
    const config = resized(fn.config, size);
    const known = resized(fn.known ?? new Uint8Array(length).fill(0xff), size);
    let differs = false;
    bytes.forEach((byte, i) => {
      const at = offset + i;
      if (known[at] === 0xff) differs ||= config[at] !== byte;
      else config[at] = byte;
      known[at] = 0xff;
    });
    if (differs) {
      this.#note('damaged', 'config-repeated', 'the offset was given before with other bytes; the first count');
      // A title may be missing in between.
      this.#frozen = true;
      fn.rowsLost = true;
    }
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
