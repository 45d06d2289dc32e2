/**
 * Are lines of the text missing? What a text does not say is "not there" only where all of it was printed: people
 * filter (`grep -E '^[0-9a-f]|ACSC'`), cut, and shorten by hand.
 *
 * What a filter or a hand leaves is as lspci printed it. Where some functions are whole and others lack lines, or a
 * title is missing for certain, a part of the text was lost, and what stands below a title may be the rest of another
 * function: that is not used.
 */
import { PCI_CAP_ID_EXP, PCI_EXP_TYPE_RC_END, PCI_EXT_CAP_START } from '../../uapi/index.ts';
import { expressType } from './express-type.ts';
import type { PrintedCapability } from './function-text.ts';
import type { ParsedFunction } from './parsed-function.ts';

/** What shows that lines are missing. */
type Sign =
  | 'kind'
  | 'control'
  | 'status'
  | 'bus'
  | 'bridge-control'
  | 'details'
  | 'list'
  | 'loose'
  | 'title'
  | 'end'
  | 'empty';

/** Signs that say nothing of what stands above them. */
const AT_THE_END: ReadonlySet<Sign> = new Set(['title', 'end', 'empty']);
/** Signs of a loss right below the title: nothing of the text need be of this function. */
const AT_THE_START: ReadonlySet<Sign> = new Set(['kind', 'control', 'status', 'bus']);

/**
 * What is made of the text of one function: all that lspci prints is there; what is there counts; its capabilities
 * may be those of another function; all of it may be.
 */
export type TextWorth = 'whole' | 'partial' | 'dubious-end' | 'dubious';

/** Judges the text of each function of one input. */
export function judgeTexts(functions: readonly ParsedFunction[]): ReadonlyMap<ParsedFunction, TextWorth> {
  const worths = new Map<ParsedFunction, TextWorth>();
  const styles = new Map<string, ParsedFunction[]>();
  for (const fn of functions) {
    if (!hasText(fn)) continue;
    const style = `${fn.column} ${fn.text.detail === 'v'}`;
    const members = styles.get(style);
    if (members === undefined) styles.set(style, [fn]);
    else members.push(fn);
  }
  for (const members of styles.values()) judgeStyle(members, worths);
  return worths;
}

/** Functions that were printed alike: with the same detail, below titles in the same column. */
function judgeStyle(members: readonly ParsedFunction[], worths: Map<ParsedFunction, TextWorth>): void {
  const found = members.map((fn) => ({ fn, signs: signsOf(fn) }));
  const printed = found.filter(({ fn }) => !fn.text.leftOut);
  const signed = printed.filter(({ signs }) => signs.some((sign) => !AT_THE_END.has(sign)));
  const rich = printed.some(({ fn, signs }) => signs.length === 0 && fn.text.capabilities.some(hasManyLines));
  const lost = printed.some(({ fn }) => fn.text.titleLost) || (signed.length > 0 && rich);
  // Some functions have an empty list, so that this sign says nothing of the others.
  const complete = printed.every(({ signs }) => signs.every((sign) => sign === 'empty'));
  for (const { fn, signs } of found) {
    const { leftOut, ended, accessDenied } = fn.text;
    const inside = signs.filter((sign) => !AT_THE_END.has(sign));
    if (signs.includes('kind') || (lost && !leftOut && inside.length > 0)) {
      worths.set(fn, inside.some((sign) => AT_THE_START.has(sign)) ? 'dubious' : 'dubious-end');
    } else if (complete && signs.length === 0 && ended && !leftOut && !accessDenied) worths.set(fn, 'whole');
    else worths.set(fn, 'partial');
  }
}

function hasText({ text, dumpIsWhole }: ParsedFunction): boolean {
  if (dumpIsWhole) return false;
  const { detail, values, capabilities, loose, regions, windows } = text;
  return (
    detail !== 'none' ||
    values.has('Status') ||
    values.has('Bus') ||
    capabilities.length + loose.length + regions.length + windows.length > 0
  );
}

function signsOf({ title, text, runsOn }: ParsedFunction): Sign[] {
  const { values, capabilities, loose, detail } = text;
  const extended = capabilities.filter(({ offset }) => offset >= PCI_EXT_CAP_START);
  const isGone = values.has('Unknown header type');
  const inWords = detail !== 'v' && !isGone;
  const signs: readonly (readonly [Sign, boolean])[] = [
    ['kind', isOfAnotherKind(title.classCode, text)],
    ['title', text.titleLost],
    ['end', runsOn && !text.ended],
    ['bus', title.classCode === 0x0604 && !values.has('Bus') && !isGone],
    ['list', isOutOfOrder(capabilities, extended)],
    ['loose', loose.length > 0],
    ['control', inWords && !values.has('Control')],
    ['status', inWords && !/\bCap[+-]/.test(values.get('Status') ?? '')],
    ['list', /\bCap-/.test(values.get('Status') ?? '') && capabilities.length > 0],
    ['empty', /\bCap\+/.test(values.get('Status') ?? '') && capabilities.length === 0 && !text.accessDenied],
    ['bridge-control', inWords && values.has('Bus') && !values.has('BridgeCtl')],
    ['details', inWords && capabilities.some(lacksLines)],
  ];
  return signs.flatMap(([sign, seen]) => (seen ? [sign] : []));
}

/** Lines that only functions of another class have: the end of one function below the beginning of another. */
function isOfAnotherKind(classCode: number | undefined, { values, capabilities }: ParsedFunction['text']): boolean {
  if (classCode === undefined) return false;
  const mayHaveBus = classCode >> 8 === 0x06 && !NO_BUS_BEHIND.has(classCode);
  const isStorage = classCode >> 8 === 0x01;
  return (
    (values.has('Bus') && !mayHaveBus) || (!isStorage && capabilities.some(({ title }) => title.startsWith('SATA HBA')))
  );
}

/** Bridges to what is not PCI: host, ISA, EISA, MicroChannel. */
const NO_BUS_BEHIND: ReadonlySet<number> = new Set([0x0600, 0x0601, 0x0602, 0x0603]);

/** The extended list starts at 0x100, behind the other; no offset comes twice. */
function isOutOfOrder(all: readonly PrintedCapability[], extended: readonly PrintedCapability[]): boolean {
  if (new Set(all.map(({ offset }) => offset)).size < all.length) return true;
  if (extended.length === 0) return false;
  return extended[0]?.offset !== PCI_EXT_CAP_START || all.indexOf(extended[0]) !== all.length - extended.length;
}

/** First words of the lines that PCI Express and the capabilities with two registers always have. */
const WORDS: readonly (readonly [title: RegExp, words: readonly string[]])[] = [
  [/^Access Control Services/, ['ACSCap', 'ACSCtl']],
  [/^Alternative Routing/, ['ARICap', 'ARICtl']],
  [/^Address Translation/, ['ATSCap', 'ATSCtl']],
  [/^Page Request/, ['PRICtl', 'PRISta']],
  [/^Process Address Space/, ['PASIDCap', 'PASIDCtl']],
  [/^Single Root/, ['IOVCap', 'IOVCtl', 'IOVSta']],
  [/^Express /, ['DevCap', 'DevCtl', 'DevSta']],
];
const LINK_WORDS = ['LnkCap', 'LnkCtl', 'LnkSta'];

/** How many lines other capabilities have at least. */
const LINES: readonly (readonly [title: RegExp, lines: number])[] = [
  [/^Power Management/, 2],
  [/^MSI:/, 1],
  [/^MSI-X:/, 2],
  [/^Advanced Error Reporting/, 5],
];

function hasManyLines(capability: PrintedCapability): boolean {
  return leastLines(capability) > 1;
}

function leastLines({ title }: PrintedCapability): number {
  if (/[<]/.test(title)) return 0;
  const words = WORDS.find(([start]) => start.test(title))?.[1].length;
  return words ?? LINES.find(([start]) => start.test(title))?.[1] ?? 0;
}

function lacksLines(capability: PrintedCapability): boolean {
  const { id, title, lines, lineCount, offset } = capability;
  if (lineCount < leastLines(capability)) return true;
  const words = WORDS.find(([start]) => start.test(title))?.[1];
  if (words === undefined) return false;
  const wanted =
    id === PCI_CAP_ID_EXP && offset < PCI_EXT_CAP_START && hasLink(title) ? [...words, ...LINK_WORDS] : words;
  return wanted.some((word) => !lines.some((line) => line.startsWith(`${word}:`)));
}

function hasLink(title: string): boolean {
  return (expressType(title) ?? PCI_EXP_TYPE_RC_END) < PCI_EXP_TYPE_RC_END;
}
