/** Lists that name devices beside their addresses, by many tools: each kind of line is told by itself. */

import { starts, startsWithAny } from '../byte-words.ts';
import type { CapturePart } from '../capture-part.ts';
import { lineForm, lineText, type TextLine } from '../line-form.ts';
import type { PassageForm } from '../passage-form.ts';
import { functionOfDraft, ListDraft } from './device-draft.ts';
import { GPU_LINES } from './gpu-lines.ts';
import { INVENTORY_LINES } from './inventory-lines.ts';
import { beginsLike, type ListLine } from './list-line.ts';
import { NETWORK_LINES } from './network-lines.ts';

const KINDS: readonly ListLine[] = [...GPU_LINES, ...NETWORK_LINES, ...INVENTORY_LINES];
const TEXTS = [...new Set(KINDS.flatMap(({ starts: texts }) => texts))];
const STARTS = starts(TEXTS);
const HEX_DIGITS = '0123456789abcdef';
const FIRST_CHARACTERS = [...new Set([...TEXTS.map((text) => text.charAt(0)), ...HEX_DIGITS])].join('');
const MOST_LENGTH = 400;

/** Lines that name a device, and those with which such lists tell more of it. */
export const DEVICE_LIST_FORM: PassageForm = lineForm({
  kind: 'device-list',
  firstCharacters: FIRST_CHARACTERS,
  starts: [...TEXTS, ...HEX_DIGITS],
  claims: (bytes, start, end) => {
    if (end - start > MOST_LENGTH) return false;
    if (!startsWithAny(bytes, start, STARTS) && !isClosedRow(bytes, start, end)) return false;
    const text = lineText(bytes, start, end).trimEnd();
    return KINDS.some((kind) => beginsLike(kind, text) && kind.pattern.test(text));
  },
  // Sections of lshw and nvidia-smi have lines that tell nothing of a machine.
  gap: 400,
  read: readList,
});

const CLOSES = [0x29, 0x7c];

/** Begins with a digit, and ends with `)` or `|`: dumps and titles of lspci do not. */
function isClosedRow(bytes: Uint8Array, start: number, end: number): boolean {
  let last = end - 1;
  while (last > start && (bytes[last] === 0x0d || bytes[last] === 0x20)) last--;
  return CLOSES.includes(bytes[last] ?? 0) && HEX_DIGITS.includes(String.fromCharCode(bytes[start] ?? 0));
}

function readList(lines: readonly TextLine[], source: string): CapturePart | undefined {
  const draft = new ListDraft();
  // sos keeps the output of a command in a file of its name.
  draft.pending = /ethtool_-i_(\w[\w.-]*)$/.exec(source)?.[1];
  for (const { text, line } of lines) {
    for (const kind of KINDS) {
      const match = beginsLike(kind, text) ? kind.pattern.exec(text) : null;
      if (match !== null) kind.read(match, draft, line);
    }
  }
  draft.numberListed();
  const functions = [...draft.devices.values()].map(functionOfDraft);
  const { labels, toolWords, nameless } = draft;
  const first = lines[0];
  if (first === undefined || functions.length + toolWords.length + nameless === 0) return undefined;
  const told = `names ${nameless} GPU${nameless === 1 ? '' : 's'} without addresses, which nvidia-smi -q tells`;
  return {
    origin: { source, passage: 'device-list', line: first.line, lastLine: lines.at(-1)?.line ?? first.line },
    ...(functions.length === 0 ? {} : { functions }),
    ...(labels.length === 0 ? {} : { labels }),
    ...(toolWords.length === 0 ? {} : { toolWords }),
    ...(nameless === 0 || functions.length > 0 ? {} : { told }),
    findings: [],
  };
}
