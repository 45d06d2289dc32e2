/** A matrix as lines: as many columns beside one another as the terminal has room for, then the next ones below. */
import { type Paint, paintWords } from './paint.ts';
import type { MatrixBlock, MatrixColumn, MatrixRow } from './sheet.ts';

/** The least width that is used. */
const LEAST_WIDTH = 60;
/** Columns that names keep beside a full table. */
const NAME_ROOM = 16;

/** How wide a matrix may be, in characters, and whether names go beyond that where they are longer. */
export interface MatrixRoom {
  readonly width: number;
  readonly wholeNames: boolean;
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
  for (let from = 0; from < columns.length; from += perPanel) {
    const part = columns.slice(from, from + perPanel);
    const gaps = part.map((column, at) => (at > 0 && column.kind !== part[at - 1]?.kind ? ' ' : ''));
    if (lines.length > 0) lines.push('');
    lines.push(...columnHeads(part, gaps, side.width, cellWidth));
    const left = Math.max(0, room - part.length * cellWidth - gaps.join('').length - 1);
    const nameRoom = terminal.wholeNames ? Number.POSITIVE_INFINITY : left;
    for (const row of rows) {
      const cells = row.cells.slice(from, from + perPanel).map((cell, at) => {
        const words = { ...cell, text: cell.text.padStart(cellWidth - 1) };
        return `${gaps[at] ?? ''}${paintWords(words, paint)}`;
      });
      const head = `${row.label.padEnd(side.label)}  ${paint.dim(row.address.padEnd(side.address))}`;
      lines.push(`${head}   ${cells.join(' ')}  ${paint.dim(clip(row.name, nameRoom))}`.trimEnd());
    }
  }
  return lines;
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
