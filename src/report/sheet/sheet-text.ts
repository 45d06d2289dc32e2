/** Sheets as text for terminals. */
import { gather } from '../../base/index.ts';
import { barLines } from './bar-lines.ts';
import { matrixLines } from './matrix-lines.ts';
import { type Paint, PLAIN, paintLine } from './paint.ts';
import {
  type Block,
  type Emphasis,
  foldedList,
  type Line,
  plainLine,
  type Section,
  type Sheet,
  type TableBlock,
} from './sheet.ts';

/** Columns where nobody tells how many there are. */
const WIDTH = 120;

/** The answer in bold, then sections with indented blocks. */
export function sheetText(sheet: Sheet, paint: Paint, { width, shown = [] }: TextForm = {}): string {
  const columns = width ?? WIDTH;
  const sections = sheet.sections.filter(({ behind }) => behind === undefined || shown.includes(behind));
  const hidden = sheet.sections.filter((section) => !sections.includes(section));
  return [
    ...headLines(sheet.answer, paint, columns, paint.bold),
    ...sheet.context.flatMap((line) => headLines(line, paint, columns, paint.dim)),
    ...sections.flatMap(({ title, blocks }) => [
      '',
      ...(title === '' ? [] : [paint.bold(title)]),
      ...blocks.flatMap((block) => blockLines(block, paint, width)),
    ]),
    ...(hidden.length === 0 ? [] : ['', ...headLines(hiddenText(hidden), paint, columns, paint.dim)]),
  ].join('\n');
}

/** A line outside of sections; plain words stand out as a whole. */
function headLines(line: Line, paint: Paint, width: number, whole: (words: string) => string): string[] {
  const lines = hanging(line, paint, width);
  return typeof line === 'string' ? lines.map(whole) : lines;
}

/** A line, its continuation as far in as itself. */
function hanging(line: Line, paint: Paint, width: number): string[] {
  const indent = /^ */.exec(plainLine(line))?.[0] ?? '';
  return wrapped(line, paint, width - indent.length).map((part, at) => (at === 0 ? part : `${indent}${part}`));
}

/** How much of a sheet is written. */
export interface TextForm {
  /** Columns of the terminal; undefined where there is none: 120 then, and no name is cut. */
  readonly width?: number | undefined;
  /** Switches that were given: sections behind them are shown. */
  readonly shown?: readonly string[];
}

/** `More: --steps (Verify, Undo), --pairs (Already so: 4 pairs)`. */
function hiddenText(sections: readonly Section[]): string {
  const switches = new Map<string, string[]>();
  for (const { behind = '', title } of sections) gather(switches, behind, title);
  return `More: ${[...switches].map(([option, titles]) => `${option} (${titles.join(', ')})`).join(', ')}`;
}

function blockLines(block: Block, paint: Paint, terminal: number | undefined): string[] {
  const width = terminal ?? WIDTH;
  switch (block.kind) {
    case 'text':
      return block.lines.flatMap((line) => hanging(line, paint, width - 2).map(indented));
    case 'list': {
      const { shown, hidden } = foldedList(block);
      const items = shown.flatMap((item) =>
        wrapped(item, paint, width - 4).map((line, at) => indented(`${at === 0 ? '- ' : '  '}${line}`)),
      );
      return hidden === 0 ? items : [...items, indented(`- and ${hidden} ${block.rest}`)];
    }
    case 'facts': {
      const widest = Math.max(...block.facts.map(([term]) => term.length));
      return block.facts.flatMap(([term, line]) =>
        wrapped(line, paint, width - widest - 4).map((part, at) =>
          indented(`${(at === 0 ? term : '').padEnd(widest)}  ${part}`),
        ),
      );
    }
    case 'code':
      return block.lines.map((line) => indented(`  ${line}`));
    case 'drawing':
      return block.lines.map((line) => paintLine(line, paint));
    case 'table':
      return tableLines(block, paint, width - 2).map(indented);
    case 'bars':
      return barLines(block, paint).map(indented);
    case 'matrix':
      return matrixLines(block, paint, { width, longNames: terminal === undefined ? 'below' : 'cut' });
  }
}

/** A sentence in lines of at most `width` characters, broken between words; emphasis goes on where it began. */
function wrapped(line: Line, paint: Paint, width: number): string[] {
  if (plainLine(line).length <= width) return [paintLine(line, paint)];
  const parts: readonly (string | Emphasis)[] = typeof line === 'string' ? [line] : line;
  const lines: (string | Emphasis)[][] = [[]];
  let length = 0;
  for (const part of parts) {
    const words = (typeof part === 'string' ? part : part.text).match(/\s*\S+|\s+$/g) ?? [];
    for (const word of words) {
      const breaks = length > 0 && length + word.length > width && /^\s/.test(word);
      const text = breaks ? word.trimStart() : word;
      if (breaks) lines.push([]);
      length = (breaks ? 0 : length) + text.length;
      lines.at(-1)?.push(typeof part === 'string' ? text : { ...part, text });
    }
  }
  return lines.map((words) => paintLine(words, paint));
}

function indented(line: string): string {
  return `  ${line}`.trimEnd();
}

/** Rows in columns; cells of a table of sentences break between words where it is wider than its room. */
function tableLines(table: TableBlock, paint: Paint, room: number): string[] {
  const { head, rows } = table;
  const widths = columnWidths(table, room);
  const lines = (row: readonly Line[]): string[] => {
    const cells = widths.map((width, at) => {
      const cell = row[at] ?? '';
      const plain = wrapped(cell, PLAIN, width);
      return wrapped(cell, paint, width).map(
        (text, line) => `${text}${' '.repeat(Math.max(0, width - (plain[line] ?? '').length))}`,
      );
    });
    const height = Math.max(1, ...cells.map(({ length }) => length));
    return Array.from({ length: height }, (_, line) =>
      cells
        .map((cell, at) => cell[line] ?? ' '.repeat(widths[at] ?? 0))
        .join(' '.repeat(GAP))
        .trimEnd(),
    );
  };
  return [...lines(head).map(paint.dim), ...rows.flatMap(lines)];
}

/** Widths of columns. Those of sentences fit into `room` where their words let them: the last gives way first, then the widest. */
function columnWidths({ head, rows, prose = false }: TableBlock, room: number): number[] {
  const texts = head.map((title, at) => [title, ...rows.map((row) => plainLine(row[at] ?? ''))]);
  const longest = (column: readonly string[]): number => Math.max(0, ...column.map(({ length }) => length));
  const widths = texts.map(longest);
  const least = texts.map((column, at) =>
    Math.min(widths[at] ?? 0, Math.max(LEAST_BROKEN, longest(column.flatMap((text) => text.split(/\s+/))))),
  );
  const slack = (at: number): number => (widths[at] ?? 0) - (least[at] ?? 0);
  let excess = prose ? widths.reduce((sum, width) => sum + width + GAP, -GAP) - room : 0;
  const others = widths.map((_, at) => at).slice(0, -1);
  for (const at of [widths.length - 1, ...others.toSorted((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0))]) {
    const gives = Math.max(0, Math.min(excess, slack(at)));
    widths[at] = (widths[at] ?? 0) - gives;
    excess -= gives;
  }
  return widths;
}

/** Columns between cells. */
const GAP = 2;
/** Cells are not broken into less than this. */
const LEAST_BROKEN = 24;
