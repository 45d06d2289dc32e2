/** Sheets as one HTML file that needs nothing else: no network, no script. */
import type { Block, Sheet } from './sheet.ts';

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
<p class="answer">${escapeHtml(sheet.answer)}</p>
${sheet.context.length === 0 ? '' : `<p class="context">${sheet.context.map(escapeHtml).join('<br>')}</p>`}
${sheet.sections.map(({ title, blocks }) => `<h2>${escapeHtml(title)}</h2>\n${blocks.map(blockHtml).join('\n')}`).join('\n')}
</body>
</html>
`;
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'text':
      return `<p>${block.lines.map(escapeHtml).join('<br>')}</p>`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${escapeHtml(item)}</li>`).join('')}</ul>`;
    case 'code':
      return `<pre>${block.lines.map(escapeHtml).join('\n')}</pre>`;
    case 'table':
      return `<table>\n${rowHtml(block.head, 'th')}\n${block.rows.map((row) => rowHtml(row, 'td')).join('\n')}\n</table>`;
  }
}

function rowHtml(cells: readonly string[], tag: 'th' | 'td'): string {
  return `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
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
