/** Sheets as text for terminals. */
import { matrixLines } from './matrix-lines.ts';
import { type Paint, paintLine } from './paint.ts';
import { type Block, foldedList, type Line, plainLine, type Sheet } from './sheet.ts';

/** Columns that matrices may take where nobody tells. */
const WIDTH = 120;

/** The answer in bold, then sections with indented blocks. `width`: columns of the terminal. */
export function sheetText(sheet: Sheet, paint: Paint, width: number = WIDTH): string {
  return [
    typeof sheet.answer === 'string' ? paint.bold(sheet.answer) : paintLine(sheet.answer, paint),
    ...sheet.context.map((line) => (typeof line === 'string' ? paint.dim(line) : paintLine(line, paint))),
    ...sheet.sections.flatMap(({ title, blocks }) => [
      '',
      ...(title === '' ? [] : [paint.bold(title)]),
      ...blocks.flatMap((block) => blockLines(block, paint, width)),
    ]),
  ].join('\n');
}

function blockLines(block: Block, paint: Paint, width: number): string[] {
  switch (block.kind) {
    case 'text':
      return block.lines.map((line) => indented(paintLine(line, paint)));
    case 'list': {
      const { shown, hidden } = foldedList(block);
      const items = shown.map((item) => indented(`- ${paintLine(item, paint)}`));
      return hidden === 0 ? items : [...items, indented(`- and ${hidden} ${block.rest}`)];
    }
    case 'facts': {
      const widest = Math.max(...block.facts.map(([term]) => term.length));
      return block.facts.map(([term, line]) => indented(`${term.padEnd(widest)}  ${paintLine(line, paint)}`));
    }
    case 'code':
      return block.lines.map((line) => indented(`  ${line}`));
    case 'drawing':
      return block.lines.map((line) => paintLine(line, paint));
    case 'table':
      return tableLines(block, paint).map(indented);
    case 'matrix':
      return matrixLines(block, paint, width);
  }
}

function indented(line: string): string {
  return `  ${line}`.trimEnd();
}

function tableLines({ head, rows }: Extract<Block, { kind: 'table' }>, paint: Paint): string[] {
  const width = (cell: Line | undefined): number => (cell === undefined ? 0 : plainLine(cell).length);
  const widths = head.map((title, at) => rows.reduce((most, row) => Math.max(most, width(row[at])), title.length));
  const line = (row: readonly Line[]): string =>
    row
      .map((cell, at) => `${paintLine(cell, paint)}${' '.repeat(Math.max(0, (widths[at] ?? 0) - width(cell)))}`)
      .join('  ')
      .trimEnd();
  return [paint.dim(line(head)), ...rows.map(line)];
}
