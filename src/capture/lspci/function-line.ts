/** The line that starts a function: `0000:c1:00.0 VGA compatible controller: …`. */
import { type Bdf, makeBdf } from '../../uapi/index.ts';
import { readDigits, skipHexDigits, textOf } from './byte-text.ts';
import { withoutMarks } from './paste-cleanup.ts';

/** An address, and where what stands behind it begins. */
export interface FunctionLine {
  readonly bdf: Bdf;
  /** The bridge above, which `lspci -PP` prints; undefined where it does not print one. */
  readonly parent: Bdf | undefined;
  readonly titleStart: number;
}

const COLON = 0x3a;
const DOT = 0x2e;
const SLASH = 0x2f;
const SPACE = 0x20;
const TAB = 0x09;
/** `3a:00.0` */
const ADDRESS_LENGTH = 7;

/** Reads a line that may start a function, with the marks that forums and editors put around and into it. */
export function titleLine(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly line: FunctionLine; readonly title: string } | undefined {
  const plain = parseFunctionLine(bytes, start, end);
  if (plain !== undefined) {
    const title = textOf(bytes, plain.titleStart, end);
    return { line: plain, title: /\[\/|\*\*|<\//.test(title) ? withoutMarks(title) : title };
  }
  if (!MARK_STARTS.includes(bytes[start] as number)) return undefined;
  const text = withoutMarks(textOf(bytes, start, end));
  const codes = Uint8Array.from(text, (character) => character.charCodeAt(0) & 0xff);
  const line = parseFunctionLine(codes, 0, codes.length);
  return line && { line, title: text.slice(line.titleStart) };
}

/** `[` of BBCode, `<` of HTML, `*` and `-` of Markdown. */
const MARK_STARTS: readonly number[] = [0x5b, 0x3c, 0x2a, 0x2d];

/**
 * Reads the clean line `[start, end)` of `bytes`; undefined when it does not start with the address of a function.
 * Domains have four digits or more (VMD: 10000 and up); without one it is domain 0. `lspci -PP` prints the way from the
 * root bus: `0000:00:01.0/01:00.0/02:00.0`.
 */
export function parseFunctionLine(bytes: Uint8Array, start: number, end: number): FunctionLine | undefined {
  const domainEnd = skipHexDigits(bytes, start);
  const hasDomain = domainEnd - start >= 4 && domainEnd - start <= 8 && bytes[domainEnd] === COLON;
  const domain = hasDomain ? readDigits(bytes, start, domainEnd, 16) : 0;
  let at = hasDomain ? domainEnd + 1 : start;
  let parent: Bdf | undefined;
  let bdf = readAddress(bytes, at, domain);
  while (bdf !== undefined && bytes[at + ADDRESS_LENGTH] === SLASH) {
    at += ADDRESS_LENGTH + 1;
    parent = bdf;
    bdf = readAddress(bytes, at, domain);
  }
  at += ADDRESS_LENGTH;
  if (bdf === undefined || (bytes[at] !== SPACE && bytes[at] !== TAB)) return undefined;
  while (bytes[at] === SPACE || bytes[at] === TAB) at++;
  return at < end ? { bdf, parent, titleStart: at } : undefined;
}

/** `bb:dd.f` at `at`. */
function readAddress(bytes: Uint8Array, at: number, domain: number): Bdf | undefined {
  if (skipHexDigits(bytes, at) !== at + 2 || bytes[at + 2] !== COLON) return undefined;
  if (skipHexDigits(bytes, at + 3) !== at + 5 || bytes[at + 5] !== DOT) return undefined;
  const device = readDigits(bytes, at + 3, at + 5, 16);
  const fn = readDigits(bytes, at + 6, at + 7, 16);
  return device > 31 || fn > 7 ? undefined : makeBdf(domain, readDigits(bytes, at, at + 2, 16), device * 8 + fn);
}
