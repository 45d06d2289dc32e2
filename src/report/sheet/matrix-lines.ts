/** A matrix as lines: as many columns beside one another as the terminal has room for, then the next ones below. */
import { gather } from '../../base/index.ts';
import { type Paint, paintWords } from './paint.ts';
import type { MatrixBlock, MatrixColumn, MatrixRow } from './sheet.ts';

/** The least width that is used. */
const LEAST_WIDTH = 60;
/** Columns that names keep beside a full table. */
const NAME_ROOM = 16;

/**
 * How wide a matrix may be, in characters, and what becomes of names that are longer: cut off, beyond that beside their
 * rows, or whole below the matrix, each once.
 */
export interface MatrixRoom {
  readonly width: number;
  readonly longNames: 'cut' | 'beside' | 'below';
}

/** The whole matrix. Panels are about equally wide. */
export function matrixLines({ rows, columns }: MatrixBlock, paint: Paint, terminal: MatrixRoom): string[] {
  const width = Math.max(LEAST_WIDTH, terminal.width);
  const side = sideOf(rows);
  const cellWidth = Math.max(1, ...rows.flatMap(({ cells }) => cells.map(({ text }) => text.length))) + 1;
  const room = width - side.width;
  const kinds = columns.filter(({ kind }, at) => kind !== columns[at - 1]?.kind).length;
  // One table without names is read more easily than two with them.
  const fits = columns.length * cellWidth + kinds - 2 <= room;
  const widest = Math.max(8, Math.floor((room - NAME_ROOM) / cellWidth));
  const panels = fits ? 1 : Math.max(1, Math.ceil(columns.length / widest));
  const perPanel = Math.ceil(columns.length / panels);
  const lines: string[] = [];
  const below = new Map<string, string[]>();
  for (let from = 0; from < columns.length; from += perPanel) {
    const part = columns.slice(from, from + perPanel);
    const gaps = part.map((column, at) => (at > 0 && column.kind !== part[at - 1]?.kind ? ' ' : ''));
    if (lines.length > 0) lines.push('');
    lines.push(...columnHeads(part, gaps, side.width, cellWidth));
    const left = Math.max(0, room - part.length * cellWidth - gaps.join('').length - 1);
    for (const row of rows) {
      const isLong = row.name.length > left;
      if (isLong && terminal.longNames === 'below' && from === 0) gather(below, row.name, row.address);
      const name = isLong ? longName(row.name, left, terminal.longNames) : row.name;
      const cells = row.cells.slice(from, from + perPanel).map((cell, at) => {
        const words = { ...cell, text: cell.text.padStart(cellWidth - 1) };
        return `${gaps[at] ?? ''}${paintWords(words, paint)}`;
      });
      const head = `${row.label.padEnd(side.label)}  ${paint.dim(row.address.padEnd(side.address))}`;
      lines.push(`${head}   ${cells.join(' ')}  ${paint.dim(name)}`.trimEnd());
    }
  }
  if (below.size > 0) lines.push('');
  for (const [name, addresses] of below) lines.push(paint.dim(`${addresses.join(', ')}: ${name}`));
  return lines;
}

function longName(name: string, room: number, how: MatrixRoom['longNames']): string {
  if (how === 'cut') return clip(name, room);
  return how === 'beside' ? name : '';
}

function sideOf(rows: readonly MatrixRow[]): {
  readonly label: number;
  readonly address: number;
  readonly width: number;
} {
  const label = Math.max(...rows.map((row) => row.label.length));
  const address = Math.max(...rows.map((row) => row.address.length));
  return { label, address, width: label + address + 5 };
}

function clip(text: string, width: number): string {
  if (text.length <= width) return text;
  return width < 4 ? '' : `${text.slice(0, width - 1)}…`;
}

/** The kind where it begins, below it the number, one digit a line. */
function columnHeads(
  columns: readonly MatrixColumn[],
  gaps: readonly string[],
  indent: number,
  cellWidth: number,
): string[] {
  const digits = Math.max(1, ...columns.map(({ number }) => number.length));
  const heads: string[] = Array(digits).fill(' '.repeat(indent));
  let kinds = '';
  columns.forEach(({ kind, number }, c) => {
    const begins = c === 0 || columns[c - 1]?.kind !== kind;
    const space = `${c > 0 ? ' ' : ''}${gaps[c] ?? ''}${' '.repeat(cellWidth - 2)}`;
    heads.forEach((head, line) => {
      heads[line] = `${head}${space}${number.padStart(digits)[line] ?? ' '}`;
    });
    const at = (heads[0] ?? '').length - 1;
    if (begins) kinds = `${kinds === '' ? '' : `${kinds} `}`.padEnd(at) + kind;
  });
  return [kinds, ...heads].map((line) => line.trimEnd());
}
