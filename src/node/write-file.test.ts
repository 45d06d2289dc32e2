import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { newFolder } from '../../test/capture/host-on-disk.ts';
import { writeWhole } from './write-file.ts';

const folder = newFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const BYTES = new TextEncoder().encode('newer');

function refusedBecause(path: string, force = false): string {
  const written = writeWhole(path, BYTES, { force });
  if (written.ok) throw new Error(`${path} was written`);
  return written.error.text;
}

describe('writeWhole', () => {
  it('replaces nothing that is no regular file, not even when forced', () => {
    const fifo = join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const target = join(folder, 'target');
    writeFileSync(target, 'older');
    const link = join(folder, 'link');
    symlinkSync(target, link);
    const dangling = join(folder, 'dangling');
    symlinkSync(join(folder, 'nowhere'), dangling);
    const taken = join(folder, 'taken');
    mkdirSync(taken);
    const before = readdirSync(folder).sort();
    for (const [path, what] of [
      [fifo, 'a FIFO'],
      [link, 'a link'],
      [dangling, 'a link'],
      [taken, 'a folder'],
      ['/dev/null', 'a device'],
    ] as const) {
      for (const force of [false, true])
        expect(refusedBecause(path, force)).toContain(`is ${what}, which is not replaced`);
    }
    expect(readdirSync(folder).sort()).toEqual(before);
    expect(readFileSync(target, 'utf8')).toBe('older');
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  it('replaces a regular file only when forced, and names the command that reads a capture', () => {
    const file = join(folder, 'file');
    writeFileSync(file, 'older');
    expect(refusedBecause(file)).toMatch(/exists already; give another name, or --force/);
    const capture = join(folder, 'host.tar.gz');
    writeFileSync(capture, gzipSync('older'));
    expect(refusedBecause(capture)).toContain('To read it: peerpath matrix');
    expect(writeWhole(file, BYTES, { force: true }).ok).toBe(true);
    expect(readFileSync(file, 'utf8')).toBe('newer');
  });

  it('writes a new file, readable by its owner only, and leaves nothing beside it', () => {
    const inside = join(folder, 'inside');
    mkdirSync(inside);
    const file = join(inside, 'new');
    expect(writeWhole(file, BYTES).ok).toBe(true);
    expect([lstatSync(file).mode & 0o777, readdirSync(inside)]).toEqual([0o600, ['new']]);
  });

  it('says where it cannot write, and leaves nothing behind', () => {
    expect(refusedBecause(join(folder, 'missing', 'x'))).toMatch(/cannot be written \(ENOENT\)/);
    if (existsSync('/dev/full')) expect(refusedBecause('/dev/full/x')).toMatch(/cannot be written \(ENOTDIR\)/);
  });

  it('holds signals while it writes, and no longer', async () => {
    const turn = () => new Promise((resolve) => setTimeout(resolve, 5));
    await turn();
    const before = process.listenerCount('SIGINT');
    writeWhole(join(folder, 'signals'), BYTES);
    expect(process.listenerCount('SIGINT')).toBe(before + 1);
    await turn();
    expect(process.listenerCount('SIGINT')).toBe(before);
  });
});
