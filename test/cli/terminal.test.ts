/** What the command does on a terminal, and what of it can be chosen. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { peerpath } from './run-peerpath.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const NVME = 'test/machines/nvme-none/capture.tar.gz';
const ESCAPE = '\u001b';

/** Runs on a terminal of 12 rows and 90 columns. */
function onTerminal(args: string, environment: NodeJS.ProcessEnv = {}): string {
  const line = `stty rows 12 cols 90; '${process.execPath}' dist/bin/peerpath.js ${args}; echo "code $?"`;
  const { PATH } = process.env;
  const env = { PATH, TERM: 'xterm', ...environment };
  return spawnSync('script', ['-qec', line, '/dev/null'], { cwd: ROOT, env, input: '' }).stdout.toString('utf8');
}

describe.skipIf(spawnSync('sh', ['-c', 'command -v script && command -v stty']).status !== 0)('on a terminal', () => {
  test('long text goes through the pager, which gets it whole and in colour; the exit code is that of the answer', () => {
    const shown = onTerminal(`explain nvme0 nvme1 ${NVME}`, { PAGER: 'sed s/^/@/' });
    expect(shown).toMatch(/^@.*No:/m);
    expect(shown).toMatch(/^@.*Put both devices below one PCIe switch/m);
    expect(shown).toContain(ESCAPE);
    expect(shown).toMatch(/^code 1\r?$/m);
  });

  test('a pager that is not there leaves the text as it is', () => {
    const shown = onTerminal(`explain nvme0 nvme1 ${NVME}`, { PAGER: 'no-such-pager' });
    expect(shown).toMatch(/Put both devices below one PCIe switch/);
    expect(shown).toMatch(/^code 1\r?$/m);
  });

  test('--no-pager, and text that fits, need none', () => {
    expect(onTerminal(`--no-pager explain nvme0 nvme1 ${NVME}`, { PAGER: 'sed s/^/@/' })).not.toContain('@');
    expect(onTerminal(`completion tcsh`, { PAGER: 'sed s/^/@/' })).not.toContain('@');
  });

  test('JSON is no text for a pager', () => {
    expect(onTerminal(`explain nvme0 nvme1 ${NVME} --json`, { PAGER: 'sed s/^/@/' })).not.toMatch(/^@/m);
  });
});

test('--color=always colours a pipe, before the command or behind it', () => {
  expect(peerpath(['--color=always', 'tree', NVME]).stdout).toContain(ESCAPE);
  expect(peerpath(['tree', NVME, '--color', 'always']).stdout).toContain(ESCAPE);
  expect(peerpath(['tree', NVME]).stdout).not.toContain(ESCAPE);
});

test('--quiet leaves standard error to failures', () => {
  const cut = readFileSync(`${ROOT}/test/fixtures/lspci/q35-recorded-xxxx.txt`).subarray(0, 5000);
  const told = peerpath(['devices', '-'], cut);
  expect(told.stderr).toMatch(/^(?:note|damaged): line 23: /);
  const quiet = peerpath(['devices', '-', '--quiet'], cut);
  expect([quiet.stderr, quiet.stdout]).toEqual(['', told.stdout]);
  expect(peerpath(['matrix', 'nosuch.txt', '-q']).stderr).toMatch(/nosuch\.txt/);
});

test('names are never cut in a pipe', () => {
  const { stdout } = peerpath(['matrix', '--all', NVME]);
  expect(stdout).toContain('Intel 82801IR/IO/IH (ICH9R/DO/DH) 6 port SATA Controller [AHCI mode]');
  expect(stdout).not.toContain('…');
});

describe('one thing given for another names the right command', () => {
  test.each([
    [
      ['matrix', 'examples/scenarios/surprise-unplug.yaml'],
      /is a scenario, not a machine; play it with: peerpath lab examples/,
    ],
    [
      ['lab', 'examples/machines/sriov.yaml'],
      /describes a machine .*: peerpath matrix examples\/machines\/sriov\.yaml$/,
    ],
    [['lab', NVME], /is no scenario.*: peerpath matrix test\//],
    [['explian', 'nvme0', 'nvme1', NVME], /did you mean explain\?$/],
    [['help', 'explian'], /^peerpath: help explian: no such command; did you mean explain\?$/],
    [['help', 'foo'], /^peerpath: help foo: no such command; peerpath --help lists the commands$/],
    [['explain', 'nvm0', 'nvme1', NVME], /no device "nvm0" in this machine: did you mean nvme0\?/],
    [['matrix', '--only', 'nvm1', NVME], /--only nvm1: no device "nvm1" in this machine: did you mean nvme1\?/],
  ])('%j', (args, sentence) => {
    const { code, stdout, stderr } = peerpath(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr.trim()).toMatch(sentence);
  });
});
