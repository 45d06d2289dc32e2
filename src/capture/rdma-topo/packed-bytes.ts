/** Bytes as JSON holds them: compressed with zlib, then base64. */
import { unzlibSync } from 'fflate';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUES = new Map([...ALPHABET].map((character, value) => [character, value]));

/** Undefined where it is not of this form. @param most more bytes than these are damage */
export function unpackBytes(text: string, most: number): Uint8Array | undefined {
  const packed = decodeBase64(text);
  if (packed === undefined) return undefined;
  try {
    // What does not fit into the bytes given is dropped without a word; the checksum is not looked at.
    const bytes = unzlibSync(packed, { out: new Uint8Array(most + 1) });
    return bytes.length <= most && adler32(bytes) === checksumOf(packed) ? bytes : undefined;
  } catch {
    return undefined;
  }
}

const ADLER_BASE = 65521;

/** RFC 1950. */
function adler32(bytes: Uint8Array): number {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % ADLER_BASE;
    b = (b + a) % ADLER_BASE;
  }
  return b * 0x10000 + a;
}

function checksumOf(packed: Uint8Array): number {
  return new DataView(packed.buffer, packed.byteOffset).getUint32(packed.length - 4);
}

function decodeBase64(text: string): Uint8Array | undefined {
  const digits = text.replace(/={0,2}$/, '');
  const bytes = new Uint8Array(Math.floor((digits.length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (const digit of digits) {
    const value = VALUES.get(digit);
    if (value === undefined) return undefined;
    bits = ((bits & 0x3f) << 6) | value;
    held += 6;
    if (held >= 8) {
      held -= 8;
      bytes[at++] = (bits >> held) & 0xff;
    }
  }
  return bytes;
}
