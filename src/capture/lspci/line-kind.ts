/** What a line may be, told from its first bytes: dumps have tens of thousands of lines, most of them plain text or rows. */
import { skipHexDigits } from './byte-text.ts';

const CR = 0x0d;
const TAB = 0x09;
const SPACE = 0x20;
const ASTERISK = 0x2a;
const COLON = 0x3a;
const LESS = 0x3c;
const QUOTE = 0x3e;
const BAR = 0x7c;
const BRACKET = 0x5b;
const ESC = 0x1b;
const BACKTICK = 0x60;
const CAPITAL_A = 0x41;
const CAPITAL_Z = 0x5a;
const SMALL_F = 0x66;
const DEL = 0x7f;

function isSmallBeyondF(byte: number): boolean {
  return byte > SMALL_F && byte < DEL;
}

/** Is the line at `at` indented as lspci does it, and surely no address and no row of bytes? */
export function isPlainText(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== TAB) return false;
  let i = at + 1;
  while (bytes[i] === TAB) i++;
  const byte = bytes[i] as number;
  // Most lines start with a capital letter and a letter that is no digit.
  if (byte >= CAPITAL_A && byte <= CAPITAL_Z && isSmallBeyondF(bytes[i + 1] as number)) return true;
  return byte > SPACE && byte !== QUOTE && byte !== BAR && !isTreeMark(byte) && !mayBeSpecial(bytes, i);
}

/** Does a line of a drawn tree start with it (`-[0000:00]-+-`, `+-01.0`, `\\-01.0`)? */
export function isTreeMark(byte: number): boolean {
  return byte === 0x2d || byte === 0x2b || byte === 0x5c;
}

/** Can what stands at `start` be an address, a row of bytes, or marks that hide one? Most text is told apart here. */
export function mayBeSpecial(bytes: Uint8Array, start: number): boolean {
  const i = skipHexDigits(bytes, start);
  const byte = bytes[i] as number;
  if (i > start) return byte === COLON || byte >= 0x80 || byte === ESC;
  return byte >= 0x80 || byte === ESC || byte === BACKTICK || byte === BRACKET || byte === ASTERISK || byte === LESS;
}

/** Does the line have white space before its text? */
export function isIndented(bytes: Uint8Array, start: number): boolean {
  return bytes[start] === TAB || bytes[start] === SPACE || bytes[start - 1] === SPACE || bytes[start - 1] === TAB;
}

/** How wide `[start, end)` is on a terminal. */
export function columns(bytes: Uint8Array, start: number, end: number): number {
  let column = 0;
  for (let i = start; i < end; i++) column = bytes[i] === TAB ? (column | 7) + 1 : column + 1;
  return column;
}

/** White space and quote marks. */
export function isIndent(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === QUOTE || byte === BAR || byte === CR;
}
