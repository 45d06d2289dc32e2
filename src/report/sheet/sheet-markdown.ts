/** Sheets as Markdown, fit to paste into an issue. */
import { barLines } from './bar-lines.ts';
import { matrixLines } from './matrix-lines.ts';
import { PLAIN } from './paint.ts';
import { type Block, foldedList, type Line, plainLine, type Sheet } from './sheet.ts';

/** Columns that an issue shows without a scroll bar. */
const MATRIX_WIDTH = 120;

/** GitHub-flavoured Markdown; text of the machine cannot become markup. */
export function sheetMarkdown(sheet: Sheet): string {
  return [
    `### ${escapeMarkdown(sheet.title)}`,
    '',
    `**${escapeMarkdown(plainLine(sheet.answer))}**`,
    ...(sheet.context.length === 0 ? [] : ['', ...sheet.context.map(brokenLine)]),
    ...sheet.sections.flatMap(({ title, blocks }) => [
      ...(title === '' ? [] : ['', `#### ${escapeMarkdown(title)}`]),
      ...blocks.flatMap(blockLines),
    ]),
    '',
  ].join('\n');
}

/** A line that ends where it ends. */
function brokenLine(line: Line): string {
  return `${lineMarkdown(line).trim()}  `;
}

/** Emphasis as such; tones are colours, and Markdown has none. */
function lineMarkdown(line: Line): string {
  if (typeof line === 'string') return escapeMarkdown(line);
  return line
    .map((part) => {
      if (typeof part === 'string') return escapeMarkdown(part);
      const words = escapeMarkdown(part.text);
      return part.strong && words.trim() === words && words !== '' ? `**${words}**` : words;
    })
    .join('');
}

function blockLines(block: Block): string[] {
  switch (block.kind) {
    case 'text':
      return ['', ...block.lines.map(brokenLine)];
    case 'list': {
      const { shown, hidden } = foldedList(block);
      const rest = hidden === 0 ? [] : [`- and ${hidden} ${escapeMarkdown(block.rest)}`];
      return ['', ...shown.map((item) => `- ${lineMarkdown(item)}`), ...rest];
    }
    case 'facts':
      return ['', ...block.facts.map(([term, line]) => `- **${escapeMarkdown(term)}**: ${lineMarkdown(line)}`)];
    case 'code':
    case 'drawing':
      return ['', ...fenced(block.lines.map(plainLine))];
    case 'table':
      return ['', ...[block.head, block.head.map(() => '---'), ...block.rows].map(tableRow)];
    case 'bars':
      return ['', ...fenced(barLines(block, PLAIN))];
    case 'matrix':
      return ['', ...fenced(matrixLines(block, PLAIN, { width: MATRIX_WIDTH, longNames: 'beside' }))];
  }
}

/** A fence longer than any run of backticks inside. */
function fenced(lines: readonly string[]): string[] {
  const longest = Math.max(2, ...lines.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}text`, ...lines, fence];
}

function tableRow(cells: readonly Line[], at: number): string {
  return `| ${cells.map((cell) => (at === 1 ? plainLine(cell) : lineMarkdown(cell))).join(' | ')} |`;
}

/** Characters that Markdown or HTML would take for markup, and mentions of people and issues. */
function escapeMarkdown(text: string): string {
  return text
    .replace(/[\\`*_[\]<>|~#]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/@(?=\w)/g, '@<!-- -->');
}
