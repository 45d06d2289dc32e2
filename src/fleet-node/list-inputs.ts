/** From what was named to single inputs: files, folders of files, patterns. */
import { type Dirent, lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The inputs behind `sources`, in the order given, each folder's in the order of names. A folder is one machine where it
 * holds `sys` or `capture.log`, else all files below it are inputs (names that begin with a dot are none); links to
 * folders are not followed. A source that does not exist and has `*`, `?` or `[` is a pattern; `**` stands for any folders.
 */
export function listInputs(sources: readonly string[]): readonly string[] {
  return sources.flatMap((source) => {
    const kind = kindOf(source);
    if (kind === 'folder') return [...inputsOfFolder(source)];
    if (kind === undefined && /[*?[]/.test(source)) return [...matches(source)];
    return [source];
  });
}

function kindOf(path: string): 'folder' | 'other' | undefined {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'other';
  } catch {
    return undefined;
  }
}

function* inputsOfFolder(folder: string): Generator<string> {
  const entries = entriesOf(folder);
  if (entries === undefined) {
    // Whoever reads it says why it cannot be.
    yield folder;
    return;
  }
  if (entries.some(({ name }) => name === 'sys' || name === 'capture.log')) {
    yield folder;
    return;
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* inputsOfFolder(path);
    else if (entry.isFile() || (entry.isSymbolicLink() && isFile(path))) yield path;
  }
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function entriesOf(folder: string): readonly Dirent[] | undefined {
  try {
    const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !name.startsWith('.'));
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch {
    return undefined;
  }
}

/** Paths that a pattern fits, in order. */
function* matches(pattern: string): Generator<string> {
  const parts = pattern.split('/');
  yield* below(parts[0] === '' ? '/' : '', parts[0] === '' ? parts.slice(1) : parts);
}

function* below(folder: string, parts: readonly string[]): Generator<string> {
  const [part, ...rest] = parts;
  if (part === undefined) {
    yield* kindOf(folder) === 'folder' ? inputsOfFolder(folder) : [folder];
    return;
  }
  if (part === '**') {
    yield* below(folder, rest);
    for (const { name } of (entriesOf(folder === '' ? '.' : folder) ?? []).filter((entry) => entry.isDirectory()))
      yield* below(join(folder, name), parts);
    return;
  }
  if (!/[*?[]/.test(part)) {
    const path = folder === '' ? part : join(folder, part);
    if (exists(path)) yield* below(path, rest);
    return;
  }
  const fits = wildcardOf(part);
  for (const { name } of entriesOf(folder === '' ? '.' : folder) ?? [])
    if (fits.test(name)) yield* below(folder === '' ? name : join(folder, name), rest);
}

function exists(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

function wildcardOf(part: string): RegExp {
  const source = part.replace(/\[[^\]]+\]|[.*+?^${}()|[\]\\]/g, (found) => {
    if (found === '*') return '.*';
    if (found === '?') return '.';
    return found.length > 1 ? found.replace(/^\[!/, '[^').replaceAll('\\', '\\\\') : `\\${found}`;
  });
  return new RegExp(`^${source}$`);
}
