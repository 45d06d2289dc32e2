/** `/proc/iomem` in a text. */
import type { CapturePart } from '../capture-part.ts';
import { known, unreadable } from '../fact.ts';
import { lineForm, type TextLine } from '../line-form.ts';
import type { PassageForm } from '../passage-form.ts';
import { hidesAddresses, parseIomemLine } from './parse-iomem.ts';

const DASH = 0x2d;
const SPACE = 0x20;
const COLON = 0x3a;

/** `e0000000-efffffff : PCI MMCONFIG 0000 [bus 00-ff]`. */
export const IOMEM_FORM: PassageForm = lineForm({
  kind: 'iomem',
  firstCharacters: '0123456789abcdef',
  claims: (bytes, start, end) => {
    const dash = skipHex(bytes, start);
    if (dash - start < 8 || dash - start > 16 || bytes[dash] !== DASH) return false;
    const last = skipHex(bytes, dash + 1);
    return last - dash - 1 === dash - start && bytes[last] === SPACE && bytes[last + 1] === COLON && last + 3 < end;
  },
  gap: 2,
  read: readIomemLines,
});

function skipHex(bytes: Uint8Array, from: number): number {
  let at = from;
  for (
    let byte = bytes[at] ?? 0;
    (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66);
    byte = bytes[at] ?? 0
  )
    at++;
  return at;
}

/** Whole maps only: a few lines do not tell what else is there. */
const FEWEST_LINES = 4;

function readIomemLines(lines: readonly TextLine[], source: string): CapturePart | undefined {
  const margin = Math.min(...lines.map(({ indent }) => indent));
  const entries = lines.flatMap(({ text, indent }) => parseIomemLine(`${' '.repeat(indent - margin)}${text}`) ?? []);
  const first = lines[0];
  if (first === undefined || entries.length < FEWEST_LINES) return undefined;
  const hidden = hidesAddresses(entries);
  const iomem = hidden ? unreadable('the addresses in /proc/iomem read 0: not read as root') : known(entries);
  return { origin: { source, passage: 'iomem', line: first.line }, iomem, findings: [] };
}
