/**
 * Text whose lines end where a terminal, a pager or `cut -c` ended: known by its longest lines, several of which are
 * equally long, tell different things and end anywhere. The last word of each may be a part of a longer one.
 */
import { lastWordAt, skipHexDigits, skipMargin, trimEnd } from './byte-text.ts';
import { isTreeMark } from './line-kind.ts';

/** A text in which no last word is a part of a longer one. */
export interface WholeWords {
  readonly bytes: Uint8Array;
  /** Lines were cut. */
  readonly cut: boolean;
}

const LF = 0x0a;
const ESC = 0x1b;
const TAB = 0x09;
const SPACE = 0x20;
const COLON = 0x3a;
/** Stands for what is missing, in the place of the last word. */
const MISSING = 0x7e;
/** Bytes of a text in which the longest line may be the only one that was cut. */
const LONG_TEXT = 4096;
/** Columns of a tab that stands in the first column. */
const TAB_WIDTH = 8;

/** Who shortens by hand leaves less. */
const SHORTEST_CUT = 36;
/** As many lines as long as the longest, some of which end anywhere, are no coincidence. */
const FEWEST_LINES = 3;
const FEWEST_ENDS = 2;

/**
 * The text with a mark for each last word that may be cut. Where only one line is the longest nobody can tell: its last
 * word goes where nothing shows that it is whole.
 */
export function withWholeWords(bytes: Uint8Array): WholeWords {
  const [raw, shown] = [new Longest(), new Longest()];
  eachLine(bytes, (start, end, next) => {
    const tabs = leadingTabs(bytes, start);
    const goesOn = isRest(bytes, next);
    raw.take(bytes, { start, end, goesOn }, end - start);
    shown.take(bytes, { start, end, goesOn }, end - start + tabs * (TAB_WIDTH - 1));
  });
  const cutTo = [raw, shown].find((longest) => longest.isCut);
  const longest = cutTo ?? raw;
  if (cutTo === undefined && bytes.length < LONG_TEXT) return { bytes, cut: false };
  let marked: Uint8Array | undefined;
  for (const { start, end, whole, goesOn } of longest.lines) {
    if (goesOn || (cutTo === undefined && (whole || !isIndented(bytes, start)))) continue;
    marked ??= bytes.slice();
    markLastWord(marked, start, end);
  }
  return { bytes: marked ?? bytes, cut: cutTo !== undefined };
}

/** The longest lines by one measure. */
class Longest {
  #width = SHORTEST_CUT;
  lines: LongLine[] = [];

  take(bytes: Uint8Array, { start, end, goesOn }: Line, width: number): void {
    // Whoever sends escapes at line ends cuts none.
    if (width < this.#width || bytes.subarray(start, end).includes(ESC)) return;
    const from = skipMargin(bytes, start);
    const kind = kindAt(bytes, from);
    if (kind === undefined) return;
    if (width > this.#width) this.lines = [];
    this.#width = width;
    this.lines.push({ start, end, goesOn, kind, whole: isWholeWord(bytes[end - 1]) });
  }

  get isCut(): boolean {
    if (this.lines.length < FEWEST_LINES || new Set(this.lines.map(({ kind }) => kind)).size === 1) return false;
    const broken = this.lines.filter(({ goesOn }) => goesOn).length;
    return 2 * broken < this.lines.length && this.lines.filter(({ whole }) => !whole).length >= FEWEST_ENDS;
  }
}

/** The first letters of a line; 0 of a title, undefined of a row of bytes, which are all equally long, and of trees. */
function kindAt(bytes: Uint8Array, at: number): number | undefined {
  if (isTreeMark(bytes[at] as number)) return undefined;
  const digits = skipHexDigits(bytes, at);
  if (digits > at && bytes[digits] === COLON) return bytes[digits + 1] === SPACE ? undefined : 0;
  return ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
}

interface Line {
  readonly start: number;
  readonly end: number;
  /** The next line is the rest of it: it was broken, not cut. */
  readonly goesOn: boolean;
}

interface LongLine extends Line {
  readonly kind: number;
  /** Its last word is whole for certain. */
  readonly whole: boolean;
}

/** Is the line at `at` neither a title, nor indented, nor empty? */
function isRest(bytes: Uint8Array, at: number): boolean {
  const byte = bytes[at];
  return byte !== undefined && byte > SPACE && kindAt(bytes, at) !== 0;
}

function eachLine(bytes: Uint8Array, visit: (start: number, end: number, next: number) => void): void {
  for (let at = 0; at < bytes.length; ) {
    const newline = bytes.indexOf(LF, at);
    const end = newline < 0 ? bytes.length : newline;
    visit(at, trimEnd(bytes, at, end), end + 1);
    at = end + 1;
  }
}

function leadingTabs(bytes: Uint8Array, start: number): number {
  let at = start;
  while (bytes[at] === TAB) at++;
  return at - start;
}

function isIndented(bytes: Uint8Array, start: number): boolean {
  return bytes[start] === TAB || bytes[start] === SPACE;
}

/** `+`, `-`, `)`, `]` */
function isWholeWord(last: number | undefined): boolean {
  return last === 0x2b || last === 0x2d || last === 0x29 || last === 0x5d;
}

/** Sets the mark in place of the last word of the line. */
function markLastWord(bytes: Uint8Array, start: number, end: number): void {
  bytes.fill(SPACE, lastWordAt(bytes, start, end), end);
  bytes[end - 1] = MISSING;
}
