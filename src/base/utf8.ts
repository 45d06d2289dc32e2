/** Text from bytes. The core has no TextDecoder: it type-checks without the DOM. */

const REPLACEMENT = 0xfffd;
/** Arguments of one call; engines limit them. */
const CHUNK = 4096;

/** The text of UTF-8 bytes. A byte that belongs to no valid sequence becomes U+FFFD; never throws. */
export function decodeUtf8(bytes: Uint8Array): string {
  for (let i = 0; i < bytes.length; i++) {
    if ((bytes[i] ?? 0) >= 0x80) return decodeMixed(bytes);
  }
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK) text += codeUnits(bytes.subarray(at, at + CHUNK));
  return text;
}

function codeUnits(units: ArrayLike<number>): string {
  return String.fromCharCode.apply(null, units as number[]);
}

function decodeMixed(bytes: Uint8Array): string {
  let text = '';
  let at = 0;
  while (at < bytes.length) {
    const sequence = readSequence(bytes, at);
    text += String.fromCodePoint(sequence.codePoint);
    at += sequence.length;
  }
  return text;
}

/** One code point; Unicode, table 3-7 "Well-Formed UTF-8 Byte Sequences". */
function readSequence(bytes: Uint8Array, at: number): { codePoint: number; length: number } {
  const lead = bytes[at] ?? 0;
  const bad = { codePoint: REPLACEMENT, length: 1 };
  if (lead < 0x80) return { codePoint: lead, length: 1 };
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4) return bad;
  let codePoint = lead & (0x7f >> length);
  for (let i = 1; i < length; i++) {
    const next = bytes[at + i];
    if (next === undefined || (next & 0xc0) !== 0x80) return bad;
    codePoint = codePoint * 0x40 + (next & 0x3f);
  }
  const overlong = codePoint < (length === 4 ? 0x10000 : length === 3 ? 0x800 : 0x80);
  const surrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
  return overlong || surrogate || codePoint > 0x10ffff ? bad : { codePoint, length };
}

/** First byte of a sequence, by the number of bytes that follow. */
const LEADS: readonly number[] = [0, 0xc0, 0xe0, 0xf0];

/** The UTF-8 bytes of a text; a lone surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(3 * text.length);
  let length = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? REPLACEMENT;
    const code = point >= 0xd800 && point <= 0xdfff ? REPLACEMENT : point;
    if (code < 0x80) bytes[length++] = code;
    else {
      const following = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
      bytes[length++] = (LEADS[following] ?? 0) | (code >> (6 * following));
      for (let i = following - 1; i >= 0; i--) bytes[length++] = 0x80 | ((code >> (6 * i)) & 0x3f);
    }
  }
  return bytes.subarray(0, length);
}
