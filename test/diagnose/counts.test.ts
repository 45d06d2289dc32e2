import fc from 'fast-check';
import { expect, it } from 'vitest';
import { analyze, answerAllPairs, answerPair } from '../../src/analyze.ts';
import { assert, Prng } from '../../src/base/index.ts';
import {
  examine,
  focusOf,
  judge,
  makePlan,
  nearestDevices,
  parseRequirement,
  summarizePairs,
  wishPairs,
} from '../../src/diagnose/index.ts';
import { randomMachine } from '../../src/lab/index.ts';
import { cellDistance, cellMapType, matrixCell } from '../../src/p2pdma/index.ts';
import { checkJson, deviceNames, matrixJson, nearJson, planJson, selectFunction } from '../../src/report/index.ts';

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

it('check, near, explain and matrix give a pair one answer, and a device one label', { timeout: 300_000 }, () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 8, max: 40 }), fc.boolean(), (seed, count, missing) => {
      const analysis = analyze(randomMachine(new Prng(seed), { functions: count, missing }));
      const names = deviceNames(analysis.topology, undefined);
      const subject = { analysis, names, whatIf: undefined };
      const { devices: functions, left } = focusOf(analysis.topology.functions);
      const matrix = answerAllPairs(analysis, functions);
      const { counts } = summarizePairs(matrix, functions);
      const wants = wishPairs(analysis.topology.functions, 'all');
      const direct = parseRequirement('all: direct');
      assert(direct.ok, 'a requirement');
      const judgements = wants.map((want) => judge(analysis.machine, direct.value, want));
      const holds = judgements.filter(({ state }) => state === 'holds');
      expect(holds).toHaveLength(counts.PCI_P2PDMA_MAP_BUS_ADDR);
      for (const { pair, verdict } of judgements) {
        const cell = matrixCell(matrix, pair.provider, pair.client);
        expect([verdict.mapType, verdict.distance]).toEqual([cellMapType(cell), cellDistance(cell)]);
      }
      const [first] = wants;
      if (first !== undefined)
        expect(answerPair(analysis, first.provider, first.client).verdict.mapType).toBe(
          cellMapType(matrixCell(matrix, first.provider, first.client)),
        );
      const near = nearestDevices(analysis.machine);
      for (const { gpu, device, verdict } of near.gpus.flatMap(({ nics, drives }) => [...nics, ...drives]))
        expect(verdict.mapType).toBe(cellMapType(matrixCell(matrix, gpu, device)));
      // Every label of every document is that of one device, and selects it.
      const plan = makePlan(analysis.situation, { wants, goal: 'direct', keepIsolated: [] });
      const documents = [
        matrixJson(subject, { functions, matrix, before: undefined, open: undefined, left }),
        nearJson(subject, near),
        planJson(subject, plan),
        checkJson(subject, judgements),
      ];
      const labelled = new Map<string, string>();
      for (const { bdf, label } of documents.flatMap(devicesOf)) {
        expect(labelled.get(label) ?? bdf).toBe(bdf);
        labelled.set(label, bdf);
        const found = selectFunction(analysis.topology, names, label);
        expect(found.ok && names.labelOf(found.value)).toBe(label);
      }
    }),
    { numRuns: 100 },
  );
});

/** Everything of a document that has an address and a label. */
function devicesOf(value: unknown): { readonly bdf: string; readonly label: string }[] {
  if (Array.isArray(value)) return value.flatMap(devicesOf);
  if (typeof value !== 'object' || value === null) return [];
  const { bdf, label } = value as { readonly bdf?: unknown; readonly label?: unknown };
  const own = typeof bdf === 'string' && typeof label === 'string' ? [{ bdf, label }] : [];
  return [...own, ...Object.values(value).flatMap(devicesOf)];
}
