/** Texts that begin with a byte order mark, as editors and shells of other systems write them. */
import { encodeUtf8 } from './utf8.ts';

const LITTLE = [0xff, 0xfe];
const BIG = [0xfe, 0xff];
const UTF8 = [0xef, 0xbb, 0xbf];
/** Code units that are made a string at once. */
const PIECE = 8192;

/** Does the text begin with a mark of UTF-16? */
export function isUtf16(bytes: Uint8Array): boolean {
  return begins(bytes, LITTLE) || begins(bytes, BIG);
}

/** The text in UTF-8, without its mark; undefined where it has none. Lines keep their numbers. */
export function withoutByteOrderMark(bytes: Uint8Array): Uint8Array | undefined {
  if (begins(bytes, UTF8)) return bytes.subarray(UTF8.length);
  if (!isUtf16(bytes)) return undefined;
  const littleEndian = begins(bytes, LITTLE);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const units: number[] = [];
  const pieces: string[] = [];
  for (let at = 2; at + 1 < bytes.length; at += 2) {
    units.push(view.getUint16(at, littleEndian));
    if (units.length === PIECE) pieces.push(String.fromCharCode(...units.splice(0)));
  }
  pieces.push(String.fromCharCode(...units));
  return encodeUtf8(pieces.join(''));
}

function begins(bytes: Uint8Array, mark: readonly number[]): boolean {
  return mark.every((byte, index) => bytes[index] === byte);
}
