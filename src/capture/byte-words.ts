/** Words in bytes: looking for them without making strings. A report has a million lines, of which few tell anything. */

/** A word to look for (ASCII), with how far a look may jump for each byte that it meets at the word's end. */
export interface Needle {
  readonly text: string;
  readonly codes: Uint8Array;
  readonly jumps: Uint8Array;
}

/** Makes a needle; once for each word. */
export function needle(text: string): Needle {
  const codes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  const jumps = new Uint8Array(256).fill(codes.length);
  for (let i = 0; i < codes.length - 1; i++) jumps[codes[i] as number] = codes.length - 1 - i;
  return { text, codes, jumps };
}

/** Where the word stands first within `[start, end)`; -1: nowhere. Horspool's search: most bytes are not looked at. */
export function findNeedle(bytes: Uint8Array, start: number, end: number, { codes, jumps }: Needle): number {
  const last = codes.length - 1;
  const lastCode = codes[last];
  const stop = end < bytes.length ? end : bytes.length;
  for (let at = start + last; at < stop; ) {
    const byte = bytes[at] as number;
    if (byte === lastCode && standsBefore(bytes, at - last, codes, last)) return at - last;
    at += jumps[byte] as number;
  }
  return -1;
}

/** Does the word stand within `[start, end)`? */
export function hasNeedle(bytes: Uint8Array, start: number, end: number, word: Needle): boolean {
  return findNeedle(bytes, start, end, word) >= 0;
}

/** Do the first `length` codes stand at `at`? */
function standsBefore(bytes: Uint8Array, at: number, codes: Uint8Array, length: number): boolean {
  for (let i = 0; i < length; i++) if (bytes[at + i] !== codes[i]) return false;
  return true;
}

/** Texts with which lines begin, by their first byte. */
export type Starts = readonly (readonly Uint8Array[] | undefined)[];

/** Makes the table; once for each set of texts (ASCII). */
export function starts(texts: readonly string[]): Starts {
  const table: Uint8Array[][] = [];
  for (const text of texts) {
    const codes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    const first = codes[0] ?? 0;
    table[first] = [...(table[first] ?? []), codes];
  }
  return Array.from({ length: 256 }, (_, byte) => table[byte]);
}

/** Does one of the texts stand at `start`? Costs one look at most lines. */
export function startsWithAny(bytes: Uint8Array, start: number, texts: Starts): boolean {
  const candidates = texts[bytes[start] as number];
  if (candidates === undefined) return false;
  for (const codes of candidates) if (standsBefore(bytes, start, codes, codes.length)) return true;
  return false;
}

const [OTHER, HEX, COLON, DOT] = [0, 1, 2, 3];
const KINDS = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === 0x3a) return COLON;
  if (byte === 0x2e) return DOT;
  return /[0-9a-f]/i.test(String.fromCharCode(byte)) ? HEX : OTHER;
});
/** `dddd:bb:dd.` */
const ADDRESS_HEAD = 11;

/**
 * Position of `dddd:bb:dd.f` within `[start, end)`, its domain of four digits or more; -1: there is none. Looks for the
 * point: what is neither digit, colon nor point is in no address, and lets a look jump over a whole one.
 */
export function addressAt(bytes: Uint8Array, start: number, end: number): number {
  const stop = end < bytes.length ? end : bytes.length;
  for (let at = start + ADDRESS_HEAD - 1; at < stop; ) {
    const kind = KINDS[bytes[at] as number];
    if (kind === DOT) {
      const address = addressBefore(bytes, start, at);
      if (address >= 0) return address;
      at += ADDRESS_HEAD;
    } else if (kind === COLON) at += 3;
    else if (kind === HEX) at += bytes[at + 1] === 0x2e ? 1 : 2;
    else at += ADDRESS_HEAD;
  }
  return -1;
}

function addressBefore(bytes: Uint8Array, start: number, point: number): number {
  if (bytes[point - 3] !== 0x3a || bytes[point - 6] !== 0x3a) return -1;
  if (!isHexAt(bytes, point - 1) || !isHexAt(bytes, point - 2)) return -1;
  if (!isHexAt(bytes, point - 4) || !isHexAt(bytes, point - 5)) return -1;
  const colon = point - 6;
  let at = colon;
  while (at > start && isHexAt(bytes, at - 1)) at--;
  return colon - at >= 4 ? at : -1;
}

function isHexAt(bytes: Uint8Array, at: number): boolean {
  return KINDS[bytes[at] as number] === HEX;
}
