/** The manual pages as HTML: the requests of roff that `scripts/manual.ts` writes, and no others. */
import { manualPages } from '../scripts/manual.ts';
import { escapeHtml, type SitePage } from './site-page.ts';

/** A page for each command. */
export function manualSitePages(): readonly SitePage[] {
  return [...manualPages()].map(([file, roff]) => {
    const name = file.replace(/\.1$/, '');
    const title = name.replace('-', ' ');
    return { path: `man/${name}.html`, title, section: 'manual', body: manualHtml(title, roff) };
  });
}

interface Writing {
  html: string;
  /** What is open, the innermost last. */
  open: ('p' | 'pre' | 'dd' | 'dl' | 'div')[];
}

/** @throws on a request that is not one of ours. */
function manualHtml(title: string, roff: string): string {
  const out: Writing = { html: `<h1>${escapeHtml(title)}</h1>\n`, open: [] };
  const lines = roff.split('\n').filter((line) => line !== '' && !line.startsWith('.\\"'));
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (/^\.TP$/.test(line)) {
      at++;
      beginItem(out, lines[at] ?? '');
    } else if (line.startsWith('.')) request(out, line);
    else writeText(out, line);
  }
  close(out);
  return out.html;
}

function request(out: Writing, line: string): void {
  const [name = '', ...words] = line.slice(1).split(' ');
  if (name === 'SH') {
    close(out);
    const heading = words.join(' ');
    out.html += `<h2 id="${heading.toLowerCase().replaceAll(' ', '-')}">${escapeHtml(heading)}</h2>\n`;
  } else if (name === 'PP') close(out, 'div');
  else if (name === 'RS') begin(out, 'div');
  else if (name === 'RE') close(out, 'div', true);
  else if (name === 'nf') begin(out, 'pre');
  else if (name === 'fi') close(out, 'pre', true);
  else if (name === 'br') out.html += '<br>\n';
  else if (name === 'BR') writeReference(out, words);
  else if (name !== 'TH') throw new Error(`manual: no such request: ${line}`);
}

const TAGS = { p: '<p>', pre: '<pre tabindex="0"><code>', dd: '<dd>', dl: '<dl>', div: '<div class="inset">' } as const;
const ENDS = { p: '</p>', pre: '</code></pre>', dd: '</dd>', dl: '</dl>', div: '</div>' } as const;

function begin(out: Writing, what: Writing['open'][number]): void {
  if (out.open.at(-1) === 'p') close(out, 'p', true);
  out.html += TAGS[what];
  out.open.push(what);
}

/** Closes all that is open down to `until`, and that too where `inclusive`. */
function close(out: Writing, until?: Writing['open'][number], inclusive = false): void {
  while (out.open.length > 0) {
    const last = out.open.at(-1);
    if (last === undefined || (last === until && !inclusive)) return;
    out.open.pop();
    out.html += `${ENDS[last]}\n`;
    if (last === until) return;
  }
}

function beginItem(out: Writing, term: string): void {
  if (!out.open.includes('dl')) begin(out, 'dl');
  close(out, 'dl');
  out.html += `<dt>${formatted(term)}</dt>\n`;
  begin(out, 'dd');
}

function writeText(out: Writing, line: string): void {
  const last = out.open.at(-1);
  if (last !== 'p' && last !== 'pre' && last !== 'dd') begin(out, 'p');
  out.html += `${formatted(line)}\n`;
}

/** `.BR peerpath-map (1) ,` */
function writeReference(out: Writing, [name = '', number = '', comma = '']: readonly string[]): void {
  if (out.open.at(-1) !== 'p') begin(out, 'p');
  const page = unescaped(name);
  out.html += `<a href="${escapeHtml(page)}.html">${escapeHtml(page)}</a>${escapeHtml(number)}${comma}\n`;
}

function formatted(line: string): string {
  return escapeHtml(unescaped(line))
    .replaceAll(/\\fB(.*?)\\fR/g, '<strong>$1</strong>')
    .replaceAll(/\\fI(.*?)\\fR/g, '<var>$1</var>')
    .replaceAll('\\\\', '\\');
}

const CHARACTERS: Readonly<Record<string, string>> = { aq: "'", ga: '`', ha: '^', ti: '~' };

/** Without the escapes of roff; a backslash is doubled, so that changes of font stay apart. */
function unescaped(line: string): string {
  return line.replaceAll(
    /\\(?:\((\w\w)|([-e&]))/g,
    (_whole, character: string | undefined, mark: string | undefined) =>
      character === undefined ? (mark === '-' ? '-' : mark === 'e' ? '\\\\' : '') : (CHARACTERS[character] ?? ''),
  );
}
