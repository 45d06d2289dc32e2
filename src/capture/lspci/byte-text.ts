/** Looking at text without making strings of it: dumps have tens of thousands of lines, of which few are kept. */
import { decodeUtf8 } from '../../base/index.ts';
import { hexDigit } from './hex-line.ts';

/** Does `text` (ASCII) stand at `at`? */
export function startsWith(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** Position of `text` (ASCII, not empty) within `[start, end)`, or -1. */
export function find(bytes: Uint8Array, start: number, end: number, text: string): number {
  const first = text.charCodeAt(0);
  for (let i = start; i + text.length <= end; i++) if (bytes[i] === first && startsWith(bytes, i, text)) return i;
  return -1;
}

/** Does `text` stand anywhere within `[start, end)`? */
export function includes(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  return find(bytes, start, end, text) >= 0;
}

/** Position behind the hexadecimal digits at `at`. */
export function skipHexDigits(bytes: Uint8Array, at: number): number {
  let i = at;
  while (hexDigit(bytes[i]) < 16) i++;
  return i;
}

/** The value of 1 ... 16 hexadecimal digits in `[start, end)`. */
export function readHex(bytes: Uint8Array, start: number, end: number): bigint {
  // Two halves: numbers are exact to 53 bits only.
  const middle = Math.max(start, end - 8);
  const low = readDigits(bytes, middle, end, 16);
  return start === middle ? BigInt(low) : (BigInt(readDigits(bytes, start, middle, 16)) << 32n) | BigInt(low);
}

/** The value of the digits in `[start, end)`; 0 when there are none. */
export function readDigits(bytes: Uint8Array, start: number, end: number, base: 10 | 16): number {
  let value = 0;
  for (let i = start; i < end; i++) value = value * base + hexDigit(bytes[i]);
  return value;
}

/** Position behind the decimal digits at `at`. */
export function skipDecimals(bytes: Uint8Array, at: number): number {
  let i = at;
  while (hexDigit(bytes[i]) < 10) i++;
  return i;
}

/** Position behind white space, quote marks (`>`, `|`) and backticks, but not behind a Markdown fence. */
export function skipMargin(bytes: Uint8Array, start: number): number {
  let i = start;
  for (;;) {
    const byte = bytes[i];
    const isMargin = byte === 0x20 || byte === 0x09 || byte === 0x3e || byte === 0x7c;
    if (!isMargin && !(byte === 0x60 && bytes[i + 1] !== 0x60)) return i;
    i++;
  }
}

/** End of `[start, end)` without white space at its end. */
export function trimEnd(bytes: Uint8Array, start: number, end: number): number {
  let i = end;
  while (i > start && (bytes[i - 1] as number) <= 0x20) i--;
  return i;
}

/** The text of `[start, end)`. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  return decodeUtf8(bytes.subarray(start, end));
}

/** Where the last word of `[start, end)` begins. */
export function lastWordAt(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && (bytes[at - 1] as number) > 0x20) at--;
  return at;
}

/** The bytes, with zeros behind them up to `size`. */
export function resized(bytes: Uint8Array, size: number): Uint8Array {
  if (bytes.length === size) return bytes;
  const larger = new Uint8Array(size);
  larger.set(bytes);
  return larger;
}
