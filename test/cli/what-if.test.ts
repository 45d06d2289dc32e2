import { describe, expect, test } from 'vitest';
import { peerpath } from './run-peerpath.ts';

const INTEL = 'test/machines/acsswitch-intel/capture.tar.gz';
const LSPCI = 'test/machines/acsswitch-lspci/lspci.txt';

function json(args: readonly string[]): Record<string, unknown> {
  return JSON.parse(peerpath([...args, '--json']).stdout) as Record<string, unknown>;
}

describe('what-if', () => {
  test('matrix says in its first line how many pairs change', () => {
    const { stdout, code } = peerpath(['matrix', INTEL, '--acs', 'clear:all']);
    expect(stdout.split('\n')[0]).toBe('With this change, 6 of 20 ordered pairs change: 6 not supported → direct.');
    expect(stdout).toContain('-D');
    expect(code).toBe(0);
  });

  test('matrix --json has the pairs as asked, as they are, and the changes', () => {
    const document = json(['matrix', INTEL, '--acs', 'clear:02:00.0', '--acs', 'clear:02:01.0']);
    const pair = { provider: '0000:03:00.0', client: '0000:04:00.0' };
    expect(document['pairs']).toContainEqual({ ...pair, mapType: 'PCI_P2PDMA_MAP_BUS_ADDR', distance: 4 });
    expect((document['present'] as { pairs: unknown }).pairs).toContainEqual({
      ...pair,
      mapType: 'PCI_P2PDMA_MAP_NOT_SUPPORTED',
      distance: -1,
    });
    expect(document['changes']).toHaveLength(2);
    expect(document['whatIf']).toMatchObject({ asked: '--acs clear:02:00.0 --acs clear:02:01.0' });
  });

  test('explain answers the question asked, and says how it is now', () => {
    const run = peerpath(['explain', '03:00.0', '04:00.0', INTEL, '--iommu', 'off']);
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/^Yes, directly: .*\n.*\nNow it is not supported/);
    expect(run.stdout).toContain('Taken for granted: firmware leaves ACS off');
  });

  test('explain follows packets through the registers that are asked about', () => {
    const pair = ['explain', '03:00.0', '04:00.0', INTEL];
    expect(json(pair)['packets']).toEqual({ ways: ['host'], verdict: 'agree' });
    expect(json([...pair, '--acs', 'clear:all'])['packets']).toEqual({ ways: ['direct'], verdict: 'agree' });
    expect(json([...pair, '--iommu', 'off'])['packets']).toEqual({ ways: ['direct'], verdict: 'agree' });
    expect(peerpath([...pair, '--cmdline', 'intel_iommu=on']).stdout).toContain('Packets, routed through');
  });

  test.each([
    ['map', ['03:00.0:0', '04:00.0']],
    ['trace', ['03:00.0:0', '04:00.0']],
    ['check', ['--require', 'all: direct']],
    ['fix', ['--want', 'all']],
    ['doctor', []],
    ['doctor', ['--for', 'passthrough']],
    ['near', []],
    ['groups', []],
    ['evidence', []],
  ])('%s %j names the kernel and what is supposed, in text and JSON', (command, words) => {
    const asked = [command, ...words, INTEL, '--acs', 'clear:all', '--kernel', '7.2'];
    const { stdout } = peerpath(asked);
    expect(stdout).toMatch(/^What if --kernel 7\.2 --acs clear:all$/m);
    expect(stdout).toMatch(/^As Linux 7\.2 answers \(chosen/m);
    expect(json(asked)).toMatchObject({
      kernel: { release: '7.2', source: 'chosen' },
      whatIf: { asked: '--kernel 7.2 --acs clear:all' },
    });
  });

  test('notes say which parameters do nothing', () => {
    const { stdout } = peerpath(['tree', INTEL, '--cmdline', 'intel_iommu=on pci=noacs pcie_acs_override=downstream']);
    expect(stdout).toMatch(/pci=noacs: no Linux that peerpath knows has this option/);
    expect(stdout).toMatch(/pcie_acs_override=downstream: only kernels with an out-of-tree patch/);
  });

  test('a kernel that the input does not tell is no what-if', () => {
    expect(Object.keys(json(['matrix', LSPCI, '--kernel', '6.19']))).not.toContain('whatIf');
    expect(Object.keys(json(['matrix', INTEL, '--kernel', '6.19']))).toContain('whatIf');
  });

  test('ids of one host bridge', () => {
    const run = peerpath(['explain', '03:00.0', '06:00.0', INTEL, '--host-bridge', '8086:2030@0000:00']);
    expect(run.code).toBe(0);
  });

  const refused: [string, string[], RegExp][] = [
    ['an unknown change', ['--acs', 'drop:all'], /--acs drop:all/],
    ['a device that is not there', ['--acs', 'clear:gpu9'], /gpu9/],
    ['a mode of no kind', ['--iommu', 'maybe'], /--iommu maybe/],
    ['a word that every object knows', ['--iommu', 'constructor'], /--iommu constructor/],
    ['ids that are none', ['--host-bridge', 'intel'], /--host-bridge intel/],
    ['a root bus that is not there', ['--host-bridge', '8086:2030@0000:80'], /no such root bus/],
  ];
  test.each(refused)('%s: 2, one sentence', (_, args, sentence) => {
    const run = peerpath(['matrix', INTEL, ...args]);
    expect(run.code).toBe(2);
    expect(run.stdout).toBe('');
    expect(run.stderr).toMatch(sentence);
    expect(run.stderr.trim().split('\n')).toHaveLength(1);
  });
});
