import { describe, expect, test } from 'vitest';
import { hideAcs } from '../../test/support/hide-acs.ts';
import { functionAt, smallTopology } from '../../test/support/small-machine.ts';
import { makeUncertain } from '../../test/support/uncertain-places.ts';
import { Prng } from '../base/index.ts';
import { randomMachine } from '../lab/index.ts';
import { buildTopology, type PciFunction, upstreamBridge } from '../pci/index.ts';
import { formatBdf, kernelVersion } from '../uapi/index.ts';
import {
  calcMapTypeAndDist,
  cellDistance,
  cellMapType,
  type MachineChoices,
  type MapTypeMatrix,
  mapTypeMatrix,
  matrixCell,
  type P2pdmaMachine,
  p2pdmaMachine,
} from './index.ts';

const KERNELS = [
  kernelVersion(4, 19),
  kernelVersion(4, 20),
  kernelVersion(5, 2),
  kernelVersion(5, 4),
  kernelVersion(5, 10),
  kernelVersion(7, 3),
];

/** Pairs whose cell is not the pairwise answer. */
function differences(machine: P2pdmaMachine, matrix: MapTypeMatrix): string[] {
  return matrix.functions.flatMap((provider) =>
    matrix.functions.flatMap((client) => {
      const verdict = calcMapTypeAndDist(machine, provider, client);
      const cell = matrixCell(matrix, provider, client);
      const same = cellMapType(cell) === verdict.mapType && cellDistance(cell) === verdict.distance;
      return same ? [] : [`${formatBdf(provider.bdf)} ${formatBdf(client.bdf)} ${verdict.mapType}`];
    }),
  );
}

describe('the matrix of all pairs', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'gives each pair of random machine %i the answer of the pairwise walk',
    (seed) => {
      const random = new Prng(seed);
      const missing = random.oneIn(2);
      const topology = buildTopology(randomMachine(random, { functions: 20 + random.below(60), missing }));
      for (const kernel of KERNELS) {
        const choices: MachineChoices = { kernel, cpu: random.pick(['zen', 'other', undefined]) };
        const machine = p2pdmaMachine(topology, choices);
        expect(differences(machine, mapTypeMatrix(machine))).toEqual([]);
      }
    },
  );

  test.each([11, 12, 13, 14, 15, 16])(
    'does so where places in the tree are uncertain and registers hidden, machine %i',
    (seed) => {
      const random = new Prng(seed);
      const topology = buildTopology(randomMachine(random, { functions: 30 }));
      makeUncertain(topology.functions.filter(() => random.oneIn(9)));
      const machine = p2pdmaMachine(topology, { cpu: random.pick(['zen', 'other', undefined]) });
      const hidden = new Set(topology.functions.filter(() => random.oneIn(5)));
      const open = { ...machine, acs: hideAcs(machine.acs, hidden) };
      const matrix = mapTypeMatrix(open);
      expect(differences(open, matrix)).toEqual([]);
      const uncertain = topology.functions.filter((fn) => !fn.placement.certain);
      for (const fn of uncertain) {
        for (const other of topology.functions) {
          if (isBelow(other, fn)) continue;
          expect(cellMapType(matrixCell(matrix, fn, other))).toBe('unknown');
          expect(cellMapType(matrixCell(matrix, other, fn))).toBe('unknown');
        }
      }
    },
  );

  test.each([
    [kernelVersion(5, 3), 'PCI_P2PDMA_MAP_NOT_SUPPORTED'],
    [kernelVersion(5, 4), 'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE'],
  ])('what a port redirects below one bridge is asked of the host bridge from 5.4 on: %o', (kernel, mapType) => {
    const topology = smallTopology([
      { bdf: '00:00.0', vendor: 0x8086, device: 0x3c00, classCode: 0x060000 },
      { bdf: '00:04.0', type: 4, secondary: 1 },
      { bdf: '01:00.0', type: 5, secondary: 2 },
      { bdf: '02:00.0', type: 6, secondary: 3, acs: [0x5f, 0x1d] },
      { bdf: '02:01.0', type: 6, secondary: 4, acs: [0x5f, 0x1d] },
      { bdf: '03:00.0', type: 0 },
      { bdf: '04:00.0', type: 0 },
    ]);
    const machine = p2pdmaMachine(topology, { kernel, cpu: 'other' });
    const matrix = mapTypeMatrix(machine);
    const pair = [functionAt(topology, '03:00.0'), functionAt(topology, '04:00.0')] as const;
    expect([cellMapType(matrixCell(matrix, ...pair)), differences(machine, matrix)]).toEqual([mapType, []]);
  });

  test('where a shared bridge stands is no matter for what is direct below it', () => {
    const random = new Prng(21);
    const topology = buildTopology(randomMachine(random, { functions: 60 }));
    const machine = p2pdmaMachine(topology, { cpu: 'other' });
    const placed = mapTypeMatrix(machine);
    const bridge = topology.functions.find((fn) => topology.functions.filter((other) => isBelow(other, fn)).length > 6);
    if (bridge === undefined) throw new Error('the machine has no bridge on a root bus');
    makeUncertain([bridge]);
    const matrix = mapTypeMatrix(machine);
    const below = topology.functions.filter((fn) => isBelow(fn, bridge));
    for (const [a, b] of below.flatMap((a) => below.map((b) => [a, b] as const))) {
      const before = matrixCell(placed, a, b);
      const direct = cellMapType(before) === 'PCI_P2PDMA_MAP_BUS_ADDR';
      const now = matrixCell(matrix, a, b);
      if (direct) expect(now).toBe(before);
      // What is refused here is refused below every host bridge of a maker that the allowlist lacks.
      else if (cellMapType(now) !== 'unknown')
        expect([cellMapType(now), cellMapType(before)]).toEqual(Array(2).fill('PCI_P2PDMA_MAP_NOT_SUPPORTED'));
    }
    expect(differences(machine, matrix)).toEqual([]);
  });

  test('of some functions is the same as theirs in the matrix of all', () => {
    const random = new Prng(9);
    const topology = buildTopology(randomMachine(random, { functions: 60 }));
    const machine = p2pdmaMachine(topology);
    const some = topology.functions.filter(() => random.oneIn(3));
    const matrix = mapTypeMatrix(machine, some);
    expect(matrix.functions).toHaveLength(some.length);
    expect(differences(machine, matrix)).toEqual([]);
  });
});

/** Is `fn` the bridge `top`, or below it? */
function isBelow(fn: PciFunction, top: PciFunction): boolean {
  let at: PciFunction | undefined = fn;
  while (at !== undefined && at !== top) at = upstreamBridge(at);
  return at === top;
}
