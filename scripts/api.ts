/** Writes docs/api/: everything public, a file for each door of the package, so that a change of it is seen in review. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Door, readDoors, typesRead, withoutComments } from './declarations.ts';

const ROOT = new URL('..', import.meta.url).pathname;
const FOLDER = 'docs/api';

/** The reports as they should be now, by file. Reads the declarations that the build emitted. */
export function apiReports(): ReadonlyMap<string, string> {
  const doors = readDoors();
  const known = new Set(doors.flatMap(({ declared }) => declared.map(({ name }) => name)));
  return new Map(doors.map((door) => [`${FOLDER}/${door.name.replace('/', '-')}.txt`, report(door, known)]));
}

function report(door: Door, known: ReadonlySet<string>): string {
  const texts = door.declared.map(({ text }) => shortened(text));
  const hidden = new Set(texts.flatMap((text) => mentioned(text)).filter((name) => !known.has(name)));
  return [
    `# What "${door.name}" exports. Written by "npm run api"; a test holds it against the declarations.`,
    '',
    ...texts,
    '',
    `# Types that these mention, and that no door exports: ${[...hidden].sort().join(', ') || 'none'}`,
    '',
  ].join('\n');
}

/** Names of our own that a declaration mentions: what begins with a capital and is no parameter of a type. */
function mentioned(text: string): readonly string[] {
  const bare = text.replaceAll(/'[^']*'|"[^"]*"/g, '');
  const parameters = new Set([...bare.matchAll(/[<,]\s*([A-Z]\w*)(?= extends|[,>=])/g)].map((match) => match[1]));
  const own = typesRead();
  return [...bare.matchAll(/(?<![.\w$])([A-Z]\w*)(?!\w*\??:(?!:))/g)]
    .map((match) => match[1] ?? '')
    .filter((name) => own.has(name) && !(parameters.has(name) && name.length === 1));
}

/** Declarations one on a line; long tables of values end after their first words. */
function shortened(text: string): string {
  return withoutComments(text).split(OVERLOAD).map(oneLine).join('\n');
}

/** Where the next declaration of the same function begins. */
const OVERLOAD = /\n(?=function )/;

function oneLine(statement: string): string {
  const line = statement
    .replaceAll(/^\s*private .*$\n?/gm, '')
    .replaceAll(/^\s*#private;$\n?/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return line.length > 2000 ? `${line.slice(0, 2000)} ...` : line;
}

if (process.argv[1]?.endsWith('api.ts') === true) {
  rmSync(join(ROOT, FOLDER), { recursive: true, force: true });
  mkdirSync(join(ROOT, FOLDER), { recursive: true });
  for (const [file, text] of apiReports()) writeFileSync(join(ROOT, file), text);
}
