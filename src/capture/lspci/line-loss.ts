/**
 * Are lines of the text missing? What a text does not say is "not there" only where all of it was printed: people
 * filter (`grep -E '^[0-9a-f]|ACSC'`), cut, and shorten by hand.
 *
 * What a filter or a hand leaves is as lspci printed it. Where some functions are whole and others lack lines, or a
 * title is missing for certain, a part of the text was lost, and what stands below a title may be the rest of another
 * function: that is not used.
 */
import {
  type Bdf,
  bdfBus,
  bdfDevfn,
  PCI_BASE_ADDRESS_SPACE_IO,
  PCI_EXP_TYPE_DOWNSTREAM,
  PCI_EXP_TYPE_ENDPOINT,
  PCI_EXP_TYPE_LEG_END,
  PCI_EXP_TYPE_RC_END,
  PCI_EXP_TYPE_ROOT_PORT,
  PCI_EXP_TYPE_UPSTREAM,
  PCI_EXT_CAP_START,
} from '../../uapi/index.ts';
import { hasLinesOfAnother, hasManyLines, lacksLines } from './capability-lines.ts';
import { expressType } from './express-type.ts';
import type { ParsedFunction } from './parsed-function.ts';
import type { PrintedCapability } from './printed-text.ts';

/** What shows that lines are missing. */
type Sign =
  | 'kind'
  | 'foreign'
  | 'control'
  | 'status'
  | 'bus'
  | 'bridge-control'
  | 'details'
  | 'misplaced'
  | 'latency'
  | 'primary'
  | 'type'
  | 'list'
  | 'loose'
  | 'title'
  | 'end'
  | 'empty'
  | 'columns'
  | 'broken';

/** Signs that say nothing of what stands above them. */
const AT_THE_END: ReadonlySet<Sign> = new Set(['title', 'end', 'empty', 'columns', 'broken']);
/** Signs that say nothing of other functions: some have an empty list. */
const TELLS_OF_ONE: ReadonlySet<Sign> = new Set(['empty', 'broken']);
/** Lines that the function cannot have. */
const OF_ANOTHER: ReadonlySet<Sign> = new Set(['kind', 'foreign', 'type']);
/** Signs of a loss right below the title: nothing of the text need be of this function. */
const AT_THE_START: ReadonlySet<Sign> = new Set(['kind', 'foreign', 'control', 'status', 'bus', 'latency', 'primary']);

/**
 * What is made of the text of one function: all that lspci prints is there; all above the capabilities is; what is there
 * counts; the same, and a region may be missing; its capabilities may be those of another function; all of it may be.
 */
export type TextWorth = 'whole' | 'head' | 'partial' | 'torn' | 'dubious-end' | 'dubious';

/** May lines of regions be missing: does nothing stand below them where they should be? */
export function mayLackRegions(fn: ParsedFunction): boolean {
  const { regions, windows, capabilities, ended, values } = fn.text;
  if (fn.textIsWhole || regions.length + windows.length + capabilities.length > 0) return false;
  return !ended || signsOf(fn).some((sign) => sign === 'empty' || AT_THE_START.has(sign)) || values.size === 0;
}

/**
 * Judges the text of each function of one input.
 * @param columnsCut lines end where something cut them
 */
export function judgeTexts(
  functions: readonly ParsedFunction[],
  columnsCut: boolean,
): ReadonlyMap<ParsedFunction, TextWorth> {
  const worths = new Map<ParsedFunction, TextWorth>();
  const styles = new Map<string, ParsedFunction[]>();
  for (const fn of functions) {
    if (!hasText(fn)) continue;
    const style = `${fn.column} ${fn.text.detail === 'v'}`;
    const members = styles.get(style);
    if (members === undefined) styles.set(style, [fn]);
    else members.push(fn);
  }
  for (const members of styles.values()) judgeStyle(members, columnsCut, worths);
  return worths;
}

/** Functions that were printed alike: with the same detail, below titles in the same column. */
function judgeStyle(
  members: readonly ParsedFunction[],
  columnsCut: boolean,
  worths: Map<ParsedFunction, TextWorth>,
): void {
  const found = members.map((fn) => ({ fn, signs: signsOf(fn) }));
  const printed = found.filter(({ fn }) => !fn.text.leftOut);
  const signed = printed.filter(({ signs }) => signs.some((sign) => !AT_THE_END.has(sign)));
  const rich = printed.some(
    ({ fn: { text }, signs }) => (signs.length === 0 && text.capabilities.some(hasManyLines)) || text.secondLines > 0,
  );
  const lost = printed.some(({ fn }) => fn.text.titleLost) || (signed.length > 0 && rich);
  // One function alone may have been added by hand.
  const scattered = signed.length > 1;
  const regionsMayLack = scattered && (lost || !hasRegionsOfBothKinds(members));
  // Other text may follow one function.
  const broken = members.filter((fn) => fn.broken).length > 1;
  const empty = printed.filter(({ signs }) => signs.includes('empty'));
  const rowsCut = endAlike(members) || MOST_OF_EMPTY * empty.length > printed.length;
  const complete =
    !columnsCut && !rowsCut && printed.every(({ signs }) => signs.every((sign) => TELLS_OF_ONE.has(sign))) && !broken;
  for (const { fn, signs } of found) {
    const { leftOut, ended, accessDenied } = fn.text;
    const inside = signs.filter((sign) => !AT_THE_END.has(sign));
    if (signs.some((sign) => OF_ANOTHER.has(sign)) || (lost && !leftOut && inside.length > 0)) {
      worths.set(fn, inside.some((sign) => AT_THE_START.has(sign)) ? 'dubious' : 'dubious-end');
      continue;
    }
    const intact = signs.length === 0 && ended && !leftOut && !columnsCut && !rowsCut;
    if (intact && complete && !accessDenied) worths.set(fn, 'whole');
    else if (intact && !scattered) worths.set(fn, 'head');
    else worths.set(fn, regionsMayLack || rowsCut ? 'torn' : 'partial');
  }
}

/** Were only so many lines of each function kept: have several of different kinds as many as the longest? */
function endAlike(members: readonly ParsedFunction[]): boolean {
  const most = members.reduce((highest, { lineCount }) => Math.max(highest, lineCount), 0);
  const longest = members.filter(({ lineCount }) => lineCount === most);
  return longest.length >= FEWEST_ALIKE && new Set(longest.map(({ title }) => title.classCode)).size > 1;
}

const FEWEST_ALIKE = 4;
/** Of so many functions at most one has an empty list of capabilities. */
const MOST_OF_EMPTY = 4;

/** A filter for lines of regions leaves those of memory and of I/O, one for memory only the former. */
function hasRegionsOfBothKinds(functions: readonly ParsedFunction[]): boolean {
  const io = functions.flatMap(({ text }) => text.regions).map(({ typeBits }) => typeBits & PCI_BASE_ADDRESS_SPACE_IO);
  return new Set(io).size > 1;
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

function signsOf(fn: ParsedFunction): Sign[] {
  const { bdf, title, text, runsOn, broken } = fn;
  const { values, capabilities, loose } = text;
  const extended = capabilities.filter(({ offset }) => offset >= PCI_EXT_CAP_START);
  // Where the input ends, its last capability, or what stands above all of them, may be cut.
  const finished = text.cut ? capabilities.slice(0, -1) : capabilities;
  const headIsCut = text.cut && capabilities.length === 0;
  const signs: readonly (readonly [Sign, boolean])[] = [
    ['kind', isOfAnotherKind(title.classCode, text)],
    ['title', text.titleLost],
    ['end', runsOn && !text.ended],
    ['broken', broken],
    ['list', isOutOfOrder(capabilities, extended)],
    ['list', extended.length > 0 && !capabilities.some(({ title }) => EXPRESS.test(title))],
    ['loose', loose.length > 0],
    ['foreign', /\bCap-/.test(values.get('Status') ?? '') && capabilities.length > 0],
    ['foreign', /\bBusMaster-/.test(values.get('Control') ?? '') && values.has('Latency')],
    ['details', isInWords(text) && finished.some(lacksLines)],
    ['misplaced', text.misplaced],
    ['primary', isOnAnotherBus(bdf, values.get('Bus'))],
    [
      'type',
      hasPartsOfAnotherType(title.classCode, text) || (bdfBus(bdf) > 0 && bdfDevfn(bdf) > 7 && isUpstream(text)),
    ],
    ...(headIsCut ? [] : headSigns(fn)),
  ];
  return signs.flatMap(([sign, seen]) => (seen ? [sign] : []));
}

/** Only functions with this capability have extended ones. Old releases of lspci print it by its number. */
const EXPRESS = /^(?:Express\b|#10\b)/;

/** What is missing above the capabilities. */
function headSigns({ title, text }: ParsedFunction): readonly (readonly [Sign, boolean])[] {
  const { values, capabilities } = text;
  const inWords = isInWords(text);
  const control = values.get('Control') ?? '';
  const status = values.get('Status') ?? '';
  return [
    ['bus', title.classCode === 0x0604 && !values.has('Bus') && !values.has('Unknown header type')],
    ['control', inWords && control === ''],
    ['status', inWords && !/\bCap[+-]/.test(status)],
    ['empty', /\bCap\+/.test(status) && capabilities.length === 0 && !text.accessDenied],
    ['bridge-control', inWords && values.has('Bus') && !(values.has('BridgeCtl') && values.has('Secondary status'))],
    ['columns', cutWidth(text) > 0],
    ['latency', inWords && control !== '' && /\bBusMaster\+/.test(control) !== values.has('Latency')],
  ];
}

/** Printed with more than `-v`, of a function that answers. */
function isInWords({ detail, values }: ParsedFunction['text']): boolean {
  return detail !== 'v' && !values.has('Unknown header type');
}

/** Lines that only functions of another class have: the end of one function below the beginning of another. */
function isOfAnotherKind(classCode: number | undefined, { values, capabilities }: ParsedFunction['text']): boolean {
  if (classCode === undefined) return false;
  const mayHaveBus = classCode >> 8 === 0x06 && !NO_BUS_BEHIND.has(classCode);
  // Placeholders of AMD's for functions that are switched off keep the capabilities of these.
  const maySata = classCode >> 8 === 0x01 || classCode >> 8 === 0x13;
  return (
    (values.has('Bus') && !mayHaveBus) || (!maySata && capabilities.some(({ title }) => title.startsWith('SATA HBA')))
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

/** Bridges tell the bus that they stand on. Firmware and virtual machines leave it at 0. */
function isOnAnotherBus(bdf: Bdf, buses: string | undefined): boolean {
  const primary = Number.parseInt(/\bprimary=([0-9a-f]{2})\b/i.exec(buses ?? '')?.[1] ?? '0', 16);
  return primary !== 0 && primary !== bdfBus(bdf);
}

/** Capabilities and lines of a port below an endpoint, those of an endpoint below a port. */
function hasPartsOfAnotherType(classCode: number | undefined, { capabilities }: ParsedFunction['text']): boolean {
  const express = capabilities.find(({ title }) => title.startsWith('Express '));
  const type = express && expressType(express.title);
  if (capabilities.some((capability) => hasLinesOfAnother(capability, type))) return true;
  const isBridge = classCode === 0x0604;
  const isPort = type !== undefined && PORT_TYPES.has(type);
  if (type !== undefined && isBridge && ENDPOINT_TYPES.has(type)) return true;
  // Root ports of Intel's that lead to the chipset are host bridges by their class.
  if (isPort && classCode !== undefined && classCode >> 8 !== 0x06) return true;
  return isBridge && isPort && capabilities.some(({ title }) => OF_ENDPOINTS.test(title));
}

/** A link leads to device 0. On bus 0, chipsets of Loongson's have bridges inside that call themselves so. */
function isUpstream({ capabilities }: ParsedFunction['text']): boolean {
  return capabilities.some(({ title }) => /^Express (?:\(v\d\) )?Upstream Port/.test(title));
}

const PORT_TYPES: ReadonlySet<number> = new Set([
  PCI_EXP_TYPE_ROOT_PORT,
  PCI_EXP_TYPE_UPSTREAM,
  PCI_EXP_TYPE_DOWNSTREAM,
]);
const ENDPOINT_TYPES: ReadonlySet<number> = new Set([PCI_EXP_TYPE_ENDPOINT, PCI_EXP_TYPE_LEG_END, PCI_EXP_TYPE_RC_END]);
const OF_ENDPOINTS = /^(?:Alternative Routing|Single Root|Address Translation|Page Request)/;

/** Columns that a cut text has at most, without indentation; 0 where no line ends within one of its words. */
export function cutWidth({ values }: ParsedFunction['text']): number {
  return Math.max(
    ...['Control', 'Status'].map((key) => {
      const value = values.get(key) ?? '';
      return value === '' || WHOLE_WORD.test(value) ? 0 : key.length + 2 + value.length;
    }),
  );
}

const WHOLE_WORD = /(?:[+-]|DEVSEL=(?:fast|medium|slow|\?\?))$/;
