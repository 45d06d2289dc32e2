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

/** What is said of pairs. */
function states(text: string): string[] {
  return (part(text)?.toolWords ?? []).map(({ devices, text: words, line }) => `${devices.join(' ')} ${words} ${line}`);
}

describe('states of peer access', () => {
  it('of nvidia-smi topo -p2p are words, each direction, and no topology', () => {
    const text = ' \tGPU0\tGPU1\tGPU2\t\n GPU0\tX\tOK\tCNS\t\n GPU1\tOK\tX\tNS\t\n GPU2\tCNS\tU\tX\t\n';
    expect(states(text)).toEqual([
      'GPU0 GPU1 peer access OK 2',
      'GPU0 GPU2 peer access CNS (chipset not supported) 2',
      'GPU1 GPU0 peer access OK 3',
      'GPU1 GPU2 peer access NS (not supported) 3',
      'GPU2 GPU0 peer access CNS (chipset not supported) 4',
    ]);
    expect(classes(text)).toEqual([]);
  });

  it('of rocm-smi are those of its titles; weights and hops are not', () => {
    const table = (title: string, cell: string) =>
      `${'='.repeat(12)} ${title} ${'='.repeat(12)}\n       GPU0         GPU1         \nGPU0   0            ${cell}           \nGPU1   ${cell}           0            \n`;
    const text = `${table('Weight between two GPUs', '40')}\n${table('Hops between two GPUs', '2')}\n${table('Link Type between two GPUs', 'PCIE')}`;
    expect(states(text)).toEqual(['GPU0 GPU1 link type PCIE 13', 'GPU1 GPU0 link type PCIE 14']);
  });

  it('of amd-smi name addresses', () => {
    const row = (...cells: readonly string[]) => cells.map((cell) => cell.padEnd(13)).join('');
    const [one, other] = ['0000:26:00.0', '0000:46:00.0'];
    const text = [
      'ACCESS TABLE:',
      row('', one, other),
      row(one, 'ENABLED', 'ENABLED'),
      row(other, 'DISABLED', 'ENABLED'),
      '',
      'WEIGHT TABLE:',
      row('', one, other),
      row(one, '0', '72'),
      row(other, '72', '0'),
      '',
      'LINK TYPE TABLE:',
      row('', one, other),
      row(one, 'SELF', 'PCIE'),
      row(other, 'PCIE', 'SELF'),
    ].join('\n');
    expect(states(text)).toEqual([
      `${one} ${other} access ENABLED 3`,
      `${other} ${one} access DISABLED 4`,
      `${one} ${other} link type PCIE 13`,
      `${other} ${one} link type PCIE 14`,
    ]);
  });

  it('the legend of a matrix gives adapters their other name', () => {
    const text = '\tGPU0\tNIC0\nGPU0\t X \tPIX\nNIC0\tPIX\t X \n\nNIC Legend:\n\n  NIC0: mlx5_4\n';
    const labels = part(text)?.labels ?? [];
    expect(labels.flatMap(({ label, alias }) => (alias === undefined ? [] : [[label, alias]]))).toEqual([
      ['NIC0', 'mlx5_4'],
    ]);
  });
});
