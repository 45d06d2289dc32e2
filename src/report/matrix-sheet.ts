/** All pairs: what holds for them in one sentence, then as a table of letters. */
import { gather } from '../base/index.ts';
import {
  type Focus,
  type OpenPairs,
  type PairChange,
  type PairSummary,
  pciClass,
  summarizePairs,
} from '../diagnose/index.ts';
import { cellDistance, cellMapType, type MapTypeMatrix, matrixCell } from '../p2pdma/index.ts';
import { deviceKind, kindLabel, type PciFunction } from '../pci/index.ts';
import { formatBdf, type MapType } from '../uapi/index.ts';
import { changeLines, changeSummary, pairLines } from './change-list.ts';
import { functionJson } from './devices-json.ts';
import { findingsJson, nameFacts } from './devices-sheet.ts';
import { openSections } from './evidence-sheet.ts';
import { kernelJson } from './kernel-words.ts';
import { spokenPairsSection } from './kernel-words-text.ts';
import { type EqualFunctions, matrixRows } from './matrix-rows.ts';
import { nameList, shortName } from './name-list.ts';
import type { DeviceNames } from './names.ts';
import { compositionText, leftText, pairsSentence } from './pairs-sentence.ts';
import {
  type Block,
  type Emphasis,
  type Line,
  list,
  type MatrixBlock,
  type MatrixRow,
  type Section,
  type Sheet,
  strong,
  text,
  toned,
} from './sheet/index.ts';
import { contextLines, documentHead, type Subject } from './subject.ts';
import { MAP_TYPE_WORDS, MAP_TYPES } from './words.ts';

/** The answers for some functions. */
export interface MatrixAnswer {
  readonly functions: readonly PciFunction[];
  readonly matrix: MapTypeMatrix;
  /** The answers before a what-if, and the pairs that differ. */
  readonly before: { readonly matrix: MapTypeMatrix; readonly changes: readonly PairChange[] } | undefined;
  /** What open pairs wait for; undefined where that was not looked for. */
  readonly open: OpenPairs | undefined;
  /** Endpoints that were left out, by kind. */
  readonly left: Focus['left'];
}

/** How a matrix is shown. */
export interface MatrixForm {
  /** A row and a column for every device. */
  readonly expand?: boolean;
  /** The classes of `nvidia-smi topo -m` beside the answers. */
  readonly classes?: boolean;
}

/** More would be no table that people read. */
const MOST_ROWS = 300;
/** Columns of a page. */
const PAGE = 120;
/** Rows whose classes fit a page in words: more would break the table into panels. */
const MOST_WORDED_ROWS = 11;
/** Names that stand below a table. */
const MOST_MODELS = 8;
/** With more, a table fills a screen: the lines around it are as few as can be. */
const SPACIOUS_ROWS = 24;

/** What holds for all pairs, then the table. Rows are providers (whose memory), columns clients (who uses it). */
export function matrixSheet(subject: Subject, answer: MatrixAnswer, form: MatrixForm = {}): Sheet {
  const { names } = subject;
  const { matrix, before, functions } = answer;
  const summary = summarizePairs(matrix, functions);
  const sentence = pairsSentence(summary);
  const context = [...countsLines(summary, answer.left), ...contextLines(subject)];
  const sheet = { title: 'peerpath matrix', context };
  if (functions.length === 0) {
    const none = 'No endpoints to ask about. With --all bridges are shown too.';
    return { ...sheet, answer: none, context: contextLines(subject), sections: [] };
  }
  const rows = matrixRows(before === undefined ? [matrix] : [matrix, before.matrix], functions, form.expand === true);
  const key = rows.length > MOST_ROWS ? [] : [legend(rows, before !== undefined, form)];
  const full = rows.length > SPACIOUS_ROWS;
  const sections: Section[] = [
    ...changeSections(before, names),
    { title: '', blocks: [...tableBlocks(rows, answer, form, names), ...(full ? key : [])] },
    ...exceptionSections(summary, sentence, names),
    ...(before === undefined ? spokenPairsSection(subject.analysis.machine, functions) : []),
    ...(answer.open === undefined ? [] : openSections(answer.open)),
    ...(full || key.length === 0 ? [] : [{ title: '', blocks: key }]),
  ];
  if (before === undefined) return { ...sheet, answer: sentence, sections };
  const changed = `With this change, ${changeSummary(before.changes, functions.length)}`;
  return { ...sheet, answer: changed, context: [sentence, ...context], sections };
}

function countsLines({ counts, functions, pairs }: PairSummary, left: Focus['left']): Line[] {
  const rest = leftText(left, '--all');
  if (pairs === 0) return rest === '' ? [] : [rest];
  const parts = MAP_TYPES.filter((type) => counts[type] > 0).map((type, at) => {
    const { short, tone } = MAP_TYPE_WORDS[type];
    return toned(tone, `${at > 0 ? ', ' : ' '}${counts[type]} ${short}`);
  });
  return [[`${functions.length} devices, ${pairs} ordered pairs:`, ...parts, rest === '' ? '' : `. ${rest}`]];
}

function changeSections(before: MatrixAnswer['before'], names: DeviceNames): Section[] {
  if (before === undefined || before.changes.length === 0) return [];
  return [{ title: 'What changes', blocks: [text(...changeLines(before.changes, names))] }];
}

/** The table; where names beside it would be wider than a page they stand below, each once, if that is shorter. */
function tableBlocks(
  rows: readonly EqualFunctions[],
  answer: MatrixAnswer,
  form: MatrixForm,
  names: DeviceNames,
): Block[] {
  if (rows.length > MOST_ROWS) return [text(...tooManyRows(rows))];
  const table = tableBlock(rows, answer, form, names);
  const width = (row: MatrixRow): number =>
    row.label.length +
    row.address.length +
    row.name.length +
    row.cells.reduce((sum, { text: cell }) => sum + cell.length + 1, 0);
  const kinds = new Set(table.columns.map(({ kind }) => kind)).size;
  const leads = rows.map(([fn]) => fn);
  const models = new Set(leads.map(names.nameOf)).size;
  const fits = Math.max(...table.rows.map(width)) + kinds + 6 <= PAGE;
  const longer = models * 2 > rows.length && rows.length + models > SPACIOUS_ROWS;
  if (fits || models > MOST_MODELS || longer) return [table];
  return [{ ...table, rows: table.rows.map((row) => ({ ...row, name: '' })) }, nameFacts(leads, names)];
}

function tableBlock(
  rows: readonly EqualFunctions[],
  answer: MatrixAnswer,
  form: MatrixForm,
  names: DeviceNames,
): MatrixBlock {
  const numbers = rowNumbers(rows, names);
  return {
    kind: 'matrix',
    rows: rows.map((row, at) => ({
      label: `${numbers.marks[at] ?? ''}${rowLabel(row, names)}`,
      address: formatBdf(row[0].bdf),
      name: names.nameOf(row[0]),
      cells: rows.map((column) => cellWords(answer, row, column, classWords(rows, form))),
    })),
    columns: rows.map(([fn], at) => ({
      kind: kindLabel(deviceKind(fn)),
      number: numbers.heads[at] ?? '',
      label: shortName(fn, names),
    })),
  };
}

/** Numbers that head columns, and what stands before the labels of rows where these do not end in them. */
interface RowNumbers {
  readonly heads: readonly string[];
  readonly marks: readonly string[];
}

/** The numbers at the end of labels where they tell the rows of a kind apart; else rows of that kind are counted. */
function rowNumbers(rows: readonly EqualFunctions[], names: DeviceNames): RowNumbers {
  const kinds = rows.map(([fn]) => kindLabel(deviceKind(fn)));
  const ends = rows.map(([fn]) => /\d+$/.exec(names.labelOf(fn) ?? '')?.[0] ?? '');
  const ofKind = new Map<string, string[]>();
  kinds.forEach((kind, at) => {
    gather(ofKind, kind, ends[at] ?? '');
  });
  const counted = new Set([...ofKind].flatMap(([kind, of]) => (new Set(of).size < of.length ? [kind] : [])));
  const heads = kinds.map((kind, at) =>
    counted.has(kind) ? String(kinds.slice(0, at).filter((before) => before === kind).length) : (ends[at] ?? ''),
  );
  return { heads, marks: heads.map((head, at) => (counted.has(kinds[at] ?? '') ? `${head} ` : '')) };
}

/** Pairs that the sentence does not speak for, alike ones together. */
function exceptionSections(summary: PairSummary, sentence: string, names: DeviceNames): Section[] {
  if (summary.exceptions.length === 0 || sentence.startsWith('Mixed')) return [];
  return [
    { title: 'What differs', blocks: [list(pairLines(summary.exceptions, names), 6, 'more; --json lists every pair')] },
  ];
}

function tooManyRows(groups: readonly EqualFunctions[]): string[] {
  return [
    `${groups.length} rows with different answers (${compositionText(groups.map(([fn]) => fn))}) are too many for a table.`,
    'Choose some with --only (for example --only gpu,nic), or take all with --json.',
  ];
}

function rowLabel(row: EqualFunctions, names: DeviceNames): string {
  const [first] = row;
  const last = row.at(-1) ?? first;
  const label = names.labelOf(first) ?? deviceKind(first);
  if (row.length === 1) return label;
  const run = nameList(row, names, 2);
  return run.length <= 14 ? `${run} (${row.length})` : `${label}…${names.labelOf(last) ?? ''} (${row.length})`;
}

/** How classes are written; undefined where nobody asked for them. */
type ClassWords = 'words' | 'letters' | undefined;

function classWords(rows: readonly EqualFunctions[], { classes }: MatrixForm): ClassWords {
  if (classes !== true) return undefined;
  return rows.length > MOST_WORDED_ROWS ? 'letters' : 'words';
}

/** One letter for each class. */
const CLASS_LETTERS = { PIX: 'I', PXB: 'B', PHB: 'P', NODE: 'N', SYS: 'S', '?': '?', '*': '*' } as const;

/** The class of all pairs of two rows; a star where they have several. */
function classBetween(row: EqualFunctions, column: EqualFunctions): keyof typeof CLASS_LETTERS {
  const [lead] = row;
  const other = row === column ? row[1] : column[0];
  const first = other === undefined ? undefined : pciClass(lead, other);
  const same = row.every((a) => column.every((b) => a === b || pciClass(a, b) === first));
  return same ? (first ?? '?') : '*';
}

/** One letter; with a what-if the earlier answer before the later where they differ; the class before both. */
function cellWords(
  { matrix, before }: MatrixAnswer,
  row: EqualFunctions,
  column: EqualFunctions,
  classes: ClassWords,
): Emphasis {
  const [provider] = row;
  const client = row === column ? row[1] : column[0];
  const margin = before === undefined ? '' : ' ';
  if (client === undefined) return toned('dim', classes === 'words' ? `X${margin} ·` : `${margin}·`);
  const between = classes === undefined ? '?' : classBetween(row, column);
  const place = classes === undefined ? '' : classes === 'words' ? `${between} ` : CLASS_LETTERS[between];
  const type = cellMapType(matrixCell(matrix, provider, client));
  const { letter, tone } = MAP_TYPE_WORDS[type];
  const earlier = before === undefined ? type : cellMapType(matrixCell(before.matrix, provider, client));
  if (earlier === type) return toned(tone, `${place}${margin}${letter}`);
  return strong(`${place}${MAP_TYPE_WORDS[earlier].letter.toLowerCase()}${letter}`, tone);
}

/** How many ordered pairs of different functions have which answer. */
export function countPairs(
  matrix: MapTypeMatrix,
  functions: readonly PciFunction[],
): Record<MapType | 'unknown', number> {
  const counts = {
    PCI_P2PDMA_MAP_BUS_ADDR: 0,
    PCI_P2PDMA_MAP_THRU_HOST_BRIDGE: 0,
    PCI_P2PDMA_MAP_NOT_SUPPORTED: 0,
    unknown: 0,
  };
  for (const provider of functions) {
    for (const client of functions)
      if (provider !== client) counts[cellMapType(matrixCell(matrix, provider, client))]++;
  }
  return counts;
}

const CLASSES_IN_WORDS =
  'PIX one bridge, PXB several, PHB a host bridge, NODE several in a NUMA node, SYS several nodes (nvidia-smi topo -m).';
const CLASSES_IN_LETTERS =
  'The letter before it is the class of nvidia-smi topo -m: I PIX, B PXB, P PHB, N NODE, S SYS; * several of them.';

function legend(groups: readonly EqualFunctions[], compares: boolean, form: MatrixForm): Block {
  const letters = MAP_TYPES.map((type, at) => {
    const { letter, short, tone } = MAP_TYPE_WORDS[type];
    return [at > 0 ? '   ' : ' ', toned(tone, letter), ` ${short}`];
  });
  const joined = groups.some((group) => group.length > 1);
  const classes = classWords(groups, form);
  const topology = classes === 'letters' ? CLASSES_IN_LETTERS : CLASSES_IN_WORDS;
  const lines: Line[] = [
    ['Row: whose memory. Column: who uses it.', ...letters.flat()],
    ...(compares ? ['Two characters: what it is now (small), and what it becomes.'] : []),
    ...(joined
      ? ['Alike devices share a row and a column, which tells how they stand among each other; --expand shows all.']
      : []),
    ...(classes === undefined ? [] : [topology]),
    ...(groups.length > SPACIOUS_ROWS
      ? []
      : [[toned('dim', 'Why, and what could be changed: peerpath explain PROVIDER CLIENT')]]),
  ];
  return text(...lines);
}

/** `matrix --json`. */
export function matrixJson(subject: Subject, { functions, matrix, before, left }: MatrixAnswer): object {
  const { names, whatIf } = subject;
  return {
    ...documentHead('peerpath.matrix/1', subject),
    functions: functions.map((fn) => functionJson(fn, names, subject.analysis.situation)),
    sentence: pairsSentence(summarizePairs(matrix, functions)),
    counts: countPairs(matrix, functions),
    leftOut: Object.fromEntries(left),
    pairs: pairsJson(matrix, functions),
    ...(whatIf === undefined || before === undefined
      ? {}
      : {
          present: { kernel: kernelJson(whatIf.before.machine), pairs: pairsJson(before.matrix, functions) },
          changes: before.changes.map(({ provider, client, from, to }) => ({
            provider: formatBdf(provider.bdf),
            client: formatBdf(client.bdf),
            from,
            to,
          })),
        }),
    findings: findingsJson(subject),
  };
}

function pairsJson(matrix: MapTypeMatrix, functions: readonly PciFunction[]): object[] {
  return functions.flatMap((provider) =>
    functions.map((client) => {
      const cell = matrixCell(matrix, provider, client);
      return {
        provider: formatBdf(provider.bdf),
        client: formatBdf(client.bdf),
        mapType: cellMapType(cell),
        distance: cellDistance(cell) ?? null,
      };
    }),
  );
}
