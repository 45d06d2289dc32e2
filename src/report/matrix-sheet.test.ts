import { describe, expect, it } from 'vitest';
import { analyze, answerAllPairs } from '../analyze.ts';
import { assert } from '../base/index.ts';
import { focusOf, openPairs, pciClass } from '../diagnose/index.ts';
import { readMachineDescription } from '../lab/index.ts';
import { deviceNames, type MatrixForm, matrixSheet, PLAIN, sheetText } from './index.ts';

/** A server of two sockets, each with `switches` switches of a GPU, NICs and drives. */
function server(switches: number, nics: number, drives: number): string {
  const each = (kind: string, count: number, extra: string): string =>
    Array.from({ length: count }, () => `{kind: ${kind}${extra}}`).join(', ');
  const below = `[${[each('gpu', 1, ', bars: {0: 16M}'), each('nic', nics, ''), each('nvme', drives, '')].filter((part) => part !== '').join(', ')}]`;
  const ports = Array.from(
    { length: switches },
    (_, at) => `      - {kind: root-port, slot: ${at + 1}, below: {kind: switch, below: ${below}}}`,
  );
  const socket = (node: number): string => `  - numa: ${node}\n    devices:\n${ports.join('\n')}`;
  return `peerpath-machine: 1\nkernel: 7.3.4\ncpu: {vendor: AuthenticAMD, family: 25, model: AMD EPYC}\nmemory: 16G\nhost-bridges:\n${socket(0)}\n${socket(1)}\n`;
}

function textOf(description: string, form: MatrixForm, width: number): string {
  const read = readMachineDescription(description, 'x.yaml');
  assert(read.ok, read.ok ? '' : read.error.text);
  const analysis = analyze(read.value);
  const { devices: functions, left } = focusOf(analysis.topology.functions);
  const matrix = answerAllPairs(analysis, functions);
  const open = openPairs(analysis.machine, functions);
  const subject = { analysis, names: deviceNames(analysis.topology, undefined), whatIf: undefined };
  return sheetText(matrixSheet(subject, { functions, matrix, before: undefined, open, left }, form), PLAIN, { width });
}

describe('the matrix of a server', () => {
  it('of 8 GPUs, 16 NICs and 8 drives keeps to 100 columns and 43 lines, what holds first', () => {
    const lines = textOf(server(4, 2, 1), {}, 100).split('\n');
    expect(lines.slice(0, 2).join(' ')).toBe(
      'Below each of the 8 switches: 1 GPU, 2 NICs, 1 NVMe, direct with each other. Everything else: through host bridges, allowed.',
    );
    expect(lines.length).toBeLessThanOrEqual(43);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('without endpoints says so, and has no table', () => {
    const [first = '', ...rest] = textOf(server(0, 0, 0), {}, 100).split('\n');
    expect(first).toBe('No endpoints to ask about. With --all bridges are shown too.');
    expect(rest.join('\n')).not.toMatch(/0000:|legend|NOT_SUPPORTED/);
  });

  it('folds rows and columns of devices below one switch that behave alike; expanded they are all there', () => {
    const folded = textOf(server(4, 3, 2), {}, 120);
    expect(folded).toMatch(/^nic0…nic2 \(3\) /m);
    expect(folded.split('\n').filter((line) => /^(?:gpu|nic|nvme)\d/.test(line))).toHaveLength(24);
    const expanded = textOf(server(4, 3, 2), { expand: true }, 200);
    expect(expanded.split('\n').filter((line) => /^(?:gpu|nic|nvme)\d+ /.test(line))).toHaveLength(48);
  });

  it('has the classes that nvidia-smi prints beside the answers', () => {
    const text = textOf(server(1, 1, 0), { classes: true }, 120);
    expect(text).toMatch(/^gpu0 .* X · +SYS H +PIX D +SYS H/m);
  });

  it('has letters for the classes where words would break the table into panels', () => {
    const lines = textOf(server(4, 2, 1), { classes: true }, 120).split('\n');
    expect(lines.length).toBeLessThanOrEqual(45);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
    const row = lines.find((line) => line.startsWith('gpu0 ')) ?? '';
    expect(row).toMatch(/^gpu0 +\S+ +· PH PH PH SH SH SH SH +ID /);
    expect(lines.join(' ')).toMatch(/I PIX, B PXB, P PHB, N NODE, S SYS/);
  });
});

describe('the class of a pair', () => {
  it.each([
    ['one switch', '{kind: switch, below: [{kind: gpu}, {kind: nic}]}', '', 'PIX'],
    [
      'two switches below one port',
      '{kind: switch, below: [{kind: gpu}, {kind: switch, below: [{kind: nic}]}]}',
      '',
      'PXB',
    ],
    ['two ports of a host bridge', '{kind: gpu}', '      - {kind: root-port, slot: 2, below: {kind: nic}}', 'PHB'],
    [
      'two host bridges of a node',
      '{kind: gpu}',
      '  - numa: 0\n    devices:\n      - {kind: root-port, slot: 1, below: {kind: nic}}',
      'NODE',
    ],
    [
      'two nodes',
      '{kind: gpu}',
      '  - numa: 1\n    devices:\n      - {kind: root-port, slot: 1, below: {kind: nic}}',
      'SYS',
    ],
  ])('%s', (_, below, more, expected) => {
    const text = `peerpath-machine: 1\nkernel: 7.3.4\nmemory: 16G\nhost-bridges:\n  - numa: 0\n    devices:\n      - {kind: root-port, slot: 1, below: ${below}}\n${more}\n`;
    const read = readMachineDescription(text, 'x.yaml');
    assert(read.ok, read.ok ? '' : read.error.text);
    const [gpu, nic] = focusOf(analyze(read.value).topology.functions).devices;
    assert(gpu !== undefined && nic !== undefined, 'a GPU and a NIC');
    expect([pciClass(gpu, nic), pciClass(nic, gpu)]).toEqual([expected, expected]);
  });
});
