/** A machine's files on disk, for tests of what reads them: a recording unpacked, with more besides. */
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readTar } from '../../src/archive/read-tar.ts';
import { MemoryDirectory } from '../../src/capture/sysfs/memory-tree.ts';
import type { Files } from './tree-of.ts';

/** The recordings in the repository. */
export const RECORDINGS = ['vfio-epyc-intel', 'multifn-intel', 'arm-domains-none', 'switch-none'] as const;

/** Where a recording's capture is. */
export function recordingPath(name: string): string {
  return new URL(`../fixtures/recordings/${name}/capture.tar.gz`, import.meta.url).pathname;
}

/** A new folder for a test; the tests' own temporary folder is removed with the machine. */
export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'peerpath-test-'));
}

/** Writes files below a folder. */
export function writeFiles(folder: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    const full = join(folder, path);
    mkdirSync(content === null ? full : dirname(full), { recursive: true });
    if (content === null) continue;
    if (typeof content === 'object' && 'link' in content) symlinkSync(content.link, full);
    else writeFileSync(full, content);
  }
}

/** Unpacks a recording into a new folder. @returns the folder */
export function unpackRecording(name: string): string {
  const tar = readTar(new Uint8Array(gunzipSync(readFileSync(recordingPath(name)))));
  if (!tar.ok) throw new Error(tar.error);
  const folder = newFolder();
  unpack(tar.value.tree.makeDirectory(''), folder);
  return folder;
}

function unpack(directory: MemoryDirectory, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of directory.names) {
    const entry = directory.get(name);
    const path = join(folder, name);
    if (entry instanceof MemoryDirectory) unpack(entry, path);
    else if (typeof entry === 'string') symlinkSync(entry, path);
    else if (entry !== undefined) writeFileSync(path, entry.bytes);
  }
}
