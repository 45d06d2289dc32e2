/** Writes docs/api/: everything public, a file for each door of the package, so that a change of it is seen in review. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = new URL('..', import.meta.url).pathname;
const FOLDER = 'docs/api';

/** A public name, and how it is declared. */
interface Declared {
  readonly name: string;
  /** Its declaration without comments and bodies. */
  readonly text: string;
}

/** The reports as they should be now, by file. Reads the declarations that the build emitted. */
export function apiReports(): ReadonlyMap<string, string> {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    exports: Readonly<Record<string, string | { readonly types: string }>>;
  };
  const doors = Object.entries(exports).flatMap(([door, target]) =>
    typeof target === 'string' ? [] : [[door.replace(/^\./, 'peerpath'), target.types] as const],
  );
  const declared = doors.map(([door, types]) => [door, [...declarationsOf(join(ROOT, types)).values()]] as const);
  const known = new Set(declared.flatMap(([, all]) => all.map(({ name }) => name)));
  return new Map(declared.map(([door, all]) => [`${FOLDER}/${door.replace('/', '-')}.txt`, report(door, all, known)]));
}

function report(door: string, all: readonly Declared[], known: ReadonlySet<string>): string {
  const declared = all.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const hidden = new Set(declared.flatMap(({ text }) => mentioned(text)).filter((name) => !known.has(name)));
  return [
    `# What "${door}" exports. Written by "npm run api"; a test holds it against the declarations.`,
    '',
    ...declared.map(({ text }) => text),
    '',
    `# Types that these mention, and that no door exports: ${[...hidden].sort().join(', ') || 'none'}`,
    '',
  ].join('\n');
}

/** Names of our own that a declaration mentions: what begins with a capital and is no parameter of a type. */
function mentioned(text: string): readonly string[] {
  const bare = text.replaceAll(/'[^']*'|"[^"]*"/g, '');
  const parameters = new Set([...bare.matchAll(/[<,]\s*([A-Z]\w*)(?= extends|[,>=])/g)].map((match) => match[1]));
  const own = ALL_TYPES();
  return [...bare.matchAll(/(?<![.\w$])([A-Z]\w*)(?!\w*\??:(?!:))/g)]
    .map((match) => match[1] ?? '')
    .filter((name) => own.has(name) && !(parameters.has(name) && name.length === 1));
}

const files = new Map<string, string>();
const types = new Set<string>();

/** Every interface, class and type of the sources that were read so far. */
function ALL_TYPES(): ReadonlySet<string> {
  return types;
}

function read(file: string): string {
  const before = files.get(file);
  if (before !== undefined) return before;
  const text = readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|^\/\/.*$/gm, '');
  files.set(file, text);
  for (const match of text.matchAll(/^(?:export )?(?:declare )?(?:abstract )?(?:interface|class|type) (\w+)/gm))
    types.add(match[1] ?? '');
  for (const match of text.matchAll(/from '(\.[^']+)'/g)) read(resolved(file, match[1] ?? ''));
  return text;
}

function resolved(from: string, target: string): string {
  return join(dirname(from), target.replace(/\.(?:js|ts)$/, '.d.ts'));
}

/** What a file exports, from itself and from others. */
function declarationsOf(file: string): ReadonlyMap<string, Declared> {
  const found = new Map<string, Declared>();
  for (const statement of statements(read(file))) {
    const star = /^export (?:type )?\* from '([^']+)'/.exec(statement);
    const list = /^export (?:type )?\{([^}]*)\} from '([^']+)'/.exec(statement);
    const own =
      /^export (?:declare )?(?:abstract )?(?:async )?(?:function|const|let|class|interface|type|enum) (\w+)/.exec(
        statement,
      );
    if (star !== null) for (const [name, what] of declarationsOf(resolved(file, star[1] ?? ''))) found.set(name, what);
    else if (list !== null) {
      const others = declarationsOf(resolved(file, list[2] ?? ''));
      for (const entry of (list[1] ?? '').split(',')) {
        const [name = '', as = name] = entry
          .trim()
          .replace(/^type /, '')
          .split(' as ');
        const what = others.get(name);
        if (what !== undefined) found.set(as, { ...what, name: as });
        else if (name !== '') throw new Error(`${file}: ${name} is not declared in ${list[2]}`);
      }
    } else if (own !== null) {
      const name = own[1] ?? '';
      const before = found.get(name);
      // Overloads stand below each other.
      const text = shortened(statement);
      found.set(name, { name, text: before === undefined ? text : `${before.text}\n${text}` });
    }
  }
  return found;
}

/** Top-level statements of a file of declarations. */
function statements(text: string): readonly string[] {
  return text
    .split(/\n(?=(?:export|declare|import|interface|type|class|function|const)\b)/)
    .map((part) => part.trim())
    .filter((part) => part.startsWith('export'));
}

/** On one line; long tables of values end after their first words. */
function shortened(statement: string): string {
  const line = statement
    .replace(/^export (?:declare )?/, '')
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
