import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { peerpath } from './run-peerpath.ts';

const SETPCI = 'test/machines/acsswitch-none-setpci/capture.tar.gz';
const LSPCI = 'test/machines/acsswitch-lspci/lspci.txt';

const folder = mkdtempSync(join(tmpdir(), 'peerpath-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('check', () => {
  const cases: [string, string, string[], number][] = [
    ['what holds: 0', '04:00.0 <-> 05:00.0: direct', [SETPCI], 0],
    ['by kernel name: 0', '04:00.0 -> 05:00.0: PCI_P2PDMA_MAP_BUS_ADDR', [SETPCI], 0],
    ['what fails: 1', '03:00.0 -> 04:00.0: direct', [SETPCI], 1],
    ['near enough: 0', '04:00.0 -> 05:00.0: direct, distance <= 4', [SETPCI], 0],
    ['too far: 1', '04:00.0 -> 05:00.0: distance <= 3', [SETPCI], 1],
    ['what must be refused and is: 0', '03:00.0 -> 04:00.0: not-supported', [SETPCI], 0],
    ['what the input leaves open: 3', '03:00.0 -> 04:00.0: supported', [LSPCI], 3],
    ['what is open but cannot meet it: 1', '03:00.0 -> 04:00.0: direct', [LSPCI], 1],
    ['under a what-if: 0', '03:00.0 -> 04:00.0: direct', [SETPCI, '--acs', 'clear:all'], 0],
  ];
  test.each(cases)('%s', (_, requirement, args, code) => {
    expect(peerpath(['check', ...args, '--require', requirement]).code).toBe(code);
  });

  test('the answer first, then pairs that fail for one reason in one line; --pairs has each', () => {
    const args = ['check', SETPCI, '--require', '03:00.0 <-> 04:00.0: direct'];
    expect(peerpath(args).stdout.trim().split('\n')).toEqual([
      'No: 2 of 2 required pairs fail.',
      'As Linux 7.3.4+deb13-amd64 answers (read from the input).',
      '',
      '03:00.0 <-> 04:00.0: direct (2 pairs)',
      '  - FAIL     other0, other1 among each other (2 pairs): not supported: ACS redirect below their shared bridge (peerpath',
      '    fix)',
      '',
      'More: --pairs (Every pair: 2 not met or unknown)',
    ]);
    expect(
      peerpath([...args, '--pairs'])
        .stdout.trim()
        .split('\n')
        .slice(-2),
    ).toEqual([
      '  FAIL     other0 (0000:03:00.0) -> other1 (0000:04:00.0) is not supported; required: 03:00.0 <-> 04:00.0: direct',
      '  FAIL     other1 (0000:04:00.0) -> other0 (0000:03:00.0) is not supported; required: 03:00.0 <-> 04:00.0: direct',
    ]);
  });

  test('reasons are told apart: no shared bridge, refused or not, redirect, too far, direct where it must not be, open', () => {
    const lines = (source: string, ...required: string[]): string =>
      peerpath(['check', source, ...required.flatMap((each) => ['--require', each])]).stdout.replace(/\n +/g, ' ');
    const hgx = 'examples/machines/hgx-8gpu.yaml';
    const server = lines(hgx, 'gpu* <-> nic*: direct', 'GPU0 -> NIC0: distance <= 3');
    expect(server).toMatch(
      /FAIL {5}GPU0, GPU1 <-> NIC2…NIC7; .* \(96 pairs\): through the host bridge: no shared bridge -/,
    );
    expect(server).toMatch(/FAIL .* \(32 pairs\): through the host bridge: ACS redirect below their shared bridge/);
    expect(server).toMatch(/FAIL {5}GPU0 -> NIC0: through the host bridge, but \d+ hops apart/);
    expect(lines(SETPCI, '04:00.0 -> 05:00.0: not-supported')).toMatch(/: direct, below one bridge$/m);
    expect(lines('test/machines/nvme-none/capture.tar.gz', 'nvme0 -> nvme1: direct')).toMatch(
      /: not supported: no shared bridge, and Linux refuses the host bridges$/m,
    );
    const old = peerpath(['check', SETPCI, '--kernel', '4.19', '--require', '04:00.0 -> 05:00.0: direct']).stdout;
    expect(old).toMatch(/: not supported: the kernel has no P2PDMA$/m);
    const open = peerpath(['check', LSPCI, '--require', '03:00.0 -> 04:00.0: supported']).stdout;
    expect(open).toMatch(/UNKNOWN {2}other0 -> other1: may be through the host bridge, or not supported$/m);
    expect(open).toMatch(/^What is missing\n/m);
  });

  test('names the kernel and what is supposed, in text and JSON', () => {
    const args = ['check', SETPCI, '--require', '03:00.0 -> 04:00.0: direct', '--acs', 'clear:all', '--kernel', '6.19'];
    expect(peerpath(args).stdout).toMatch(
      /^Yes: the required pair holds\.\nWhat if --kernel 6\.19 --acs clear:all\n(?: .*\n)*As Linux 6\.19 answers \(chosen/,
    );
    expect(JSON.parse(peerpath([...args, '--json']).stdout)).toMatchObject({
      kernel: { release: '6.19', source: 'chosen' },
      whatIf: { asked: '--kernel 6.19 --acs clear:all' },
    });
  });

  test('requirements from a file, with comments; JUnit and Prometheus', () => {
    const file = join(folder, 'required.txt');
    writeFileSync(file, '# the pair we sell\n04:00.0 -> 05:00.0: direct # both ways\n\n03:00.0 -> 05:00.0: direct\n');
    const junit = peerpath(['check', SETPCI, '--file', file, '--format', 'junit']);
    expect(junit.code).toBe(1);
    expect(junit.stdout).toContain('<testsuite name="peerpath check" tests="2" failures="1" errors="0">');
    const metrics = peerpath(['check', SETPCI, '--file', file, '--format', 'prometheus']).stdout;
    expect(metrics).toContain(
      'peerpath_requirement_holds{requirement="04:00.0 -> 05:00.0: direct",provider="0000:04:00.0",client="0000:05:00.0"} 1',
    );
    expect(JSON.parse(peerpath(['check', SETPCI, '--file', file, '--json']).stdout)).toMatchObject({
      schema: 'peerpath.check/1',
      holds: false,
      conditions: [
        { state: 'holds', distance: 4 },
        { state: 'fails', distance: -1 },
      ],
    });
  });

  test.each([
    ['nothing required', [], /nothing to check/],
    ['a condition of no kind', ['--require', '03:00.0 -> 04:00.0: fast'], /"fast" is no condition/],
    ['no arrow', ['--require', 'gpu0: direct'], /write PAIRS: TYPE/],
    ['a device that is not there', ['--require', 'gpu0 -> nic0: direct'], /no device "gpu0"/],
    ['a file that is not there', ['--file', 'nosuch'], /--file nosuch/],
    ['a format of no kind', ['--require', 'a -> b: direct', '--format', 'pdf'], /--format pdf/],
  ])('%s: 2, one sentence', (_, args, sentence) => {
    const run = peerpath(['check', SETPCI, ...args]);
    expect(run.code).toBe(2);
    expect(run.stdout).toBe('');
    expect(run.stderr).toMatch(sentence);
    expect(run.stderr.trim().split('\n')).toHaveLength(1);
  });
});
