import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Analysis, analyze } from '../../src/analyze.ts';
import { assert, defined, rawText, unshown } from '../../src/base/index.ts';
import { factValue } from '../../src/capture/index.ts';
import { type Near, type Neighbour, nearestDevices, pairCeilings } from '../../src/diagnose/index.ts';
import { readMachineDescription } from '../../src/lab/index.ts';
import { mapTypeMatrix } from '../../src/p2pdma/index.ts';
import { deviceNames, nearNccl, nearNfd, nearSheet, PLAIN, sheetText } from '../../src/report/index.ts';
import { randomServer } from './random-server.ts';

function described(devices: string): Analysis {
  const text = `peerpath-machine: 1
kernel: 6.12.0
cpu: {vendor: AuthenticAMD, family: 25, model: AMD EPYC}
memory: 16G
host-bridges:
  - devices:
      - {kind: host-bridge, slot: 0, id: "1022:14d8"}
${devices}
`;
  const read = readMachineDescription(text, 'x.yaml');
  assert(read.ok, read.ok ? '' : read.error.text);
  return analyze(read.value);
}

/** A switch on a root port with what is given below, with links of the fourth generation. */
function switchWith(...below: readonly string[]): string {
  return `      - {kind: root-port, link: gen4 x16, below: {kind: switch, acs: off, link: gen4 x16, below: [${below.join(', ')}]}}`;
}

const GPU = '{kind: gpu, link: gen4 x16}';
const NIC = '{kind: nic, link: gen4 x16}';

function pairsOf({ analysis, near }: { analysis: Analysis; near: Near }): string[] {
  const names = deviceNames(analysis.topology, undefined);
  return defined(near.assignment, 'an assignment').pairs.map(
    ({ neighbour }) => `${names.labelOf(neighbour.gpu)} ${names.labelOf(neighbour.device)}`,
  );
}

function lookAt(devices: string): { analysis: Analysis; near: Near } {
  const analysis = described(devices);
  return { analysis, near: nearestDevices(analysis.machine) };
}

describe('which adapter a GPU takes', () => {
  it('the one below its own switch', () => {
    const found = lookAt([switchWith(GPU, NIC), switchWith(GPU, NIC)].join('\n'));
    expect(pairsOf(found)).toEqual(['gpu0 nic0', 'gpu1 nic1']);
    expect(found.near.assignment?.proved).toBe(true);
  });

  it('each its own, where two GPUs and two adapters share a switch', () => {
    const found = lookAt(switchWith(GPU, GPU, NIC, NIC));
    expect(new Set(pairsOf(found).map((pair) => pair.split(' ')[1])).size).toBe(2);
  });

  it('a farther one, where the near one is too narrow for two', () => {
    const found = lookAt([switchWith(GPU, GPU, '{kind: nic, link: gen4 x4}'), switchWith(NIC)].join('\n'));
    // By the narrow one alone it would be less than 8 GB/s.
    expect(found.near.assignment?.total).toBeGreaterThan(25);
  });

  it('proved also where eight GPUs go by four uplinks: what these carry is the bound', () => {
    const acs = (below: string): string => below.replace('acs: off', 'acs: SV RR CR UF');
    const four = Array.from({ length: 4 }, () => acs(switchWith(GPU, GPU, NIC, NIC))).join('\n');
    const { near } = lookAt(four);
    const one = defined(near.gpus[0]?.nics[0], 'an adapter');
    expect(one.verdict.mapType).toBe('PCI_P2PDMA_MAP_THRU_HOST_BRIDGE');
    expect(near.assignment?.total).toBeCloseTo(4 * (factValue(one.ceiling) ?? 0), 3);
    expect(near.assignment?.proved).toBe(true);
  });

  it('the far ones in the order of preference: direct, host bridge', () => {
    const { near } = lookAt([switchWith(GPU, NIC), switchWith(NIC)].join('\n'));
    expect(near.gpus[0]?.nics.map(({ verdict }) => verdict.mapType)).toEqual([
      'PCI_P2PDMA_MAP_BUS_ADDR',
      'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE',
    ]);
  });
});

it('who shares an uplink: all GPUs, adapters and drives below one root port, and nobody on a port of his own', () => {
  const { near, analysis } = lookAt([switchWith(GPU, GPU, NIC), `      - {kind: root-port, below: ${GPU}}`].join('\n'));
  const names = deviceNames(analysis.topology, undefined);
  expect(near.uplinks.map(({ devices }) => devices.map((fn) => names.labelOf(fn)))).toEqual([['gpu0', 'gpu1', 'nic0']]);
});

describe('the slowest link', () => {
  it('of an idle GPU counts at the speed that both ends can do', () => {
    const { near } = lookAt(switchWith('{kind: gpu, link: gen1 x16 of gen4 x16}', NIC));
    expect(factValue(defined(near.gpus[0]?.nics[0], 'an adapter').ceiling)).toBeGreaterThan(25);
  });
  it('of an adapter counts as it runs', () => {
    const { near } = lookAt(switchWith(GPU, '{kind: nic, link: gen1 x16 of gen4 x16}'));
    expect(factValue(defined(near.gpus[0]?.nics[0], 'an adapter').ceiling)).toBeLessThan(4);
  });
});

/** The sum of max-min fair rates, by growing all transfers in small steps until a link is full. */
function totalBySteps(picks: readonly Neighbour[]): number {
  const capacity = new Map<string, number>();
  const flows = picks
    .filter(({ verdict, links }) => verdict.mapType !== 'PCI_P2PDMA_MAP_NOT_SUPPORTED' && links.length > 0)
    .map(({ links }) =>
      links.map(({ port, direction, ceiling }) => {
        const key = `${port.index} ${direction}`;
        capacity.set(key, Math.max(capacity.get(key) ?? 0, factValue(ceiling) ?? 0));
        return key;
      }),
    );
  const rates = flows.map(() => 0);
  const stopped = new Set<number>();
  const STEP = 0.01;
  while (stopped.size < flows.length) {
    for (const [at, flow] of flows.entries()) {
      if (stopped.has(at)) continue;
      if (flow.some((key) => (capacity.get(key) ?? 0) < STEP)) stopped.add(at);
    }
    for (const [at, flow] of flows.entries()) {
      if (stopped.has(at)) continue;
      rates[at] = (rates[at] ?? 0) + STEP;
      for (const key of flow) capacity.set(key, (capacity.get(key) ?? 0) - STEP);
    }
  }
  return rates.reduce((sum, rate) => sum + rate, 0);
}

function* everyAssignment(rows: readonly (readonly Neighbour[])[]): Generator<readonly Neighbour[]> {
  const [first, ...rest] = rows;
  if (first === undefined) {
    yield [];
    return;
  }
  for (const each of first) for (const others of everyAssignment(rest)) yield [each, ...others];
}

it('no other assignment moves more in all: every one of small random machines, tried by hand', () => {
  let tried = 0;
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
      const near = nearestDevices(randomServer(seed, { functions: 24 }).machine);
      if (near.assignment === undefined || near.gpus.length > 4 || near.nics.length > 4) return;
      const known = near.gpus.every(({ nics }) =>
        nics.every(({ links }) => links.every(({ ceiling }) => ceiling.state === 'known')),
      );
      if (!known) return;
      tried++;
      expect(near.assignment.proved).toBe(true);
      for (const picks of everyAssignment(near.gpus.map(({ nics }) => nics))) {
        expect(totalBySteps(picks)).toBeLessThanOrEqual(near.assignment.total + 0.2);
      }
    }),
    { numRuns: 60 },
  );
  expect(tried).toBeGreaterThan(3);
});

it('what all pairs can carry, at once, is what each of them can', () => {
  let known = 0;
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
      const { machine, topology } = randomServer(seed, { functions: 40 });
      const matrix = mapTypeMatrix(machine, topology.functions);
      const ceilings = pairCeilings(matrix);
      for (const { nics, drives } of nearestDevices(machine).gpus) {
        for (const { gpu, device, links, ceiling } of [...nics, ...drives]) {
          const at = (matrix.position[gpu.index] ?? 0) * matrix.functions.length + (matrix.position[device.index] ?? 0);
          const one = links.length === 0 ? undefined : factValue(ceiling);
          if (one !== undefined) known++;
          expect(ceilings[at]).toBe(one ?? Number.NaN);
        }
      }
    }),
    { numRuns: 20 },
  );
  expect(known).toBeGreaterThan(100);
});

describe('files', () => {
  const { analysis, near } = lookAt(switchWith(GPU, NIC));
  const names = deviceNames(analysis.topology, undefined);

  it('for NCCL: exact names of the adapters that are taken, found where the lines run', () => {
    const lines = nearNccl(near, names).split('\n');
    expect(lines[1]).toMatch(
      /^# gpu0 \(0000:03:00\.0\) takes nic0 \(0000:04:00\.0\): direct, \d+\.\d GB\/s with all at once$/,
    );
    expect(lines.at(-1)).toBe('[ -n "$adapters" ] && export NCCL_IB_HCA="=$adapters"');
    expect(lines.at(-2)).toContain('for at in 0000:04:00.0; do');
  });

  it('for Kubernetes: names and values that labels may have', () => {
    for (const line of nearNfd(near, names).split('\n'))
      expect(line).toMatch(/^peerpath\.[a-z0-9.-]{1,50}=[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/);
  });
});

it('a server of 16 GPUs, 16 adapters and 32 drives fits a screen', () => {
  const drive = '{kind: nvme, link: gen4 x4}';
  const analysis = described(
    Array.from({ length: 8 }, () => switchWith(GPU, GPU, NIC, NIC, drive, drive, drive, drive)).join('\n'),
  );
  const near = nearestDevices(analysis.machine);
  const text = sheetText(
    nearSheet({ analysis, names: deviceNames(analysis.topology, undefined), whatIf: undefined }, near),
    PLAIN,
  );
  expect(text.split('\n').length).toBeLessThanOrEqual(45);
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
  expect(near.assignment?.proved).toBe(true);
});

it('lines for NCCL name RDMA devices that the input names; where it lacks one, the shell looks all of them up', () => {
  const nic = '{kind: nic, link: gen4 x16, driver: mlx5_core}';
  const { capture } = described([switchWith(GPU, nic), switchWith(GPU, nic)].join('\n'));
  let adapter = 0;
  const lines = (...rdma: readonly string[]): string => {
    adapter = 0;
    const functions = capture.functions.map((fn) => {
      if (unshown(factValue(fn.driver)) !== 'mlx5_core') return fn;
      const name = rdma[adapter++];
      return name === undefined ? fn : { ...fn, systemNames: [{ kind: 'rdma' as const, name: rawText(name) }] };
    });
    const analysis = analyze({ ...capture, functions });
    return nearNccl(nearestDevices(analysis.machine), deviceNames(analysis.topology, undefined));
  };
  expect(lines('mlx5_3', 'mlx5_0')).toMatch(
    / takes mlx5_3 [\s\S]* takes mlx5_0 [\s\S]*\nexport NCCL_IB_HCA="=mlx5_3,mlx5_0"$/,
  );
  for (const text of [lines('mlx5_3'), lines('mlx5_3', '$(reboot)')]) {
    expect(text).toMatch(/infiniband/);
    expect(text).not.toMatch(/reboot/);
  }
});
