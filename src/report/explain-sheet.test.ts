import { describe, expect, it } from 'vitest';
import { analyze, answerPair } from '../analyze.ts';
import { assert } from '../base/index.ts';
import { readMachineDescription } from '../lab/index.ts';
import { deviceNames, explainSheet, PLAIN, sheetText } from './index.ts';

/** Two GPUs below switches of two host bridges, all of whose ports redirect; the ids of the second bridge are given. */
function explained(secondIds: string, kernel = '7.3.4'): string {
  const bridge = (bus: string, ids: string): string =>
    `  - {bus: ${bus}, id: "${ids}", devices: [{kind: root-port, slot: 1, below: {kind: switch, below: [{kind: gpu}]}}]}`;
  const bridges = [bridge('0x10', '8086:09a2'), bridge('0x40', secondIds)].join('\n');
  const cpu = 'cpu: {vendor: GenuineIntel, family: 6, model: Xeon}\ncmdline: intel_iommu=on\niommu: intel';
  const text = `peerpath-machine: 1\nkernel: ${kernel}\n${cpu}\nmemory: 16G\nhost-bridges:\n${bridges}\n`;
  const read = readMachineDescription(text, 'x.yaml');
  assert(read.ok, read.ok ? '' : read.error.text);
  const analysis = analyze(read.value);
  const names = deviceNames(analysis.topology, undefined);
  const [provider, client] = analysis.topology.functions.filter((fn) => names.labelOf(fn)?.startsWith('gpu'));
  assert(provider !== undefined && client !== undefined, 'two GPUs');
  const sheet = explainSheet({ analysis, names, whatIf: undefined }, answerPair(analysis, provider, client));
  return sheetText(sheet, PLAIN);
}

/** A text without its line breaks. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

describe('the explanation of a pair', () => {
  it('tells once what holds for both host bridges, where their first devices are of one kind', () => {
    const text = oneLine(explained('8086:09a2'));
    expect(text).toMatch(
      /both first devices, 0000:10:00\.0 and 0000:40:00\.0, are 8086:09a2, on the host bridge allow/,
    );
    expect(text.match(/Linux looked up/g)).toHaveLength(1);
  });

  it('tells of each, where they are not', () => {
    const text = oneLine(explained('8086:1234'));
    expect(text.match(/Linux looked up/g)).toHaveLength(2);
    expect(text).toContain('0000:40:00.0 [8086:1234]');
  });

  it('marks redirecting ports on both sides, in lines of at most 120 columns', () => {
    const lines = explained('8086:09a2').split('\n');
    const marked = lines.filter((line) => line.includes('◀ ReqRedir+'));
    expect(marked.some((line) => line.includes('↑'))).toBe(true);
    expect(marked.some((line) => line.includes('↓'))).toBe(true);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  it('leaves to the reasons which document tells the rules of a distribution', () => {
    const [head = '', ...why] = explained('8086:09a2', '5.14.0-427.13.1.el9_4.x86_64').split('\nWhy\n');
    expect(head).toMatch(/As Linux 5\.14\.0-427[^(]*\([^)]*\)\./);
    expect(head).not.toContain(', by ');
    expect(oneLine(why.join())).toMatch(/has the rules of Linux [0-9.]+, by /);
  });
});
