import { describe, expect, test } from 'vitest';
import { Prng } from '../base/index.ts';
import { randomMachine } from '../lab/index.ts';
import { buildTopology } from '../pci/index.ts';
import { kernelVersion } from '../uapi/index.ts';
import {
  calcMapTypeAndDist,
  cellDistance,
  cellMapType,
  type MachineChoices,
  mapTypeMatrix,
  matrixCell,
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

describe('the matrix of all pairs', () => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'gives each pair of random machine %i the answer of the pairwise walk',
    (seed) => {
      const random = new Prng(seed);
      const topology = buildTopology(randomMachine(random, { functions: 20 + random.below(60) }));
      for (const kernel of KERNELS) {
        const choices: MachineChoices = { kernel, cpu: random.pick(['zen', 'other', undefined]) };
        const machine = p2pdmaMachine(topology, choices);
        const matrix = mapTypeMatrix(machine);
        for (const provider of topology.functions) {
          for (const client of topology.functions) {
            const verdict = calcMapTypeAndDist(machine, provider, client);
            const cell = matrixCell(matrix, provider, client);
            expect([cellMapType(cell), cellDistance(cell)]).toEqual([verdict.mapType, verdict.distance]);
          }
        }
      }
    },
  );
});
