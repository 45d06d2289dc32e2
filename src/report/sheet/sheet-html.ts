/** Sheets as one HTML file that needs nothing else: no network, no script. */
import {
  type BarsBlock,
  type Block,
  type Emphasis,
  foldedList,
  type Line,
  type MatrixBlock,
  plainLine,
  type Sheet,
} from './sheet.ts';

const STYLE = `
:root { color-scheme: light dark; --fg: #1a1a1a; --bg: #ffffff; --dim: #5b5b5b; --line: #d0d0d0; --code: #f3f3f3 }
@media (prefers-color-scheme: dark) { :root { --fg: #e8e8e8; --bg: #161616; --dim: #a5a5a5; --line: #3a3a3a; --code: #222222 } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--fg); background: var(--bg); max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.1rem; color: var(--dim); font-weight: normal }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem }
.answer { font-size: 1.3rem; font-weight: bold }
.context { color: var(--dim) }
pre { font: 14px/1.4 ui-monospace, monospace; background: var(--code); padding: .75rem; overflow-x: auto }
table { border-collapse: collapse; display: block; overflow-x: auto }
dt { font-weight: bold } dd { margin: 0 0 .3rem 0 }
.good { color: light-dark(#17692f, #6fd18c) } .warn { color: light-dark(#7a5200, #e3b341) }
.bad { color: light-dark(#a3141d, #ff8f87) } .open { color: light-dark(#0b5c78, #6cc7e0) } .dim { color: var(--dim) }
table.matrix th, table.matrix td { padding-right: .5rem }
svg { width: 100%; height: auto } svg .plain, svg .dim { color: light-dark(#4a6fa5, #7fa3d8) }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .8rem .3rem 0; text-align: left; vertical-align: top }
`;

/** The whole file. Every text is escaped. */
export function sheetHtml(sheet: Sheet): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(sheet.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(sheet.title)}</h1>
<p class="answer">${escapeHtml(plainLine(sheet.answer))}</p>
${sheet.context.length === 0 ? '' : `<p class="context">${sheet.context.map(lineHtml).join('<br>')}</p>`}
${sheet.sections.map(({ title, blocks }) => `${title === '' ? '' : `<h2>${escapeHtml(title)}</h2>\n`}${blocks.map(blockHtml).join('\n')}`).join('\n')}
</body>
</html>
`;
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'text':
      return `<p>${block.lines.map(lineHtml).join('<br>')}</p>`;
    case 'list':
      return listHtml(block);
    case 'facts':
      return `<dl>${block.facts.map(([term, line]) => `<dt>${escapeHtml(term)}</dt><dd>${lineHtml(line)}</dd>`).join('')}</dl>`;
    case 'code':
    case 'drawing':
      return `<pre>${block.lines.map(lineHtml).join('\n')}</pre>`;
    case 'table':
      return `<table>\n${rowHtml(block.head, 'th')}\n${block.rows.map((row) => rowHtml(row, 'td')).join('\n')}\n</table>`;
    case 'bars':
      return barsHtml(block);
    case 'matrix':
      return matrixHtml(block);
  }
}

/** What folds is there, closed. */
function listHtml(block: Extract<Block, { kind: 'list' }>): string {
  const items = (some: readonly Line[]): string =>
    `<ul>${some.map((item) => `<li>${lineHtml(item)}</li>`).join('')}</ul>`;
  const { shown, hidden } = foldedList(block);
  if (hidden === 0) return items(shown);
  return `${items(shown)}\n<details><summary>${hidden} more</summary>${items(block.items.slice(shown.length))}</details>`;
}

function matrixHtml({ rows, columns }: MatrixBlock): string {
  const heads = columns.map(({ label }) => label);
  const body = rows.map(({ label, address, name, cells }) =>
    rowHtml([label, address, ...cells.map((cell) => [cell]), name], 'td'),
  );
  return `<table class="matrix">\n${rowHtml(['', '', ...heads, ''], 'th')}\n${body.join('\n')}\n</table>`;
}

/** Height of a bar, width of the longest, and where bars begin: units of the drawing. */
const BAR = { height: 22, width: 360, from: 380, all: 960 } as const;
/** Letters of a name that fit before the bars. */
const NAME_LETTERS = 52;

/** Drawn, so that a file of it needs nothing else. */
function barsHtml({ bars, label }: BarsBlock): string {
  const most = Math.max(1, ...bars.map(({ value }) => value));
  const rows = bars.map(({ name, value, words, tone }, at) => {
    const y = at * BAR.height;
    const width = Math.round((value / most) * BAR.width);
    const short = name.length > NAME_LETTERS ? `${name.slice(0, NAME_LETTERS - 1)}…` : name;
    const text = `y="${y + 15}" fill="currentColor"`;
    return `<g><title>${escapeHtml(`${name}: ${words}`)}</title><text x="${BAR.from - 8}" ${text} text-anchor="end">${escapeHtml(short)}</text><g class="${tone}"><rect x="${BAR.from}" y="${y + 3}" width="${width}" height="${BAR.height - 6}" fill="currentColor"/></g><text x="${BAR.from + width + 8}" ${text}>${escapeHtml(words)}</text></g>`;
  });
  return `<svg role="img" aria-label="${escapeHtml(label)}" viewBox="0 0 ${BAR.all} ${Math.max(1, bars.length) * BAR.height}" font-size="13">\n${rows.join('\n')}\n</svg>`;
}

function rowHtml(cells: readonly Line[], tag: 'th' | 'td'): string {
  return `<tr>${cells.map((cell) => `<${tag}>${lineHtml(cell)}</${tag}>`).join('')}</tr>`;
}

function lineHtml(line: Line): string {
  if (typeof line === 'string') return escapeHtml(line);
  return line.map((part) => (typeof part === 'string' ? escapeHtml(part) : emphasisHtml(part))).join('');
}

function emphasisHtml({ text, tone, strong }: Emphasis): string {
  const inner = tone === 'plain' ? escapeHtml(text) : `<span class="${tone}">${escapeHtml(text)}</span>`;
  return strong ? `<b>${inner}</b>` : inner;
}

/** Text as it stands, in an element or an attribute. */
function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
