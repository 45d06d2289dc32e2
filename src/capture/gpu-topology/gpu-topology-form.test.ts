import { describe, expect, it } from 'vitest';
import { type CapturePart, readText } from '../index.ts';

const ESC = '\u001b';

function part(text: string): CapturePart | undefined {
  const parts = readText(new TextEncoder().encode(text), 'topo.txt').parts;
  return parts.find(({ origin }) => origin.passage === 'gpu-topology');
}

function classes(text: string): string[] {
  return (part(text)?.topology ?? []).map(({ a, b, between, line }) => `${a} ${b} ${between} ${line}`);
}

describe('nvidia-smi topo -m', () => {
  const rows = [
    'GPU0\t X \tPIX\tNV4\tSYS\t0-31\t0\t\tN/A',
    'GPU1\tPIX\t X \tPHB\tNODE\t0-31\t0\t\tN/A',
    'GPU2\tNV4\tPHB\t X \tPXB\t32-63\t1\t\tN/A',
    'NIC0\tSYS\tNODE\tPXB\t X \t\t\t\t',
  ];
  const header = '\tGPU0\tGPU1\tGPU2\tNIC0\tCPU Affinity\tNUMA Affinity\tGPU NUMA ID';
  const expected = [
    'GPU0 GPU1 one-bridge 2',
    'GPU0 NIC0 system 2',
    'GPU1 GPU2 host-bridge 3',
    'GPU1 NIC0 numa-node 3',
    'GPU2 NIC0 bridges 4',
  ];

  it.each([
    ['with tabs', [header, ...rows]],
    ['with terminal colours', [`\t${ESC}[4m${header.trim()}${ESC}[0m`, ...rows]],
    ['with colours that lost their escape character', [`\t[4m${header.trim()}[0m`, ...rows]],
    ['with blanks, quoted', [header, ...rows].map((line) => `> ${line.replaceAll('\t', '    ')}`)],
  ])('is read %s, each pair once, NVLink left open', (_, lines) => {
    expect(classes(lines.join('\n'))).toEqual(expected);
  });

  it('tells NUMA nodes, and addresses where a list of GPUs stands beside it', () => {
    const list = '|   1  NVIDIA RTX A6000               On  |   00000000:41:00.0 Off |                  Off |';
    const labels = part([header, ...rows, '', list].join('\n'))?.labels ?? [];
    expect(labels.find(({ label }) => label === 'GPU2')?.numaNode).toBe(1);
    expect(labels.find(({ label, bdf }) => label === 'GPU1' && bdf !== undefined)?.bdf).toBe(0x4100);
  });

  it('is no matrix without its head', () => {
    expect(part(rows.join('\n'))).toBeUndefined();
  });
});

it('xpu-smi topology -m is read, links of its own left open', () => {
  const text = '         GPU 0/0|GPU 1/0|CPU Affinity\nGPU 0/0 |S      |SYS    |0-23\nGPU 1/0 |XL16   |S      |24-47\n';
  expect(classes(text)).toEqual(['GPU 0/0 GPU 1/0 system 2']);
});
