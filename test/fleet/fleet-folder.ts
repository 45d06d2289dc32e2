/** Folders of captures and of fleets, gone after the tests of a file. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { FleetDatabase } from '../../src/fleet-node/index.ts';

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

/** A new folder. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'peerpath-fleet-'));
  made.push(folder);
  return folder;
}

/** A new folder with these files. */
export function folderOf(files: Iterable<{ readonly name: string; readonly archive: Uint8Array | string }>): string {
  const folder = newFolder();
  for (const { name, archive } of files) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), archive);
  }
  return folder;
}

/** Rows of SQL over the tables of a folder. */
export async function ask(folder: string, sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const database = await FleetDatabase.open([{ folder, schema: 'main' }]);
  try {
    return (await database.query(sql)).rows;
  } finally {
    database.close();
  }
}
