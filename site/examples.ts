/** The machines and scenarios that come with the explorer, and files that documents link to. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MACHINE_CARDS, SCENARIO_CARDS } from '../web/shipped.ts';
import type { Places } from './places.ts';
import { escapeHtml, type SitePage, wayTo } from './site-page.ts';

/** What the explorer opens by its link: `example:NAME` and `scenario:NAME`, with the file of each. */
export function shippedAddresses(root: string): ReadonlyMap<string, string> {
  const of = (kind: string, folder: string): (readonly [string, string])[] =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.yaml'))
      .map((name) => [`${kind}:${name.replace(/\.yaml$/, '')}`, `${folder}/${name}`]);
  return new Map([...of('example', 'examples/machines'), ...of('scenario', 'examples/scenarios')]);
}

/** The list of them. */
export function examplesPage(root: string, places: Places): SitePage {
  const path = 'examples/index.html';
  const body = `<h1>Examples</h1>
<p>Each opens in the explorer, which works everything out in your browser. What each is made of is a text file: change it and ask again.</p>
<h2 id="machines">Machines</h2>
${cards(root, places, path, 'example', MACHINE_CARDS)}
<h2 id="scenarios">Scenarios, played packet by packet</h2>
${cards(root, places, path, 'scenario', SCENARIO_CARDS)}
<h2 id="programs">Programs</h2>
<p>Complete programs of fewer than 60 lines with <a href="${wayTo(path, 'docs/library.html')}">peerpath as a library</a>, one for each command.</p>
<ul class="columns">${programs(root, places, path)}</ul>
`;
  return { path, title: 'Examples', section: 'examples', body };
}

type Cards = readonly (readonly [name: string, title: string, about: string])[];

/** Cards that open the explorer. */
export function cards(root: string, places: Places, from: string, kind: string, all: Cards): string {
  const files = shippedAddresses(root);
  const items = all.map(([name, title, about]) => {
    const file = places.pageOf(files.get(`${kind}:${name}`) ?? '');
    const source =
      file === undefined
        ? ''
        : ` <a class="aside" href="${wayTo(from, file)}" aria-label="The file of ${escapeHtml(title)}">file</a>`;
    return `<li><a class="card" href="${explorerLink(from, `${kind}:${name}`)}"><strong>${escapeHtml(title)}</strong><span>${escapeHtml(about)}</span></a>${source}</li>`;
  });
  return `<ul class="cards">${items.join('\n')}</ul>`;
}

function explorerLink(from: string, address: string): string {
  return wayTo(from, `explorer/index.html#open=${address}`);
}

function programs(root: string, places: Places, from: string): string {
  return readdirSync(join(root, 'examples'))
    .filter((name) => name.endsWith('.ts'))
    .map(
      (name) => `<li><a href="${wayTo(from, places.pageOf(`examples/${name}`) ?? '')}"><code>${name}</code></a></li>`,
    )
    .join('\n');
}

/** Pages of the files and folders that were linked, and of what is in those folders. */
export function filePages(root: string, places: Places): readonly SitePage[] {
  const done = new Map<string, SitePage>();
  for (;;) {
    const next = places.wanted().find((path) => !done.has(path));
    if (next === undefined) return [...done.values()];
    done.set(next, filePage(root, places, next));
  }
}

function filePage(root: string, places: Places, source: string): SitePage {
  const path = places.pageOf(source) ?? '';
  const section = source.startsWith('examples') ? 'examples' : 'docs';
  const isFolder = statSync(join(root, source)).isDirectory();
  const content = isFolder ? folderList(root, places, source, path) : fileText(root, source, path);
  return { path, title: source, section, body: `<h1>${escapeHtml(source)}</h1>\n${content}`, searched: false };
}

function folderList(root: string, places: Places, source: string, path: string): string {
  const names = readdirSync(join(root, source)).sort();
  const items = names.map((name) => {
    const href = wayTo(path, places.pageOf(`${source}/${name}`) ?? '');
    return `<li><a href="${href}"><code>${escapeHtml(name)}</code></a></li>`;
  });
  return `<ul class="columns">${items.join('\n')}</ul>`;
}

function fileText(root: string, source: string, path: string): string {
  const [address] = [...shippedAddresses(root)].find(([, file]) => file === source) ?? [];
  const open =
    address === undefined
      ? ''
      : `<p><a class="button" href="${explorerLink(path, address)}">Open in the explorer</a></p>\n`;
  return `${open}<pre tabindex="0"><code>${escapeHtml(readFileSync(join(root, source), 'utf8'))}</code></pre>`;
}

/** Does the file of every card exist, and has every file a card? Gives what is missing. */
export function missingCards(root: string): readonly string[] {
  const files = shippedAddresses(root);
  const shown = [
    ...MACHINE_CARDS.map(([name]) => `example:${name}`),
    ...SCENARIO_CARDS.map(([name]) => `scenario:${name}`),
  ];
  return [
    ...shown.filter((address) => !existsSync(join(root, files.get(address) ?? 'no such file'))),
    ...[...files.keys()].filter((address) => !shown.includes(address)),
  ];
}
