/**
 * Undoes what terminals, mail programs, browsers and issue trackers do to the characters of a line: colours, invisible
 * and look-alike characters, HTML. Bytes in, bytes out; lines that are plain already cost one look.
 */
import { startsWith } from './byte-text.ts';

/** Longer lines are cut here: no line of lspci is a tenth of this. */
const MAX_LINE = 4096;

const TAB = 0x09;
const BEL = 0x07;
const ESC = 0x1b;
const SPACE = 0x20;
const AMPERSAND = 0x26;
const DEL = 0x7f;

/** Is every byte of `[start, end)` a printable ASCII character or a tab, and none of them could be HTML? */
export function isPlain(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte < SPACE ? byte !== TAB : byte >= DEL || byte === AMPERSAND) return false;
  }
  return true;
}

/** Does an escape, a character beyond ASCII, or HTML begin with the byte? */
export function isMark(byte: number | undefined): boolean {
  return byte !== undefined && (byte >= DEL || byte === ESC || byte === AMPERSAND);
}

/**
 * The line `[start, end)` without terminal escapes, control characters, zero-width characters and direction marks
 * (they reorder what people see); every kind of space as a plain space; HTML's `&lt;`, `&gt;`, `&nbsp;` and `&amp;`
 * undone. Tabs stay, and so do bytes that are not UTF-8.
 */
export function cleanLine(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const stop = Math.min(end, start + MAX_LINE);
  const clean = new Uint8Array(stop - start);
  let length = 0;
  for (let i = start; i < stop; ) {
    const byte = bytes[i] as number;
    const mark = byte >= DEL || byte < SPACE || byte === AMPERSAND ? markAt(bytes, i) : undefined;
    if (mark === undefined) {
      clean[length++] = byte;
      i++;
    } else {
      if (mark.becomes !== undefined) clean[length++] = mark.becomes;
      i += mark.length;
    }
  }
  return clean.subarray(0, length);
}

/** A sequence of bytes that is left out, or becomes one plain character. */
interface Mark {
  readonly length: number;
  readonly becomes: number | undefined;
}

const ENTITIES: readonly (readonly [text: string, becomes: string])[] = [
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&nbsp;', ' '],
  ['&amp;', '&'],
];

function markAt(bytes: Uint8Array, at: number): Mark | undefined {
  const byte = bytes[at] as number;
  if (byte === ESC) return { length: escapeLength(bytes, at), becomes: undefined };
  if (byte === AMPERSAND) {
    const entity = ENTITIES.find(([text]) => startsWith(bytes, at, text));
    return entity === undefined ? undefined : { length: entity[0].length, becomes: entity[1].charCodeAt(0) };
  }
  if (byte < SPACE || byte === DEL) return byte === TAB ? undefined : { length: 1, becomes: undefined };
  return unicodeMark(byte, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0);
}

/** Length of the escape sequence at `at`: CSI (colours), OSC (titles, links), or two characters. ECMA-48 §5. */
function escapeLength(bytes: Uint8Array, at: number): number {
  const kind = bytes[at + 1];
  let i = at + 2;
  if (kind === 0x5b) {
    while (i < bytes.length && ((bytes[i] as number) < 0x40 || (bytes[i] as number) > 0x7e)) i++;
    return i + 1 - at;
  }
  if (kind !== 0x5d) return 2;
  while (i < bytes.length && bytes[i] !== BEL && bytes[i] !== ESC) i++;
  return (bytes[i] === ESC ? i + 2 : i + 1) - at;
}

/** Characters between U+0080 and U+FFFF that print as a space or as nothing, by their UTF-8 bytes. */
function unicodeMark(first: number, second: number, third: number): Mark | undefined {
  const code =
    first === 0xc2 ? 0x80 + (second & 0x3f) : ((first & 0x0f) << 12) | ((second & 0x3f) << 6) | (third & 0x3f);
  const length = first === 0xc2 ? 2 : 3;
  if (first !== 0xc2 && (first & 0xf0) !== 0xe0) return undefined;
  if ((second & 0xc0) !== 0x80 || (length === 3 && (third & 0xc0) !== 0x80)) return undefined;
  if (isSpace(code)) return { length, becomes: SPACE };
  return isInvisible(code) ? { length, becomes: undefined } : undefined;
}

/** No-break, en, em, figure, thin, ideographic and other spaces. */
function isSpace(code: number): boolean {
  return code === 0xa0 || (code >= 0x2000 && code <= 0x200a) || code === 0x202f || code === 0x205f || code === 0x3000;
}

/** C1 controls, soft hyphen, zero-width characters, direction marks, byte order mark. */
function isInvisible(code: number): boolean {
  if ((code >= 0x80 && code < 0xa0) || code === 0xad || code === 0xfeff) return true;
  return (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f);
}
