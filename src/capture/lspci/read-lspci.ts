/** The reader for lspci output: hex dumps, text, and both in one, as lspci prints them and as people paste them. */
import { assert } from '../../base/index.ts';
import type { CapturePart, MachineCapture } from '../capture-part.ts';
import { joinParts } from '../join/index.ts';
import { buildFunction } from './build-function.ts';
import { withoutCutColumns } from './cut-columns.ts';
import { withWholeWords } from './cut-ends.ts';
import { dumpContext } from './dump-context.ts';
import type { FindingLog } from './finding-log.ts';
import type { FunctionTitle } from './function-title.ts';
import { judgeTexts } from './line-loss.ts';
import { hasWaysWithoutBuses, withoutMachineForms } from './machine-readable.ts';
import { machineRuns } from './machine-runs.ts';
import { withOwnBytes } from './own-bytes.ts';
import {
  isFunction,
  joinMentions,
  type ParsedFunction,
  parseFunction,
  titleOnly,
  withoutCapabilities,
} from './parsed-function.ts';
import { scanLines } from './scan-lines.ts';
import type { NumberedText } from './scanned-function.ts';
import { besideSiblings } from './siblings.ts';
import { treePart } from './tree-part.ts';

/** The machine of a text that is lspci output and nothing else; see `lspciParts`. Of several machines the first. */
export function readLspci(bytes: Uint8Array, name: string): MachineCapture {
  const parts = lspciParts([{ bytes, firstLine: 1 }], name);
  const [first, ...others] = parts.filter(({ origin }) => origin.passage === 'lspci');
  const trees = parts.filter(({ origin }) => origin.passage === 'lspci-tree');
  const text = first === undefined || others.length === 0 ? first : withOthers(first, others);
  const capture = joinParts(text === undefined ? trees : [text, ...trees]);
  assert(capture.ok, 'one text contradicts nothing');
  return capture.value;
}

/**
 * Reads lspci output with any of `-x`, `-xxx`, `-xxxx`, `-v`, `-vv`, `-vvv`, `-n`, `-nn`, `-k`, `-D`, `-b`, `-mm`, `-vmm`, `-PP`, of
 * pciutils 3.2 ... 3.14, with any other text around it. Registers that the text prints in words are put back where
 * they stand in config space, with the bits known that were printed.
 *
 * Never throws: what is damaged becomes a finding with its line.
 * @param texts stretches of one source, of which none goes on in the next
 * @param source what to call the source in messages
 * @returns a part for each machine that the texts list, and one for the trees of a single one; one without functions where there is none
 */
export function lspciParts(texts: readonly NumberedText[], source: string): readonly CapturePart[] {
  let columnsCut = false;
  const plain = texts.map(({ bytes, firstLine }) => {
    const words = withWholeWords(withoutMachineForms(bytes));
    columnsCut ||= words.cut;
    return { bytes: words.bytes, firstLine };
  });
  const { functions: scanned, findings, drawn } = scanLines(plain);
  const titles = new Map<string, FunctionTitle>();
  const mentions = scanned
    .map((fn) => parseFunction(fn, titles))
    .filter(isFunction)
    .map((fn) => withOwnBytes(fn, findings));
  if (plain.some(({ bytes }) => hasWaysWithoutBuses(bytes))) {
    const text =
      'lspci -P tells no bus numbers of functions behind bridges, so they are left out: run lspci -PP, better lspci -vvv';
    findings.add({ code: 'ways-without-buses', severity: 'damaged', where: source, text });
  }
  if (mentions.length === 0 && drawn.size === 0) {
    const text = 'there is no line of lspci in it that starts a function, like "00:02.0 PCI bridge: ..."';
    findings.add({ code: 'no-functions', severity: 'damaged', where: source, text });
  }
  const [first = [], ...others] = machineRuns(judged(mentions, columnsCut, findings));
  // Of several machines nobody knows whose tree it is.
  const trees = others.length === 0 && drawn.size > 0 ? [treePart(drawn.values(), source)] : [];
  if (first.length === 0 && trees.length > 0) return trees.map((tree) => ({ ...tree, findings: findings.all() }));
  const machines = [first, ...others].map(
    (each): CapturePart => ({
      ...machinePart(each, columnsCut, findings),
      origin: { source, passage: 'lspci', line: each[0]?.line ?? texts[0]?.firstLine },
      findings: each === first ? findings.all() : [],
    }),
  );
  return [...machines, ...trees];
}

/** What the mentions of one machine tell. */
function machinePart(
  mentions: readonly ParsedFunction[],
  columnsCut: boolean,
  findings: FindingLog,
): Omit<CapturePart, 'origin' | 'findings'> {
  const functions = withoutCutColumns(besideSiblings(joinMentions(mentions, findings)), columnsCut);
  const byBdf = new Map(functions.map((fn) => [fn.bdf, fn]));
  const context = dumpContext(functions, columnsCut);
  for (const fn of functions) noteFunction(fn, findings);
  return {
    sourceKind: functions.some(({ dump }) => dump !== undefined) ? 'lspci-hex' : 'lspci-text',
    functions: functions.map((fn) => buildFunction(fn, context, byBdf)),
  };
}

/** The first machine of a text, with a finding that names the others. */
function withOthers(first: CapturePart, others: readonly CapturePart[]): CapturePart {
  const findings = others.map(({ origin, functions = [] }) => ({
    code: 'other-machine',
    severity: 'damaged' as const,
    where: `line ${origin.line ?? 1}`,
    text: `${functions.length} functions are of another machine and left out: other devices stand at the same addresses`,
  }));
  return { ...first, findings: [...first.findings, ...findings] };
}

/** Lengths that lspci prints with `-x`, `-x` of a CardBus bridge, `-xxx` and `-xxxx`. */
const WHOLE_LENGTHS: ReadonlySet<number> = new Set([64, 128, 256, 4096]);

function noteFunction(fn: ParsedFunction, findings: FindingLog): void {
  const length = fn.dump?.bytes.length ?? 0;
  if (length > 0 && !WHOLE_LENGTHS.has(length)) {
    findings.addLine(fn.line, 'damaged', 'config-cut', `the dump of the function ends after ${length} bytes`);
  }
  const { leftOut, cut, titleLost, capabilities } = fn.text;
  if (!(leftOut || titleLost || (cut && capabilities.length > 0)) || fn.dumpIsWhole) return;
  const text = titleLost
    ? 'lines of another function follow, whose title is missing; they are left alone'
    : leftOut
      ? 'lines of the function were left out'
      : 'the input ends without a line end; it may be cut off';
  findings.addLine(
    fn.line,
    'notice',
    titleLost ? 'title-lost' : 'text-cut',
    `${text}; which capabilities follow is not known`,
  );
}

/** The mentions with what their texts are worth; of a dubious one only the title is left. */
function judged(mentions: readonly ParsedFunction[], columnsCut: boolean, findings: FindingLog): ParsedFunction[] {
  const worths = judgeTexts(mentions, columnsCut);
  return mentions.map((fn) => {
    const worth = worths.get(fn);
    if (worth === 'whole') return { ...fn, textIsWhole: true, headIsWhole: true };
    if (worth === 'head') return { ...fn, headIsWhole: true };
    if (worth === 'torn') return { ...fn, regionsLost: true };
    if (worth === undefined || worth === 'partial') return fn;
    const text =
      'lines are missing that lspci always prints, and those below may be of another function: they are not used';
    findings.addLine(fn.line, 'damaged', 'lines-lost', text);
    return worth === 'dubious' ? titleOnly(fn) : withoutCapabilities(fn);
  });
}
