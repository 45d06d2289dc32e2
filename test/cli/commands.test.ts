import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { peerpath } from './run-peerpath.ts';

const MACHINES = 'test/machines';
const SETPCI = `${MACHINES}/acsswitch-none-setpci/capture.tar.gz`;
const LSPCI = `${MACHINES}/acsswitch-lspci/lspci.txt`;

function json(args: readonly string[]): Record<string, unknown> {
  return JSON.parse(peerpath([...args, '--json']).stdout) as Record<string, unknown>;
}

describe('exit codes', () => {
  const cases: [string, string[], number][] = [
    ['a machine that is answered: 0', [SETPCI], 0],
    ['a supported pair: 0', ['explain', '04:00.0', '05:00.0', SETPCI], 0],
    ['a refused pair: 1', ['explain', '03:00.0', '04:00.0', SETPCI], 1],
    ['a pair whose answer the input leaves open: 3', ['explain', '03:00.0', '04:00.0', LSPCI], 3],
    ['help: 0', ['--help'], 0],
    ['help of a command: 0', ['explain', '--help'], 0],
    ['version: 0', ['--version'], 0],
  ];
  test.each(cases)('%s', (_, args, code) => {
    expect(peerpath(args).code).toBe(code);
  });

  const refused: [string, string[], RegExp][] = [
    ['a source that is not there', ['nosuch.tar.gz'], /nosuch\.tar\.gz/],
    ['an unknown option', ['matrix', '--colour', SETPCI], /--colour/],
    ['a missing argument', ['explain', 'gpu0'], /client/],
    ['a source where the second device stands', ['explain', 'gpu0', SETPCI], /: peerpath explain PROVIDER CLIENT test/],
    ['an option before the command that nobody knows', ['--kernle', '6.19', 'matrix', SETPCI], /Did you mean --kernel/],
    ['a device that is not there', ['explain', 'gpu0', 'nic0', SETPCI], /"gpu0"/],
    ['a word that fits several devices', ['explain', 'other', '03:00.0', SETPCI], /other0 0000:03:00\.0, other1/],
    ['a kernel that is no release', ['--kernel', 'newest', SETPCI], /--kernel newest/],
    ['a processor of no kind', ['--cpu', 'fast', SETPCI], /--cpu fast/],
    ['a selection of nothing', ['matrix', SETPCI, '--only', 'gpu'], /--only gpu/],
    ['a file that is no machine', ['package.json'], /package\.json/],
  ];
  test.each(refused)('%s: 2, one sentence, nothing on standard output', (_, args, sentence) => {
    const run = peerpath(args);
    expect(run.code).toBe(2);
    expect(run.stdout).toBe('');
    expect(run.stderr).toMatch(sentence);
    expect(run.stderr.trim().split('\n')).toHaveLength(1);
    expect(run.stderr).not.toMatch(/ at |\.ts:|\.js:/);
  });
});

describe('labels of a description', () => {
  const desktop = 'examples/machines/desktop-2gpu.yaml';
  test('are those of every command; a kind and a number mean the same device, in capitals or not', () => {
    const said = (...words: string[]) => peerpath([...words, desktop]).stdout;
    expect(said('explain', 'GPU0', 'LAN')).toMatch(/LAN \(0000:07:00\.0\) can read and write GPU0 \(0000:01:00\.0\)/);
    expect(said('explain', 'gpu0', 'nic0')).toBe(said('explain', 'GPU0', 'LAN'));
    for (const command of ['matrix', 'near', 'devices', 'tree', 'groups', 'fix --want all'])
      expect(said(...command.split(' '))).toMatch(/\bGPU0\b/);
    expect(said('matrix', '--only', 'gpu*,lan')).toMatch(/^LAN /m);
    const part = peerpath(['matrix', '--only', 'gpu*,accelerator', desktop]);
    expect([part.code, part.stderr]).toEqual([0, 'note: --only: this machine has no "accelerator"\n']);
    const none = peerpath(['fix', '--want', 'gpu0,03:00.7<->lan', desktop]);
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('--want 03:00.7: no device "03:00.7"')]);
  });
});

describe('JSON', () => {
  test.each(['devices', 'matrix', 'tree'])('%s --json is one document with its schema first', (command) => {
    const document = json([command, SETPCI]);
    expect(Object.keys(document)[0]).toBe('schema');
    expect(document['schema']).toBe(`peerpath.${command === 'tree' ? 'devices' : command}/1`);
  });

  test('devices gives addresses and sizes as hexadecimal strings, the windows apart from the BARs', () => {
    const { functions } = json(['devices', SETPCI]) as { functions: Record<string, unknown>[] };
    const endpoint = functions.find((fn) => fn['bdf'] === '0000:03:00.0');
    expect(endpoint).toMatchObject({
      vendor: '0x1234',
      device: '0x11e8',
      class: '0x00ff00',
      parent: '0000:02:00.0',
      acs: { state: 'absent', cap: null, ctrl: null },
      bars: [{ index: 0, size: '0x100000', flags: '0x40200' }],
    });
    const port = functions.find((fn) => fn['bdf'] === '0000:02:00.0');
    expect(port).toMatchObject({ secondaryBus: 3, subordinateBus: 3, acs: { state: 'known', ctrl: '0x4' } });
  });

  test('matrix lists every ordered pair of the endpoints, with what pci_p2pdma_distance returns', () => {
    const { pairs, kernel } = json(['matrix', SETPCI]) as { pairs: Record<string, unknown>[]; kernel: unknown };
    expect(kernel).toEqual({ release: '7.3.4+deb13-amd64', source: 'read', p2pdma: 'on' });
    expect(pairs).toHaveLength(25);
    expect(pairs).toContainEqual({
      provider: '0000:04:00.0',
      client: '0000:05:00.0',
      mapType: 'PCI_P2PDMA_MAP_BUS_ADDR',
      distance: 4,
    });
    expect(pairs).toContainEqual({
      provider: '0000:03:00.0',
      client: '0000:05:00.0',
      mapType: 'PCI_P2PDMA_MAP_NOT_SUPPORTED',
      distance: -1,
    });
  });

  test('explain gives the verdict with reasons, the path, the redirecting ports and the fix', () => {
    expect(json(['explain', '03:00.0', '04:00.0', SETPCI])).toMatchObject({
      verdict: { mapType: 'PCI_P2PDMA_MAP_NOT_SUPPORTED', distance: -1, hops: 4, missing: [] },
      path: ['0000:03:00.0', '0000:02:00.0', '0000:01:00.0', '0000:02:01.0', '0000:04:00.0'],
      acsRedirect: ['0000:02:00.0'],
      hostBridges: [{ rootBus: '0000:00', device: '0000:00:00.0', outcome: 'not-listed' }],
      fixes: [{ kernelParameter: 'pci=disable_acs_redir=0000:00:04.0/00.0/00.0' }],
    });
  });

  test('an open answer names what is missing and what it could be', () => {
    const { verdict } = json(['explain', '03:00.0', '04:00.0', LSPCI]) as { verdict: Record<string, unknown> };
    expect(verdict).toMatchObject({
      mapType: 'unknown',
      distance: null,
      candidates: ['PCI_P2PDMA_MAP_THRU_HOST_BRIDGE', 'PCI_P2PDMA_MAP_NOT_SUPPORTED'],
      missing: [{ fact: 'processor (AMD Zen or not)', device: null }],
    });
  });

  test('what is said on the command line settles it', () => {
    expect(peerpath(['explain', '03:00.0', '04:00.0', LSPCI, '--cpu', 'other']).code).toBe(1);
    expect(peerpath(['explain', '03:00.0', '04:00.0', LSPCI, '--cpu', 'zen']).code).toBe(0);
  });
});

describe('inputs', () => {
  test('a capture from standard input is the same machine', () => {
    const piped = peerpath(['matrix', '-'], readFileSync(SETPCI));
    expect(piped.code).toBe(0);
    expect(piped.stdout).toBe(peerpath([SETPCI]).stdout);
  });

  test('no colour codes outside a terminal', () => {
    expect(peerpath(['tree', SETPCI]).stdout).not.toContain('\u001b');
  });
});
