import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hideAcs } from '../../../test/support/hide-acs.ts';
import { Prng } from '../../base/index.ts';
import { randomMachine } from '../../lab/index.ts';
import {
  type AcsView,
  buildTopology,
  capturedAcsView,
  editedAcsView,
  type PciFunction,
  type PciTopology,
} from '../../pci/index.ts';
import { type Grouping, refines } from './grouping.ts';
import { predictGroups } from './predict-groups.ts';

const seeds = fc.record({ seed: fc.nat(), functions: fc.integer({ min: 1, max: 80 }) });

function machine({ seed, functions }: { seed: number; functions: number }, missing = false): PciTopology {
  return buildTopology(randomMachine(new Prng(seed), { functions, missing }));
}

const FACTS = { amdIommu: true, requested: true };

function known(topology: PciTopology, view: AcsView): Grouping {
  const prediction = predictGroups(topology, view);
  return prediction.state === 'known' ? prediction.groups : prediction.coarsest;
}

describe('predictGroups on random machines', () => {
  it('gives every function one group, but the function of an AMD IOMMU', () => {
    fc.assert(
      fc.property(seeds, (spec) => {
        const topology = machine(spec);
        const groups = known(topology, capturedAcsView(topology, FACTS));
        const members = groups.groups.flatMap((group) => group.members.map(({ fn }) => fn));
        expect(new Set(members).size).toBe(members.length);
        expect(groups.groups.map(({ number }) => number)).toEqual(groups.groups.map((_, i) => i));
        const isIommu = (fn: PciFunction) =>
          fn.ids.classCode.state === 'known' && fn.ids.classCode.value >>> 8 === 0x0806;
        expect(members.length).toBe(topology.functions.filter((fn) => !isIommu(fn)).length);
      }),
      { numRuns: 60 },
    );
  });

  it('only merges groups when ports lose their bits', () => {
    fc.assert(
      fc.property(seeds, fc.nat(), (spec, choice) => {
        const topology = machine(spec);
        const before = capturedAcsView(topology, FACTS);
        const picked = new Prng(choice);
        const cleared = new Set(topology.functions.filter(() => picked.oneIn(4)));
        const after = editedAcsView(
          before,
          [...cleared].map((port) => ({ port, mask: 0xffff, bits: 0 })),
        );
        expect(refines(known(topology, before), known(topology, after))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('has the true groups between its extremes when facts are missing', () => {
    fc.assert(
      fc.property(seeds, fc.nat(), (spec, choice) => {
        const topology = machine(spec);
        const truth = capturedAcsView(topology, FACTS);
        const picked = new Prng(choice);
        const hidden = new Set(topology.functions.filter(() => picked.oneIn(3)));
        const prediction = predictGroups(topology, hideAcs(truth, hidden));
        const groups = known(topology, truth);
        if (prediction.state === 'known') {
          expect(prediction.groups.groups.length).toBe(groups.groups.length);
          expect(refines(prediction.groups, groups)).toBe(true);
        } else {
          expect(refines(prediction.finest, groups)).toBe(true);
          expect(refines(groups, prediction.coarsest)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});
