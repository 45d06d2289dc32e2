/** What the doors of the package declare, read from the declarations that the build emits. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = new URL('..', import.meta.url).pathname;

/** A public name, and how it is declared. */
export interface Declared {
  readonly name: string;
  /** Its declaration with the comments inside it, as TypeScript. Overloads stand below each other. */
  readonly text: string;
  /** The comment above it, without its marks. */
  readonly about: string;
  /** The file that declares it, from the folder of declarations: `dma-buf/attach.d.ts`. */
  readonly file: string;
}

/** An import path of the package, and what it gives. */
export interface Door {
  /** `peerpath`, `peerpath/lab`. */
  readonly name: string;
  /** The comment at the head of its file. */
  readonly about: string;
  /** By name. */
  readonly declared: readonly Declared[];
}

/** The doors, as package.json lists them. */
export function readDoors(): readonly Door[] {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    exports: Readonly<Record<string, string | { readonly types: string }>>;
  };
  return Object.entries(exports).flatMap(([door, target]) => {
    if (typeof target === 'string') return [];
    const file = join(ROOT, target.types);
    const declared = [...declarationsOf(file).values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return [{ name: door.replace(/^\./, 'peerpath'), about: headOf(file), declared }];
  });
}

/** A declaration without what stands in comments. */
export function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\/|^\/\/.*$/gm, '');
}

/** Every interface, class and type of the files that were read so far. */
export function typesRead(): ReadonlySet<string> {
  return types;
}

const files = new Map<string, string>();
const types = new Set<string>();

function read(file: string): string {
  const before = files.get(file);
  if (before !== undefined) return before;
  const text = readFileSync(file, 'utf8').replaceAll(/^\/\/.*$/gm, '');
  files.set(file, text);
  const bare = withoutComments(text);
  for (const match of bare.matchAll(/^(?:export )?(?:declare )?(?:abstract )?(?:interface|class|type) (\w+)/gm))
    types.add(match[1] ?? '');
  for (const match of bare.matchAll(/from '(\.[^']+)'/g)) read(resolved(file, match[1] ?? ''));
  return text;
}

function resolved(from: string, target: string): string {
  return join(dirname(from), target.replace(/\.(?:js|ts)$/, '.d.ts'));
}

function headOf(file: string): string {
  return prose(/^\/\*\*[\s\S]*?\*\//.exec(read(file))?.[0] ?? '');
}

/** What a file exports, from itself and from others. */
function declarationsOf(file: string): ReadonlyMap<string, Declared> {
  const found = new Map<string, Declared>();
  for (const { about, text: statement } of statements(read(file))) {
    const star = /^export (?:type )?\* from '([^']+)'/.exec(statement);
    const list = /^export (?:type )?\{([^}]*)\} from '([^']+)'/.exec(statement);
    const own =
      /^export (?:declare )?(?:abstract )?(?:async )?(?:function|const|let|class|interface|type|enum) (\w+)/.exec(
        statement,
      );
    if (star !== null) for (const [name, what] of declarationsOf(resolved(file, star[1] ?? ''))) found.set(name, what);
    else if (list !== null) {
      const others = declarationsOf(resolved(file, list[2] ?? ''));
      for (const entry of withoutComments(list[1] ?? '').split(',')) {
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
      const text = statement.replace(/^export (?:declare )?/, '');
      found.set(name, {
        name,
        text: before === undefined ? text : `${before.text}\n${text}`,
        about: before?.about || about,
        file: file.replace(/^.*\/dist\//, ''),
      });
    }
  }
  return found;
}

/** Top-level statements that export, each with the comment above it. */
function statements(text: string): readonly { readonly about: string; readonly text: string }[] {
  // A comment begins a statement where one follows it: within a union, comments stand at the left edge as well.
  const parts = text.split(
    /\n(?=(?:\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*\n)?(?:export|declare|import|interface|type|class|function|const)\b)/,
  );
  let above = '';
  return parts.flatMap((part) => {
    const [, comment = '', rest = ''] = /^(\/\*\*[\s\S]*?\*\/)?([\s\S]*)$/.exec(part.trim()) ?? [];
    const about = comment === '' ? above : comment;
    const statement = rest.trim();
    above = statement === '' ? about : '';
    return statement.startsWith('export') ? [{ about: prose(about), text: statement }] : [];
  });
}

function prose(comment: string): string {
  return comment
    .replace(/^\/\*\*\s?/, '')
    .replace(/\s*\*\/$/, '')
    .replaceAll(/^\s*\* ?/gm, '')
    .trim();
}
