/** All pairs as a table of letters. */

import type { PairChange } from '../diagnose/index.ts';
import { cellDistance, cellMapType, type MapTypeMatrix, matrixCell } from '../p2pdma/index.ts';
import { deviceKind, KIND_ORDER, kindLabel, type PciFunction } from '../pci/index.ts';
import { formatBdf, type MapType } from '../uapi/index.ts';
import { changeLines, changeSummary } from './change-list.ts';
import { functionJson } from './devices-json.ts';
import { findingsJson } from './devices-sheet.ts';
import { type EqualFunctions, groupEqualRows } from './equal-rows.ts';
import { kernelJson } from './kernel-words.ts';
import type { DeviceNames } from './names.ts';
import {
  type Emphasis,
  type Line,
  type MatrixBlock,
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
}

/** Functions shown one by one; beyond that, equal ones share a row. */
const MOST_SINGLE_ROWS = 40;
/** More would be no table that people read. */
const MOST_ROWS = 300;

/** The table, with a summary above and a legend below. Rows are providers (whose memory), columns clients (who uses it). */
export function matrixSheet(subject: Subject, answer: MatrixAnswer): Sheet {
  const { names } = subject;
  const { matrix, before } = answer;
  const functions = answer.functions.toSorted((a, b) => kindRank(a) - kindRank(b) || a.index - b.index);
  const changed = before === undefined ? undefined : changeSummary(before.changes, functions.length);
  const sum = summary(matrix, functions);
  const title = 'peerpath matrix';
  const context = [...(changed === undefined ? [] : [sum]), ...contextLines(subject)];
  const line: Line = changed === undefined ? sum : `With this change, ${changed}`;
  if (functions.length === 0)
    return { title, answer: 'No endpoints to ask about. With --all bridges are shown too.', context, sections: [] };
  const groups = rows(before === undefined ? [matrix] : [matrix, before.matrix], functions);
  const block = groups.length > MOST_ROWS ? [text(...tooManyRows(groups))] : [matrixBlock(groups, answer, names)];
  const changes =
    before === undefined || before.changes.length === 0
      ? []
      : [{ title: 'What changes', blocks: [text(...changeLines(before.changes, names))] }];
  const legends = groups.length > MOST_ROWS ? [] : legend(groups, before !== undefined);
  return { title, answer: line, context, sections: [...changes, { title: '', blocks: block }, ...legends] };
}

function matrixBlock(groups: readonly EqualFunctions[], answer: MatrixAnswer, names: DeviceNames): MatrixBlock {
  return {
    kind: 'matrix',
    rows: groups.map((row) => ({
      label: groupLabel(row, names),
      address: formatBdf(row[0].bdf),
      name: names.nameOf(row[0]),
      cells: groups.map((column) => cellWords(answer, row, column)),
    })),
    columns: groups.map(([fn]) => ({
      kind: kindLabel(deviceKind(fn)),
      number: /\d+$/.exec(names.labelOf(fn) ?? '')?.[0] ?? '·',
    })),
  };
}

function tooManyRows(groups: readonly EqualFunctions[]): string[] {
  const kinds = new Map<string, number>();
  for (const [fn] of groups) kinds.set(deviceKind(fn), (kinds.get(deviceKind(fn)) ?? 0) + 1);
  const counts = [...kinds].map(([kind, count]) => `${count} ${kind}`).join(', ');
  return [
    `${groups.length} rows with different answers (${counts}) are too many for a table.`,
    'Choose some with --only (for example --only gpu,nic), or take all with --json.',
  ];
}

function rows(
  matrices: readonly [MapTypeMatrix, ...MapTypeMatrix[]],
  functions: readonly PciFunction[],
): EqualFunctions[] {
  const single = functions.map((fn): EqualFunctions => [fn]);
  return functions.length <= MOST_SINGLE_ROWS ? single : groupEqualRows(matrices, functions, sameKind);
}

function sameKind(a: PciFunction, b: PciFunction): boolean {
  return kindLabel(deviceKind(a)) === kindLabel(deviceKind(b));
}

function kindRank(fn: PciFunction): number {
  const rank = KIND_ORDER.indexOf(kindLabel(deviceKind(fn)));
  return rank < 0 ? KIND_ORDER.length : rank;
}

function groupLabel(group: EqualFunctions, names: DeviceNames): string {
  const [first] = group;
  const last = group.at(-1) ?? first;
  const label = names.labelOf(first) ?? deviceKind(first);
  if (group.length === 1) return label;
  return `${label}…${names.labelOf(last) ?? ''} (${group.length})`;
}

/** One letter; with a what-if the earlier answer before the later where they differ. */
function cellWords({ matrix, before }: MatrixAnswer, row: EqualFunctions, column: EqualFunctions): Emphasis {
  const [provider] = row;
  const client = row === column ? row[1] : column[0];
  if (client === undefined) return toned('dim', before === undefined ? '·' : ' ·');
  const type = cellMapType(matrixCell(matrix, provider, client));
  const { letter, tone } = MAP_TYPE_WORDS[type];
  const earlier = before === undefined ? type : cellMapType(matrixCell(before.matrix, provider, client));
  if (earlier === type) return toned(tone, before === undefined ? letter : ` ${letter}`);
  return strong(`${MAP_TYPE_WORDS[earlier].letter.toLowerCase()}${letter}`, tone);
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

function summary(matrix: MapTypeMatrix, functions: readonly PciFunction[]): Line {
  const counts = countPairs(matrix, functions);
  const parts = MAP_TYPES.filter((type) => counts[type] > 0).map((type, at) => {
    const { short, tone } = MAP_TYPE_WORDS[type];
    return toned(tone, `${at > 0 ? ', ' : ' '}${counts[type]} ${short}`);
  });
  const pairs = functions.length * (functions.length - 1);
  const all = strong(`${functions.length} devices, ${pairs} ordered pairs:`);
  return [all, ...(parts.length === 0 ? [' none'] : parts)];
}

function legend(groups: readonly EqualFunctions[], compares: boolean): Section[] {
  const letters = MAP_TYPES.map((type, at) => {
    const { letter, short, tone } = MAP_TYPE_WORDS[type];
    return [at > 0 ? '   ' : ' ', toned(tone, letter), ` ${short}`];
  });
  const joined = groups.some((group) => group.length > 1);
  const lines: Line[] = [
    ['Row: whose memory (provider). Column: who reads and writes it (client).', ...letters.flat()],
    ...(compares ? ['Two characters: what it is now (small), and what it becomes.'] : []),
    ...(joined
      ? ['Devices with the same answers share a row; its own column tells how they stand among each other.']
      : []),
    [toned('dim', 'Why, and what could be changed: peerpath explain PROVIDER CLIENT')],
  ];
  return [{ title: '', blocks: [text(...lines)] }];
}

/** `matrix --json`. */
export function matrixJson(subject: Subject, { functions, matrix, before }: MatrixAnswer): object {
  const { names, whatIf } = subject;
  return {
    ...documentHead('peerpath.matrix/1', subject),
    functions: functions.map((fn) => functionJson(fn, names, subject.analysis.situation)),
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
