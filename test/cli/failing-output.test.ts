/** Failing to write is an error, and no answer; a reader that goes away changes no answer. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { peerpath } from './run-peerpath.ts';

const INTEL = 'test/machines/acsswitch-intel/capture.tar.gz';
const folder = mkdtempSync(join(tmpdir(), 'peerpath-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a line of bash in which `$P` is the command. */
function bash(line: string): { code: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, P: `${process.execPath} dist/bin/peerpath.js` };
  const { status, stdout, stderr } = spawnSync('bash', ['-c', `set -o pipefail; ${line}`], { env, encoding: 'utf8' });
  return { code: status, stdout, stderr };
}

const COMMANDS = [
  `matrix ${INTEL}`,
  `matrix ${INTEL} --json`,
  `explain other0 other2 ${INTEL}`,
  `devices ${INTEL} --format html`,
  `groups ${INTEL} --format md`,
  `check ${INTEL} --require 'other1 -> other2: direct'`,
  'capture --script',
  `capture - --machine ${INTEL}`,
  '--help',
];

describe.runIf(existsSync('/dev/full'))('standard output that cannot be written', () => {
  test.each(COMMANDS)('%s: one sentence, exit code 2', (command) => {
    const { code, stderr } = bash(`$P ${command} > /dev/full`);
    expect(stderr).toMatch(/^peerpath: standard output cannot be written \(ENOSPC\)\n$/m);
    expect(stderr).not.toMatch(/\bat \S+:\d+/);
    expect(code).toBe(2);
  });
});

describe('a reader that stops early', () => {
  test.each([
    ['an answer that is no', `check ${INTEL} --require 'other1 -> other2: direct'`, 1],
    ['an answer', `matrix ${INTEL}`, 0],
    ['an open answer', 'explain 03:00.0 05:00.0 test/machines/acsswitch-lspci/lspci.txt', 3],
  ])('%s keeps its exit code', (_what, command, expected) => {
    expect(bash(`$P ${command} > /dev/null`).code).toBe(expected);
    const { code, stderr } = bash(`$P ${command} | true`);
    expect([code, stderr]).toEqual([expected, '']);
  });
});

describe('capture', () => {
  test('writes to standard output for -, and no file of that name', () => {
    const before = readdirSync('.');
    const archive = join(folder, 'piped.tar.gz');
    expect(bash(`$P capture - --machine ${INTEL} > ${archive}`).code).toBe(0);
    expect(readdirSync('.')).toEqual(before);
    expect(peerpath(['matrix', archive]).stdout).toBe(peerpath(['matrix', INTEL]).stdout);
  });

  test('does not write over a capture that was to be read', () => {
    const archive = join(folder, 'precious.tar.gz');
    writeFileSync(archive, readFileSync(INTEL));
    const run = peerpath(['capture', archive, '--machine', INTEL]);
    expect([run.code, run.stdout]).toEqual([2, '']);
    expect(run.stderr).toContain(
      `exists already; give another name, or --force to replace it. To read it: peerpath matrix ${archive}`,
    );
    expect(readFileSync(archive)).toEqual(readFileSync(INTEL));
    expect(peerpath(['capture', archive, '--machine', INTEL, '--force']).code).toBe(0);
  });

  test('leaves devices alone', () => {
    const run = peerpath(['capture', '/dev/null', '--machine', INTEL, '--force']);
    expect(run.stderr).toMatch(/\/dev\/null: is a device, which is not replaced/);
    expect(run.code).toBe(2);
  });
});
