/** Who imports whom, file by file. */
import { posix } from 'node:path';
import type { Source } from './sources.ts';

/** Paths of the files of the repository that each source imports, by its path; those of other folders included. */
export function importGraph(sources: readonly Source[]): ReadonlyMap<string, readonly string[]> {
  return new Map(sources.map((source) => [source.path, importsOf(source)]));
}

function importsOf({ path, text }: Source): string[] {
  const found = [...text.matchAll(/(?:from|import)(?:\s+|\s*\(\s*)'(\.[^'?]+)/g)];
  return [...new Set(found.map((match) => posix.normalize(posix.join(posix.dirname(path), match[1] ?? ''))))];
}
