/** The public interface, a page for each door and room, from the declarations that the build emits. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Declared, type Door, readDoors } from '../scripts/declarations.ts';
import { renderComment } from './markdown.ts';
import type { Places } from './places.ts';
import { escapeHtml, plainText, type SitePage, wayTo } from './site-page.ts';

/** Doors with more names than this have a page for each room. */
const MOST_ON_A_PAGE = 60;
/** Declarations with more lines are folded. */
const MOST_LINES = 60;

/** Names of one door that one folder of the source declares. */
interface Room {
  readonly door: Door;
  readonly name: string;
  readonly page: string;
  readonly declared: readonly Declared[];
}

interface Making {
  readonly places: Places;
  readonly rooms: readonly Room[];
  /** What the rooms are, by name. */
  readonly about: ReadonlyMap<string, string>;
}

/** All of them, and a list of the doors. */
export function apiSitePages(root: string, places: Places): readonly SitePage[] {
  const doors = readDoors();
  const making = { places, rooms: doors.flatMap(roomsOf), about: roomsOfArchitecture(root) };
  return [
    doorsPage(doors, making),
    ...doors.map((door) => doorPage(door, making)),
    ...making.rooms.filter((room) => room.page !== doorPath(room.door)).map((room) => roomPage(room, making)),
  ];
}

function doorPath(door: Door): string {
  return `api/${door.name.replace('/', '-')}.html`;
}

function roomsOf(door: Door): readonly Room[] {
  const nameOf = ({ file }: Declared): string => file.split('/')[0]?.replace('.d.ts', '') ?? '';
  const names = [...new Set(door.declared.map(nameOf))].sort();
  return names.map((name) => ({
    door,
    name,
    page: door.declared.length > MOST_ON_A_PAGE ? doorPath(door).replace('.html', `/${name}.html`) : doorPath(door),
    declared: door.declared.filter((each) => nameOf(each) === name),
  }));
}

/** What the code map says of each folder. */
function roomsOfArchitecture(root: string): ReadonlyMap<string, string> {
  const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
  return new Map(
    [...text.matchAll(/^\| `src\/([\w-]+)\/` \| (.*) \|$/gm)].map(([, name = '', about = '']) => [name, about]),
  );
}

function doorsPage(doors: readonly Door[], making: Making): SitePage {
  const path = 'api/index.html';
  const items = doors.map(
    (door) =>
      `<h2 id="${door.name.replace('/', '-')}"><a href="${wayTo(path, doorPath(door))}"><code>${door.name}</code></a></h2>\n${prose(door.about, path, making)}<p>${door.declared.length} names.</p>`,
  );
  const body = `<h1>API</h1>
<p>Five import paths; <a href="${wayTo(path, 'docs/library.html')}">peerpath as a library</a> says why, and how calls fail. What a release may change: <a href="${wayTo(path, 'docs/versioning.html')}">versioning</a>.</p>
${items.join('\n')}`;
  return { path, title: 'API', section: 'api', body };
}

function doorPage(door: Door, making: Making): SitePage {
  const path = doorPath(door);
  const rooms = making.rooms.filter((room) => room.door === door);
  const parts = rooms.map((room) => (room.page === path ? wholeRoom(room, making) : roomSummary(room, path, making)));
  const body = `<h1><code>${door.name}</code></h1>\n${prose(door.about, path, making)}${parts.join('\n')}`;
  return { path, title: door.name, section: 'api', body };
}

function roomSummary(room: Room, path: string, making: Making): string {
  const rows = room.declared.map(
    ({ name, about }) =>
      `<tr><td><a href="${wayTo(path, room.page)}#${name}"><code>${name}</code></a></td><td>${firstSentence(about, path, making)}</td></tr>`,
  );
  const about = making.about.get(room.name);
  return `<h2 id="${room.name}"><a href="${wayTo(path, room.page)}">${room.name}</a></h2>
${about === undefined ? '' : prose(about, path, making)}<div class="wide" tabindex="0"><table class="names"><tbody>${rows.join('\n')}</tbody></table></div>`;
}

function roomPage(room: Room, making: Making): SitePage {
  const about = making.about.get(room.name);
  const body = `<h1><code>${room.door.name}</code>: ${room.name}</h1>
${about === undefined ? '' : prose(about, room.page, making)}${declarations(room, making)}`;
  return { path: room.page, title: `${room.door.name}: ${room.name}`, section: 'api', body };
}

/** Where a door has few names, its rooms stand on its page. */
function wholeRoom(room: Room, making: Making): string {
  return declarations(room, making);
}

function declarations(room: Room, making: Making): string {
  return room.declared
    .map(
      (each) =>
        `<h2 id="${each.name}" class="name"><code>${each.name}</code> <a class="anchor" href="#${each.name}" aria-label="Link to ${each.name}">#</a></h2>
${prose(each.about, room.page, making)}${signature(each, room, making)}`,
    )
    .join('\n');
}

function signature({ name, text }: Declared, room: Room, making: Making): string {
  const shown = text
    .replaceAll(/^\s*(?:#private|private \w.*);\n?/gm, '')
    .replaceAll(/^(?: {4})+/gm, (indent) => indent.replaceAll('    ', '  '));
  const code = `<pre tabindex="0"><code>${linkedCode(shown, name, room, making)}</code></pre>\n`;
  const lines = shown.split('\n').length;
  return lines > MOST_LINES ? `<details><summary>Its declaration, ${lines} lines</summary>${code}</details>\n` : code;
}

/** Code in which names lead to their declarations, and comments stand back. */
function linkedCode(text: string, self: string, room: Room, making: Making): string {
  return text
    .split(/(\/\*[\s\S]*?\*\/|'[^'\n]*')/)
    .map((part, index) => {
      if (index % 2 === 1 && part.startsWith('/*')) return `<i>${escapeHtml(part)}</i>`;
      if (index % 2 === 1) return escapeHtml(part);
      return escapeHtml(part).replaceAll(/(?<![\w&])[A-Z]\w+\b/g, (name) => {
        const href = name === self ? undefined : hrefOf(name, room.page, room.door, making);
        return href === undefined ? name : `<a href="${href}">${name}</a>`;
      });
    })
    .join('');
}

/** Where a name is declared: behind the same door where that has it. */
function hrefOf(name: string, from: string, door: Door | undefined, { rooms }: Making): string | undefined {
  const having = rooms.filter(({ declared }) => declared.some((each) => each.name === name));
  const room = having.find((each) => each.door === door) ?? having[0];
  return room === undefined ? undefined : `${wayTo(from, room.page)}#${name}`;
}

/** A comment as HTML; its tags as words. */
function prose(about: string, page: string, making: Making): string {
  if (about === '') return '';
  const text = about
    .replaceAll(/\{@link (\w+)[^}]*\}/g, (_whole, name: string) => {
      const href = hrefOf(name, page, undefined, making);
      return href === undefined ? `\`${name}\`` : `[\`${name}\`](#to:${href})`;
    })
    .replaceAll(/\s*@kernel (\S+) (\S+?)(?=\.?(?:\s|$))/g, '\n\nIn the kernel: `$1`, `$2`')
    .replaceAll(/\s*@kernel (\S+)/g, '\n\nIn the kernel: `$1`')
    .replaceAll(/\s*@(throws|returns?|param|example)\s+/g, (_whole, tag: string) => `\n\n${TAG_WORDS[tag] ?? tag}: `);
  return renderComment(text, { source: '', page }, making.places).replaceAll('href="#to:', 'href="');
}

const TAG_WORDS: Readonly<Record<string, string>> = {
  throws: 'Throws',
  return: 'Gives',
  returns: 'Gives',
  param: 'Parameter',
  example: 'Example',
};

function firstSentence(about: string, page: string, making: Making): string {
  const first = /^[\s\S]*?[.:](?=\s|$)/.exec(about.split(/\n\n|@/)[0] ?? '')?.[0] ?? about;
  const html = prose(first.replaceAll('\n', ' '), page, making);
  return plainText(html) === '' ? '' : html.replace(/^<p>/, '').replace(/<\/p>\s*$/, '');
}
