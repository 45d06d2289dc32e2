/** Sheets as Markdown, fit to paste into an issue. */
import type { Block, Sheet } from './sheet.ts';

/** GitHub-flavoured Markdown; text of the machine cannot become markup. */
export function sheetMarkdown(sheet: Sheet): string {
  return [
    `### ${escapeMarkdown(sheet.title)}`,
    '',
    `**${escapeMarkdown(sheet.answer)}**`,
    ...(sheet.context.length === 0 ? [] : ['', ...sheet.context.map((line) => `${escapeMarkdown(line.trim())}  `)]),
    ...sheet.sections.flatMap(({ title, blocks }) => [
      '',
      `#### ${escapeMarkdown(title)}`,
      ...blocks.flatMap(blockLines),
    ]),
    '',
  ].join('\n');
}

function blockLines(block: Block): string[] {
  switch (block.kind) {
    case 'text':
      return ['', ...block.lines.map((line) => `${escapeMarkdown(line.trim())}  `)];
    case 'list':
      return ['', ...block.items.map((item) => `- ${escapeMarkdown(item)}`)];
    case 'code':
      return ['', ...fenced(block.lines)];
    case 'table':
      return ['', ...[block.head, block.head.map(() => '---'), ...block.rows].map(tableRow)];
  }
}

/** A fence longer than any run of backticks inside. */
function fenced(lines: readonly string[]): string[] {
  const longest = Math.max(2, ...lines.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}text`, ...lines, fence];
}

function tableRow(cells: readonly string[], at: number): string {
  return `| ${cells.map((cell) => (at === 1 ? cell : escapeMarkdown(cell))).join(' | ')} |`;
}

/** Characters that Markdown or HTML would take for markup, and mentions of people and issues. */
function escapeMarkdown(text: string): string {
  return text
    .replace(/[\\`*_[\]<>|~#]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/@(?=\w)/g, '@\u200b');
}
