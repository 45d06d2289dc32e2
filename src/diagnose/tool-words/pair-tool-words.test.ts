import { describe, expect, it } from 'vitest';
import { Prng } from '../../base/index.ts';
import { type CapturePart, joinParts, partOfCapture } from '../../capture/index.ts';
import { randomMachine } from '../../lab/index.ts';
import { buildTopology, type PciTopology } from '../../pci/index.ts';
import { formatBdf } from '../../uapi/index.ts';
import { toolWordsOfPair } from './index.ts';

const plain = partOfCapture(randomMachine(new Prng(11), { functions: 20, missing: false }));
const [first, second, third] = (plain.functions ?? []).map(({ bdf }) => bdf);

function machine(...tools: readonly Partial<CapturePart>[]): PciTopology {
  const parts = tools.map(
    (tool): CapturePart => ({
      origin: { source: 'topo.txt', passage: 'gpu-topology', line: 1 },
      findings: [],
      ...tool,
    }),
  );
  const joined = joinParts([plain, ...parts]);
  if (!joined.ok) throw new Error(joined.error.text);
  return buildTopology(joined.value);
}

function said(topology: PciTopology, one = first, other = second): string[] {
  const [provider, client] = [one, other].map((bdf) => topology.byBdf.get(bdf as never));
  if (provider === undefined || client === undefined) throw new Error('no such function');
  return toolWordsOfPair(topology, provider, client).map(({ text, line }) => `${text} ${line}`);
}

const GPU = { label: 'GPU0', bdf: first, kind: 'gpu' } as const;
const NIC = { label: 'NIC3', bdf: undefined, alias: 'mlx5_3', kind: 'nic' } as const;
const NIC_NAME = { label: 'mlx5_3', bdf: second, kind: 'nic', givenBy: 'rdma' } as const;
const CLASS = { a: 'GPU0', b: 'NIC3', between: 'one-bridge', words: 'PIX', line: 4 } as const;

describe('what tools say of a pair', () => {
  it('is found by label, by the other name of a label, and by address, in both directions', () => {
    const state = { devices: [formatBdf(first as never), 'mlx5_3'], text: 'GPU Direct RDMA Enabled', line: 9 };
    const topology = machine({ labels: [GPU, NIC], topology: [CLASS] }, { labels: [NIC_NAME], toolWords: [state] });
    expect(said(topology)).toEqual(['PIX 4', 'GPU Direct RDMA Enabled 9']);
    expect(said(topology, second, first)).toEqual(said(topology));
    expect(said(topology, first, third)).toEqual([]);
  });

  it('of one device counts for its pairs', () => {
    const topology = machine({
      labels: [GPU],
      toolWords: [{ devices: ['GPU0'], text: 'DMA-BUF is available', line: 2 }],
    });
    expect(said(topology, third, first)).toEqual(['DMA-BUF is available 2']);
    expect(said(topology, second, third)).toEqual([]);
  });

  it('is nothing where a label may be of two functions, or of none', () => {
    const twice = machine({ labels: [GPU, { ...GPU, bdf: third }, NIC_NAME, NIC], topology: [CLASS] });
    expect(said(twice)).toEqual([]);
    expect(said(machine({ labels: [GPU, NIC], topology: [CLASS] }))).toEqual([]);
  });

  it('changes no answer: the functions are as without', () => {
    const without = machine();
    const topology = machine({ labels: [GPU, NIC, NIC_NAME], topology: [CLASS] });
    expect(topology.functions.map(({ parent }) => parent?.bdf)).toEqual(
      without.functions.map(({ parent }) => parent?.bdf),
    );
  });
});
