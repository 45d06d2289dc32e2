/** Header blocks of a tar archive: ustar (POSIX.1-1988), GNU and pax (POSIX.1-2001). Offsets are bytes of a block. */
import { decodeUtf8 } from '../base/index.ts';

/** A tar archive is made of blocks of this many bytes. */
export const BLOCK = 512;

export const NAME_AT = 0;
export const NAME_SIZE = 100;
export const LINK_AT = 157;
export const LINK_SIZE = 100;
export const PREFIX_AT = 345;
export const PREFIX_SIZE = 155;
const SIZE_AT = 124;
const SIZE_SIZE = 12;
const CHECKSUM_AT = 148;
const CHECKSUM_SIZE = 8;
/** Of the byte that says what a member is. */
export const TYPE_AT = 156;
const MAGIC_AT = 257;

/** The archive as 32-bit words, for checksums; starts at a word boundary. */
export function wordsOf(bytes: Uint8Array): Uint32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2);
}

/**
 * Is the block at `at` a header with the right checksum: the sum of its bytes, those of the sum itself as spaces?
 * Adds four bytes at once, as two sums of 16 bits in each word; checking is most of the work of reading a header.
 */
export function isTarHeader(bytes: Uint8Array, words: Uint32Array, at: number): boolean {
  let even = 0;
  let odd = 0;
  const end = (at + BLOCK) >> 2;
  for (let i = at >> 2; i < end; i++) {
    const word = words[i] ?? 0;
    even = (even + (word & 0xff00ff)) | 0;
    odd = (odd + ((word >>> 8) & 0xff00ff)) | 0;
  }
  let sum = (even & 0xffff) + (even >>> 16) + (odd & 0xffff) + (odd >>> 16);
  for (let i = at + CHECKSUM_AT; i < at + CHECKSUM_AT + CHECKSUM_SIZE; i++) sum += 0x20 - (bytes[i] ?? 0);
  return sum === readNumber(bytes, at + CHECKSUM_AT, CHECKSUM_SIZE);
}

/** Size of the body in bytes; undefined when it is no number. */
export function headerSize(bytes: Uint8Array, at: number): number | undefined {
  return readNumber(bytes, at + SIZE_AT, SIZE_SIZE);
}

/** `0` file, `1` hard link, `2` symbolic link, `5` directory, `x`, `g`, `L`, `K` about the next member, ... */
export function headerType(bytes: Uint8Array, at: number): string {
  const type = bytes[at + TYPE_AT] ?? 0;
  // NUL was a file before POSIX, 7 is a "contiguous" one.
  return type === 0 || type === 0x37 ? '0' : String.fromCharCode(type);
}

/** Has a name prefix. "ustar" and NUL: GNU writes a space there and uses the prefix field for other things. */
export function hasPrefix(bytes: Uint8Array, at: number): boolean {
  const magic = at + MAGIC_AT;
  return bytes[magic] === 0x75 && bytes[magic + 4] === 0x72 && bytes[magic + 5] === 0 && bytes[at + PREFIX_AT] !== 0;
}

/** Where the text that begins at `start` ends: at its first NUL, or after `size` bytes. */
export function textEnd(bytes: Uint8Array, start: number, size: number): number {
  let end = start;
  while (end < start + size && bytes[end] !== 0) end++;
  return end;
}

/** Octal digits between spaces, ended by a space or NUL; or, with the top bit set, a big-endian number. */
function readNumber(bytes: Uint8Array, at: number, length: number): number | undefined {
  const first = bytes[at] ?? 0;
  let value = 0;
  if ((first & 0x80) !== 0) {
    value = first & 0x7f;
    for (let i = at + 1; i < at + length; i++) value = value * 256 + (bytes[i] ?? 0);
    return Number.isSafeInteger(value) ? value : undefined;
  }
  let i = at;
  while (i < at + length && bytes[i] === 0x20) i++;
  for (; i < at + length; i++) {
    const byte = bytes[i] ?? 0;
    if (byte === 0 || byte === 0x20) break;
    if (byte < 0x30 || byte > 0x37) return undefined;
    value = value * 8 + byte - 0x30;
  }
  return value;
}

/** What a header before a member says of it. */
export interface MemberRecords {
  readonly path?: string;
  readonly linkPath?: string;
  readonly size?: number;
  readonly sparse?: boolean;
}

/** The body of a member of type `x`, `g`, `L` or `K`; undefined when it is damaged. */
export function readRecords(type: string, body: Uint8Array): MemberRecords | undefined {
  if (type === 'L') return { path: decodeUtf8(body.subarray(0, textEnd(body, 0, body.length))) };
  if (type === 'K') return { linkPath: decodeUtf8(body.subarray(0, textEnd(body, 0, body.length))) };
  return readPax(body);
}

/** Lines of `LENGTH KEY=VALUE`, the length counting the whole line. */
function readPax(bytes: Uint8Array): MemberRecords | undefined {
  const records: { path?: string; linkPath?: string; size?: number; sparse?: boolean } = {};
  let at = 0;
  while (at < bytes.length && bytes[at] !== 0) {
    const space = bytes.indexOf(0x20, at);
    const digits = space < 0 || space - at > 9 ? '' : decodeUtf8(bytes.subarray(at, space));
    const end = at + Number(digits);
    if (!/^[0-9]+$/.test(digits) || end <= space + 1 || end > bytes.length) return undefined;
    const record = decodeUtf8(bytes.subarray(space + 1, end - 1));
    const equals = record.indexOf('=');
    const key = record.slice(0, Math.max(0, equals));
    const value = record.slice(equals + 1);
    if (key === 'path') records.path = value;
    else if (key === 'linkpath') records.linkPath = value;
    else if (key === 'size' && /^[0-9]{1,15}$/.test(value)) records.size = Number(value);
    else if (key.startsWith('GNU.sparse.')) records.sparse = true;
    at = end;
  }
  return records;
}
