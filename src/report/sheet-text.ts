/** Sheets as text for terminals. */
import type { Paint } from './paint.ts';
import type { Block, Sheet } from './sheet.ts';

/** The answer in bold, then sections with indented blocks. */
export function sheetText(sheet: Sheet, paint: Paint): string {
  return [
    paint.bold(sheet.answer),
    ...sheet.context.map((line) => paint.dim(line)),
    ...sheet.sections.flatMap(({ title, blocks }) => [
      '',
      paint.bold(title),
      ...blocks.flatMap((block) => blockLines(block).map((line) => `  ${line}`.trimEnd())),
    ]),
  ].join('\n');
}

function blockLines(block: Block): string[] {
  switch (block.kind) {
    case 'text':
      return [...block.lines];
    case 'list':
      return block.items.map((item) => `- ${item}`);
    case 'code':
      return block.lines.map((line) => `  ${line}`);
    case 'table':
      return tableLines(block.head, block.rows);
  }
}

function tableLines(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  return [head, ...rows].map(line);
}
