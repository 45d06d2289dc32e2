/**
 * What Intel's `p2p-distance` prints of two devices: their ids, and every bridge on the way up.
 *
 *     ===== 0000:03:00.0 -> 0000:23:00.0 =====
 *     PCIe path:
 *       (no common upstream bridge -- path crosses the root complex)
 *       provider side:
 *         0000:03:00.0 (8086:e223)
 *         0000:02:01.0 (8086:e2f0)  [ACS redirect ON: blocks direct P2P]
 *     map_type = PCI_P2PDMA_MAP_THRU_HOST_BRIDGE
 */
import { type Bdf, formatBdf, parseBdf } from '../../uapi/index.ts';
import { starts, startsWithAny } from '../byte-words.ts';
import type { CapturePart, PartFunction, ToolWords } from '../capture-part.ts';
import { ABSENT, known } from '../fact.ts';
import { lineForm, lineText, type TextLine } from '../line-form.ts';
import type { PassageForm } from '../passage-form.ts';

const ADDRESS = String.raw`([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])`;
const HEAD = new RegExp(`^=+ ${ADDRESS} -> ${ADDRESS} =+$`, 'i');
const STEP = new RegExp(String.raw`^${ADDRESS} \(([0-9a-f]{4}):([0-9a-f]{4})\)(?:\s+\[.*\])?$`, 'i');
/** How its other lines begin, and those that stand behind a line of another kind. */
const WORDS = ['distance', 'provider', 'client'];
const WORDS_TABLE = starts(WORDS);
const ALONE = ['map_type = PCI_P2PDMA_', '(no common upstream bridge', 'ACS redirect is enabled on: '];
const ALONE_TABLE = starts(ALONE);

/** Pairs of that tool, each with its way. */
export const P2P_DISTANCE_FORM: PassageForm = lineForm({
  kind: 'peer-distance',
  firstCharacters: '=0123456789abcdefABCDEFmdpc(A',
  starts: ['=', ...'0123456789abcdefABCDEF', ...WORDS, ...ALONE],
  claims: (bytes, start, end, inside) => {
    if (end - start > 200) return false;
    if (bytes[start] === EQUALS) return HEAD.test(lineText(bytes, start, end).trimEnd());
    if (startsWithAny(bytes, start, ALONE_TABLE)) return true;
    if (inside && startsWithAny(bytes, start, WORDS_TABLE)) return true;
    return bytes[start + 13] === PARENTHESIS && STEP.test(lineText(bytes, start, end).trimEnd());
  },
  gap: 4,
  read: readPairs,
});

const BRIDGE = known(0x060400, { inferredFrom: 'standing above another' });
const EQUALS = 0x3d;
const PARENTHESIS = 0x28;

function readPairs(lines: readonly TextLine[], source: string): CapturePart | undefined {
  const functions = new Map<Bdf, PartFunction>();
  const toolWords: ToolWords[] = [];
  let pair: readonly string[] | undefined;
  let below: Bdf | undefined;
  let apart = false;
  const end = (): void => {
    // Without a common bridge both ways go up to a root bus.
    const top = below === undefined ? undefined : functions.get(below);
    if (apart && top !== undefined) functions.set(top.bdf, { ...top, parent: ABSENT });
    below = undefined;
  };
  for (const { text, line } of lines) {
    const head = HEAD.exec(text);
    const [, address = '', vendor = '', device = ''] = STEP.exec(text) ?? [];
    const bdf = parseBdf(address.toLowerCase());
    if (head !== null || /^(?:provider|client) side:/.test(text)) end();
    if (head !== null) {
      pair = [head[1] ?? '', head[2] ?? ''];
      apart = false;
    }
    if (text.startsWith('(no common')) apart = true;
    if (bdf !== undefined) {
      const under = below === undefined ? undefined : functions.get(below);
      if (under !== undefined) functions.set(under.bdf, { ...under, parent: known(bdf, { line }) });
      const ids = { vendor: known(Number.parseInt(vendor, 16)), device: known(Number.parseInt(device, 16)) };
      const bridge = under === undefined ? {} : { classCode: BRIDGE };
      functions.set(bdf, { bdf, line, ...ids, ...functions.get(bdf), ...bridge });
      below = bdf;
    } else if (/^(?:map_type|distance) +=/.test(text) && pair !== undefined) {
      toolWords.push({ devices: pair, text, line });
    } else if (/^(?:ACS redirect|map_type)/.test(text)) end();
  }
  end();
  const first = lines[0];
  if (first === undefined || functions.size === 0) return undefined;
  return {
    origin: { source, passage: 'peer-distance', line: first.line, lastLine: lines.at(-1)?.line ?? first.line },
    functions: [...functions.values()],
    toolWords: toolWords.map((words) => ({ ...words, devices: words.devices.map(addressOf) })),
    findings: [],
  };
}

function addressOf(text: string): string {
  const bdf = parseBdf(text.toLowerCase());
  return bdf === undefined ? text : formatBdf(bdf);
}
