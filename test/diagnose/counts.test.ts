import fc from 'fast-check';
import { expect, it } from 'vitest';
import { analyze, answerAllPairs } from '../../src/analyze.ts';
import { Prng } from '../../src/base/index.ts';
import { examine, focusOf, makePlan, summarizePairs, wishPairs } from '../../src/diagnose/index.ts';
import { randomMachine } from '../../src/lab/index.ts';

const sum = (of: readonly { readonly wants: readonly unknown[] }[]): number =>
  of.reduce((total, { wants }) => total + wants.length, 0);

it('matrix, fix and doctor count the same pairs alike, on random machines', { timeout: 300_000 }, () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 8, max: 40 }), fc.boolean(), (seed, functions, missing) => {
      const analysis = analyze(randomMachine(new Prng(seed), { functions, missing }));
      const { devices } = focusOf(analysis.topology.functions);
      const { counts, pairs } = summarizePairs(answerAllPairs(analysis, devices), devices);
      const wants = wishPairs(analysis.topology.functions, 'all');
      const plan = makePlan(analysis.situation, { wants, goal: 'direct', keepIsolated: [] });
      expect(wants).toHaveLength(pairs);
      expect(plan.already).toHaveLength(counts.PCI_P2PDMA_MAP_BUS_ADDR);
      expect(plan.already.length + plan.gained.length + sum(plan.impossible) + sum(plan.open)).toBe(pairs);
      const ailments = examine(analysis.situation);
      const open = ailments.find(({ code }) => code === 'pairs-unknown');
      expect(open?.code === 'pairs-unknown' ? open.open.open : 0).toBe(counts.unknown);
      const refused = ailments.find(({ code }) => code === 'no-way');
      if (refused?.code === 'no-way') expect(refused.pairs).toBeLessThanOrEqual(counts.PCI_P2PDMA_MAP_NOT_SUPPORTED);
    }),
    { numRuns: 150 },
  );
});
