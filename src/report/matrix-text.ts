/** All pairs as a table of letters. */
import { defined } from '../base/index.ts';
import { cellMapType, type MapTypeMatrix, matrixCell, type P2pdmaMachine } from '../p2pdma/index.ts';
import { deviceKind, type PciFunction } from '../pci/index.ts';
import type { MapType } from '../uapi/index.ts';
import { formatBdf } from '../uapi/index.ts';
import { type EqualFunctions, groupEqualRows } from './equal-rows.ts';
import { kernelLine } from './kernel-text.ts';
import { MAP_TYPE_WORDS, MAP_TYPES } from './map-type-words.ts';
import type { DeviceNames } from './names.ts';
import type { Paint } from './paint.ts';

/** Rows are providers (whose memory), columns clients (who reads and writes). */
export interface MatrixTextOptions {
  readonly functions: readonly PciFunction[];
  /** Columns of the terminal; at least 60 are used. */
  readonly width: number;
  readonly names: DeviceNames;
  readonly paint: Paint;
  /** The answers before a what-if: cells that differ show both, the earlier one first and small. */
  readonly before?: MapTypeMatrix | undefined;
}

/** Kinds in the order in which people look for them. */
const KIND_ORDER = ['gpu', 'accelerator', 'nic', 'nvme', 'storage', 'usb', 'audio', 'other'];
/** Functions shown one by one; beyond that, equal ones share a row. */
const MOST_SINGLE_ROWS = 40;

/** The table, with a summary above and a legend below. */
export function matrixText(machine: P2pdmaMachine, matrix: MapTypeMatrix, options: MatrixTextOptions): string {
  const { names, paint, before } = options;
  const functions = options.functions.toSorted((a, b) => kindRank(a) - kindRank(b) || a.index - b.index);
  if (functions.length === 0)
    return `${kernelLine(machine, paint)}\n\nNo endpoints to ask about. With --all bridges are shown too.`;
  const rowOf = rows(before === undefined ? [matrix] : [matrix, before], functions);
  if (rowOf.length > MOST_ROWS)
    return tooManyRows(rowOf, summary(matrix, functions, paint), kernelLine(machine, paint));
  const labels = rowOf.map((group) => groupLabel(group, names));
  const labelWidth = Math.max(...labels.map((label) => label.length));
  const bdfWidth = Math.max(...rowOf.map(([fn]) => formatBdf(fn.bdf).length));
  const room = Math.max(60, options.width) - labelWidth - bdfWidth - 8;
  const cellWidth = before === undefined ? 2 : 3;
  const perPanel = Math.max(8, Math.floor((room - 16) / cellWidth));
  const lines = [summary(matrix, functions, paint), kernelLine(machine, paint)];
  for (let from = 0; from < rowOf.length; from += perPanel) {
    const columns = rowOf.slice(from, from + perPanel);
    lines.push('', ...columnHeads(columns, names, labelWidth + bdfWidth + 5, cellWidth));
    const nameRoom = Math.max(
      0,
      Math.max(60, options.width) - (labelWidth + bdfWidth + 5 + columns.length * cellWidth + gaps(columns)) - 2,
    );
    rowOf.forEach((row, r) => {
      const [fn] = row;
      const cells = columns
        .map((column, c) => `${gapBefore(columns, c)}${cellText({ matrix, before }, row, column, paint)}`)
        .join(' ');
      const name = clip(names.nameOf(fn), nameRoom);
      lines.push(
        `${(labels[r] ?? '').padEnd(labelWidth)}  ${paint.dim(formatBdf(fn.bdf).padEnd(bdfWidth))}   ${cells}  ${paint.dim(name)}`.trimEnd(),
      );
    });
  }
  return [...lines, '', ...legend(rowOf, before !== undefined, paint)].join('\n');
}

/** More would be no table that people read. */
const MOST_ROWS = 300;

function tooManyRows(groups: readonly EqualFunctions[], ...head: readonly string[]): string {
  const kinds = new Map<string, number>();
  for (const [fn] of groups) kinds.set(deviceKind(fn), (kinds.get(deviceKind(fn)) ?? 0) + 1);
  const counts = [...kinds].map(([kind, count]) => `${count} ${kind}`).join(', ');
  return [
    ...head,
    '',
    `${groups.length} rows with different answers (${counts}) are too many for a table.`,
    'Choose some with --only (for example --only gpu,nic), or take all with --json.',
  ].join('\n');
}

function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

function rows(
  matrices: readonly [MapTypeMatrix, ...MapTypeMatrix[]],
  functions: readonly PciFunction[],
): EqualFunctions[] {
  const single = functions.map((fn): EqualFunctions => [fn]);
  return functions.length <= MOST_SINGLE_ROWS ? single : groupEqualRows(matrices, functions, sameKind);
}

function sameKind(a: PciFunction, b: PciFunction): boolean {
  return deviceKind(a) === deviceKind(b);
}

function kindRank(fn: PciFunction): number {
  const rank = KIND_ORDER.indexOf(deviceKind(fn));
  return rank < 0 ? KIND_ORDER.length : rank;
}

function groupLabel(group: EqualFunctions, names: DeviceNames): string {
  const [first] = group;
  const last = group.at(-1) ?? first;
  const label = names.labelOf(first) ?? deviceKind(first);
  if (group.length === 1) return label;
  return `${label}…${names.labelOf(last) ?? ''} (${group.length})`;
}

/** Labels above the columns: the kind where it begins, below it the number, one digit a line. */
function columnHeads(
  columns: readonly EqualFunctions[],
  names: DeviceNames,
  indent: number,
  cellWidth: number,
): string[] {
  const numbers = columns.map(([fn]) => /\d+$/.exec(names.labelOf(fn) ?? '')?.[0] ?? '');
  const digits = Math.max(1, ...numbers.map((number) => number.length));
  const heads: string[] = Array(digits).fill(' '.repeat(indent));
  let kinds = '';
  columns.forEach(([fn], c) => {
    const begins = c === 0 || !sameKind(fn, defined(columns[c - 1], 'column')[0]);
    const space = `${c > 0 ? ' ' : ''}${gapBefore(columns, c)}${' '.repeat(cellWidth - 2)}`;
    heads.forEach((head, line) => {
      heads[line] = `${head}${space}${numbers[c]?.padStart(digits)[line] ?? '·'}`;
    });
    const at = (heads[0] ?? '').length - 1;
    if (begins) kinds = `${kinds === '' ? '' : `${kinds} `}`.padEnd(at) + deviceKind(fn);
  });
  return [kinds, ...heads].map((line) => line.trimEnd());
}

function gapBefore(columns: readonly EqualFunctions[], c: number): string {
  const before = columns[c - 1];
  const own = columns[c];
  return before !== undefined && own !== undefined && !sameKind(before[0], own[0]) ? ' ' : '';
}

function gaps(columns: readonly EqualFunctions[]): number {
  return columns.reduce((sum, _, c) => sum + gapBefore(columns, c).length, 0);
}

/** One letter; with a what-if two characters wide, the earlier answer before the later where they differ. */
function cellText(
  { matrix, before }: { readonly matrix: MapTypeMatrix; readonly before: MapTypeMatrix | undefined },
  row: EqualFunctions,
  column: EqualFunctions,
  paint: Paint,
): string {
  const [provider] = row;
  const client = row === column ? row[1] : column[0];
  const margin = before === undefined ? '' : ' ';
  if (client === undefined) return `${margin}${paint.dim('·')}`;
  const type = cellMapType(matrixCell(matrix, provider, client));
  const { letter, colour } = MAP_TYPE_WORDS[type];
  const earlier = before === undefined ? type : cellMapType(matrixCell(before, provider, client));
  if (earlier === type) return `${margin}${colour(paint)(letter)}`;
  return paint.bold(`${MAP_TYPE_WORDS[earlier].letter.toLowerCase()}${colour(paint)(letter)}`);
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

function summary(matrix: MapTypeMatrix, functions: readonly PciFunction[], paint: Paint): string {
  const counts = countPairs(matrix, functions);
  const parts = MAP_TYPES.filter((type) => counts[type] > 0).map((type) => {
    const { short, colour } = MAP_TYPE_WORDS[type];
    return colour(paint)(`${counts[type]} ${short}`);
  });
  const pairs = functions.length * (functions.length - 1);
  return `${paint.bold(`${functions.length} devices, ${pairs} ordered pairs:`)} ${parts.join(', ') || 'none'}`;
}

function legend(groups: readonly EqualFunctions[], compares: boolean, paint: Paint): string[] {
  const letters = MAP_TYPES.map((type) => {
    const { letter, short, colour } = MAP_TYPE_WORDS[type];
    return `${colour(paint)(letter)} ${short}`;
  });
  const joined = groups.some((group) => group.length > 1);
  return [
    `Row: whose memory (provider). Column: who reads and writes it (client). ${letters.join('   ')}`,
    ...(compares ? ['Two characters: what it is now (small), and what it becomes.'] : []),
    ...(joined
      ? ['Devices with the same answers share a row; its own column tells how they stand among each other.']
      : []),
    paint.dim('Why, and what could be changed: peerpath explain PROVIDER CLIENT'),
  ];
}
