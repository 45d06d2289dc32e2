import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { peerpath } from './run-peerpath.ts';

const LIST = [
  '00:00.0 Host bridge [0600]: Intel Corporation Sky Lake-E DMI3 Registers [8086:2020]',
  '00:01.0 PCI bridge [0604]: Intel Corporation Sky Lake-E PCI Express Root Port A [8086:2030]',
  '01:00.0 3D controller [0302]: NVIDIA Corporation GH100 [10de:2330]',
  '00:02.0 PCI bridge [0604]: Intel Corporation Sky Lake-E PCI Express Root Port B [8086:2031]',
  '02:00.0 Ethernet controller [0200]: Mellanox Technologies MT2910 [15b3:1021]',
].join('\n');

let folder = '';
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, `${text}\n`);
  return path;
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'peerpath-evidence-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('several sources', () => {
  it('make one machine: the release of one, the functions of the other', () => {
    const list = file('list.txt', LIST);
    const uname = file('uname.txt', 'Linux host 6.2.0-35-generic #35 SMP x86_64 GNU/Linux');
    const { stdout } = peerpath(['evidence', '--json', list, uname]);
    const { kernel, parts } = JSON.parse(stdout);
    expect(kernel).toMatchObject({ release: '6.2.0-35-generic', source: 'read' });
    expect(parts.map(({ passage, line }: { passage: string; line: number }) => [passage, line])).toEqual([
      ['lspci', 1],
      ['kernel-version', 1],
    ]);
  });

  it('of a folder are read together, too', () => {
    const { stdout } = peerpath(['devices', '--json', folder]);
    expect(JSON.parse(stdout).functions).toHaveLength(5);
  });

  it('of two machines are refused with both places', () => {
    const [one, other] = [file('one.txt', LIST), file('two.txt', LIST.replace('10de:2330', '1002:74a1'))];
    const { code, stderr, stdout } = peerpath(['matrix', one, other]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('at 0000:01:00.0 there is 10de:2330 in');
  });
});

describe('evidence', () => {
  it('names what is missing and the command that settles it, exit code 3', () => {
    // A switch on bus 1 could be above both.
    const list = LIST.replace('01:00.0', '03:00.0').replace('02:00.0', '04:00.0');
    const { code, stdout } = peerpath(['evidence', file('again.txt', list)]);
    expect(code).toBe(3);
    expect(stdout).toMatch(/^2 of 2 pairs of 2 devices are open/);
    expect(stdout).toContain('sudo lspci -D -nnvvv');
  });
});

describe('sources in deep folders', () => {
  it('stand under what tells them apart, in 120 columns', () => {
    const deep = (name: string): string => {
      const path = join(folder, 'a-folder-with-a-long-name'.repeat(4), name);
      mkdirSync(path, { recursive: true });
      return join(path, 'text.txt');
    };
    const [list, release] = [deep('one'), deep('two')];
    writeFileSync(list, `${LIST}\n`);
    writeFileSync(release, 'Linux host 6.2.0-35-generic #35 SMP x86_64 GNU/Linux\n');
    const lines = peerpath(['evidence', list, release]).stdout.split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(120);
    expect(lines.join('\n')).toMatch(/^ {2}…\/one\/text\.txt .*\n {2}…\/two\/text\.txt /m);
  });
});

describe('a text that lists two machines', () => {
  const mail = () =>
    file(
      'mail.txt',
      `Works:\n\n${LIST}\n\nFails:\n\n${LIST.replaceAll('8086:', '1022:').replace('10de:2330', '1002:74a1')}`,
    );

  it('is refused, and each is read by its number', () => {
    expect(peerpath(['devices', mail()]).stderr).toMatch(/shows 2 machines: #1 from line 3 .* #2 from line 11/);
    const second = JSON.parse(peerpath(['devices', '--json', `${mail()}#2`]).stdout);
    expect(second.functions[0].vendor).toBe('0x1022');
  });
});

it('a topology matrix without addresses is answered with what its letters leave open, exit code 3', () => {
  const topo = file('topo.txt', '\tGPU0\tGPU1\tNIC0\nGPU0\t X \tSYS\tPIX\nGPU1\tSYS\t X \tSYS\nNIC0\tPIX\tSYS\t X ');
  const { code, stdout } = peerpath(['matrix', '--json', topo]);
  const { labelPairs } = JSON.parse(stdout);
  expect(code).toBe(3);
  expect(
    labelPairs.map(({ a, b, candidates }: { a: string; b: string; candidates: string[] }) => [a, b, candidates.length]),
  ).toEqual([
    ['GPU0', 'GPU1', 2],
    ['GPU0', 'NIC0', 3],
    ['GPU1', 'NIC0', 2],
  ]);
});
