import { describe, expect, it } from 'vitest';
import { Prng } from '../../base/index.ts';
import { known } from '../../capture/index.ts';
import { randomMachine } from '../../lab/index.ts';
import { buildTopology } from '../../pci/index.ts';
import { calcMapTypeAndDist } from '../calc-map-type-and-dist.ts';
import { cellDistance, cellMapType, mapTypeMatrix, matrixCell } from '../map-type-matrix.ts';
import { p2pdmaMachine } from '../p2pdma-machine.ts';

describe('a kernel whose rules are open', () => {
  /** No table knows whose rules such a kernel follows. */
  const OPEN = ['4.18.0-553.el8_10.x86_64', '5.3.18-150300.59.1-default', '5.14.21-150500.55.52-default'];

  it.each([1, 2, 3, 4, 5, 6])('answers random machine %i as all of them agree, else unknown', (seed) => {
    const prng = new Prng(seed);
    const plain = randomMachine(prng, { functions: 14, missing: seed % 2 === 0 });
    const release = OPEN[seed % OPEN.length] ?? '';
    const topology = buildTopology({ ...plain, kernel: { ...plain.kernel, release: known(release) } });
    const machine = p2pdmaMachine(topology);
    const { others, version } = machine.kernelChoice;
    expect(others.length).toBeGreaterThan(0);
    const each = [version, ...others].map((kernel) => p2pdmaMachine(topology, { kernel }));
    const matrix = mapTypeMatrix(machine);
    for (const provider of topology.functions) {
      for (const client of topology.functions) {
        const verdict = calcMapTypeAndDist(machine, provider, client);
        const answers = new Set(each.map((one) => calcMapTypeAndDist(one, provider, client).mapType));
        const [only] = answers;
        expect(verdict.mapType).toBe(answers.size === 1 ? only : 'unknown');
        for (const answer of answers) if (answer !== 'unknown') expect(verdict.candidates).toContain(answer);
        const differ = verdict.reasons.find(({ code }) => code === 'kernels-differ');
        expect(differ !== undefined).toBe(answers.size > 1);
        if (answers.size > 1) expect(verdict.missing.map(({ fact }) => fact)).toContain('kernel-rules');
        const cell = matrixCell(matrix, provider, client);
        expect([cellMapType(cell), cellDistance(cell)]).toEqual([verdict.mapType, verdict.distance]);
      }
    }
  });

  it('is asked for no rules where it is built without P2PDMA', () => {
    const plain = randomMachine(new Prng(7), { functions: 8, missing: false });
    const config = known(new Map([['CONFIG_PCI_P2PDMA', 'n']]));
    const kernel = { ...plain.kernel, release: known('5.14.21-150500.55.52-default'), config };
    const machine = p2pdmaMachine(buildTopology({ ...plain, kernel }));
    const [a, b] = machine.topology.functions;
    if (a === undefined || b === undefined) throw new Error('no functions');
    expect(calcMapTypeAndDist(machine, a, b)).toMatchObject({
      mapType: 'PCI_P2PDMA_MAP_NOT_SUPPORTED',
      reasons: [{ code: 'config-p2pdma-off', source: undefined }],
    });
  });
});
