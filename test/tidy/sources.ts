/** The sources as the tidy tests see them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One TypeScript file below src/. */
export interface Source {
  /** Path from the root of the repository, with forward slashes. */
  readonly path: string;
  /** First folder below src/, or the file name for files directly in it. */
  readonly folder: string;
  readonly text: string;
  readonly isTest: boolean;
}

const ROOT = new URL('../../', import.meta.url).pathname;

/** Every TypeScript file below `top`. */
export function readSources(top = 'src'): Source[] {
  return readdirSync(join(ROOT, top), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') || name.endsWith('.tsx'))
    .map((name) => {
      const path = join(top, name).replaceAll('\\', '/');
      const folder = path.split('/')[1] ?? '';
      return { path, folder, text: readFileSync(join(ROOT, path), 'utf8'), isTest: path.endsWith('.test.ts') };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** A file of the repository. */
export function readRepositoryFile(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}
