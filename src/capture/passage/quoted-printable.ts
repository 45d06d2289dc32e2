/** Undoes quoted-printable (RFC 2045, 6.7), the encoding of raw mails: `=3D` for `=`, lines cut at 76 columns with `=`. */
import { eachLine } from '../each-line.ts';

/** Text as it was before it was sent. */
export interface DecodedText {
  readonly bytes: Uint8Array;
  /** For each line of `bytes` the line of the mail on which it begins, from 1. */
  readonly lines: readonly number[];
}

const LF = 0x0a;
const EQUALS = 0x3d;
const HEADER = /^content-transfer-encoding:\s*(quoted-printable)?/i;
/** Between the parts of a mail, and between mails. */
const BOUNDARY = /^(?:--\S|From \S+@)/;
const LONGEST_HEADER = 200;

/**
 * The decoded text; undefined where nothing is encoded. Encoded is what stands below a header that says so; in a text
 * without such a header all, if every `=` in it is followed by two digits or ends its line.
 */
export function decodeQuotedPrintable(bytes: Uint8Array): DecodedText | undefined {
  const headers = hasHeader(bytes);
  if (!headers && !isEncoded(bytes)) return undefined;
  const out = new Uint8Array(bytes.length + 1);
  const lines: number[] = [];
  let length = 0;
  let encoded = !headers;
  let announced = false;
  let goesOn = false;
  eachLine({ bytes, start: 0, end: bytes.length, firstLine: 1 }, (start, end, line) => {
    if (headers && !goesOn) {
      const text = end - start > LONGEST_HEADER ? '' : ascii(bytes, start, end);
      const header = HEADER.exec(text);
      if (header !== null) announced = header[1] !== undefined;
      if (BOUNDARY.test(text)) [encoded, announced] = [false, false];
      if (text === '' && end === start && announced) [encoded, announced] = [true, false];
    }
    if (!goesOn) lines.push(line);
    goesOn = encoded && bytes[end - 1] === EQUALS && end > start;
    const stop = goesOn ? end - 1 : end;
    for (let at = start; at < stop; at++) {
      const value = encoded && bytes[at] === EQUALS ? hexPair(bytes, at + 1) : undefined;
      out[length++] = value ?? (bytes[at] as number);
      if (value !== undefined) at += 2;
    }
    if (!goesOn) out[length++] = LF;
  });
  return { bytes: out.subarray(0, length), lines };
}

function hasHeader(bytes: Uint8Array): boolean {
  // Looked for by its rarest letters, as most texts are no mails.
  for (let at = bytes.indexOf(0x71); at >= 0; at = bytes.indexOf(0x71, at + 1)) {
    if (ascii(bytes, at, at + 16) !== 'quoted-printable') continue;
    const start = bytes.lastIndexOf(LF, at) + 1;
    if (at - start < LONGEST_HEADER && HEADER.test(ascii(bytes, start, at + 16))) return true;
  }
  return false;
}

/** Every `=` fits, and some stand for what only encoding makes of a text: `=3D`, `=20` at the end of a line, `=` there. */
function isEncoded(bytes: Uint8Array): boolean {
  let proofs = 0;
  for (let at = bytes.indexOf(EQUALS); at >= 0; at = bytes.indexOf(EQUALS, at + 1)) {
    const next = bytes[at + 1];
    const isBreak = next === LF || (next === 0x0d && bytes[at + 2] === LF);
    const value = hexPair(bytes, at + 1);
    if (!isBreak && value === undefined) return false;
    const endsLine = bytes[at + 3] === LF || bytes[at + 3] === 0x0d;
    if (isBreak || value === EQUALS || ((value === 0x20 || value === 0x09) && endsLine)) proofs++;
  }
  return proofs >= 2;
}

/** Two digits, upper case as encoders write them. */
function hexPair(bytes: Uint8Array, at: number): number | undefined {
  const high = upperHexDigit(bytes[at]);
  const low = upperHexDigit(bytes[at + 1]);
  return high === undefined || low === undefined ? undefined : high * 16 + low;
}

function upperHexDigit(byte: number | undefined): number | undefined {
  if (byte === undefined) return undefined;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  return byte >= 0x41 && byte <= 0x46 ? byte - 0x37 : undefined;
}

function ascii(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}
