/** How lines of lspci are told from others. */
import type { Lines, PassageForm, PassageReader } from '../passage-form.ts';
import { skipHexDigits, startsWith } from './byte-text.ts';
import { cleanLine, isPlain } from './clean-line.ts';
import { parseFunctionLine, titleLine } from './function-line.ts';
import { hexDigit } from './hex-line.ts';
import { isTreeMark } from './line-kind.ts';
import { lspciParts } from './read-lspci.ts';
import type { NumberedText } from './scanned-function.ts';

const LF = 0x0a;
const COLON = 0x3a;
const SPACE = 0x20;
const BRACKET = 0x5b;
/** Longer than a domain, a bus, a device and what ends them. */
const ADDRESS_WIDTH = 24;
const HEX_DIGITS = '0123456789abcdefABCDEF';

/**
 * Lines that begin with an address, and in an lspci passage all that no other form claims: what is printed below an
 * address has no form of its own once mail and forums had it.
 */
export const LSPCI_FORM: PassageForm = {
  kind: 'lspci',
  // Records of -vmm, trees, and marks that hide an address: backticks, escapes, characters beyond ASCII.
  firstCharacters: `${HEX_DIGITS}SD-+\\\`[*<\u001b&\u0080`,
  claims: isLspciLine,
  isSurely: isByteRow,
  others: 'kept',
  open: (source) => new LspciReader(source),
};

function isLspciLine(bytes: Uint8Array, start: number, end: number, inside: boolean): boolean {
  if (inside && isHexRow(bytes, start)) return true;
  if (startsWith(bytes, start, 'Slot:') || startsWith(bytes, start, 'Device:')) return true;
  const from = bytes[start] === 0x60 ? start + 1 : start;
  // What is plain at its start is no address, whatever marks stand behind.
  if (hexDigit(bytes[from]) < 16 && isPlain(bytes, from, Math.min(end, from + ADDRESS_WIDTH))) {
    if (parseFunctionLine(bytes, from, end) === undefined) return false;
  }
  if (isPlain(bytes, from, end)) return titleLine(bytes, from, end) !== undefined || isTreeRoot(bytes, start);
  const clean = cleanLine(bytes, from, end);
  return titleLine(clean, 0, clean.length) !== undefined;
}

/** `-[0000:00]-`, `-+-[0000:00]-`, and where a drawing begins in its middle `+-[0000:00]-`. */
function isTreeRoot(bytes: Uint8Array, start: number): boolean {
  let at = start;
  while (at < start + 3 && isTreeMark(bytes[at] as number)) at++;
  if (bytes[at] !== BRACKET || at === start) return false;
  const digits = skipHexDigits(bytes, at + 1);
  const end = bytes[digits] === COLON ? skipHexDigits(bytes, digits + 1) : digits;
  return end >= at + 3 && bytes[end] === BRACKET + 2 && bytes[end + 1] === 0x2d;
}

function isHexRow(bytes: Uint8Array, start: number): boolean {
  let at = start;
  while (hexDigit(bytes[at]) < 16) at++;
  return at >= start + 2 && at <= start + 3 && bytes[at] === COLON && hexDigit(bytes[at + 2]) < 16;
}

/** `1f0: 00 …`, and no address. */
function isByteRow(bytes: Uint8Array, start: number): boolean {
  const colon = bytes[start + 2] === COLON ? start + 2 : start + 3;
  return bytes[colon] === COLON && bytes[colon + 1] === SPACE && isHexRow(bytes, start);
}

class LspciReader implements PassageReader {
  readonly #source: string;
  readonly #texts: NumberedText[] = [];

  constructor(source: string) {
    this.#source = source;
  }

  take({ bytes, start, end, firstLine }: Lines): void {
    this.#texts.push({ bytes: bytes.slice(start, end), firstLine });
  }

  finish() {
    const parts = lspciParts(rejoined(this.#texts), this.#source);
    const [part] = parts;
    return part?.functions?.length === 0 ? [] : parts;
  }
}

/** Texts that follow each other without a line between were cut where a piece of the source ended, within a function. */
function rejoined(texts: readonly NumberedText[]): NumberedText[] {
  const runs: { readonly firstLine: number; readonly pieces: Uint8Array[]; next: number }[] = [];
  for (const { bytes, firstLine } of texts) {
    const last = runs.at(-1);
    const next = firstLine + lineCount(bytes);
    if (last?.next !== firstLine) runs.push({ firstLine, pieces: [bytes], next });
    else {
      last.pieces.push(bytes);
      last.next = next;
    }
  }
  return runs.map(({ firstLine, pieces }) => ({ firstLine, bytes: concatenated(pieces) }));
}

function lineCount(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) count++;
  return count;
}

function concatenated(pieces: readonly Uint8Array[]): Uint8Array {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return only;
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
