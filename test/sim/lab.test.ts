import { describe, expect, test } from 'vitest';
import { type LabCanary, simulateLab } from './lab-life.ts';

const STEPS = 250;
const SEEDS = Array.from({ length: 40 }, (_, index) => 500 + index * 7919);

describe('exporters, importers and DMA engines in random order, with faults', () => {
  test('write only into exported ranges, never after a revoke has returned, and leave no reference', () => {
    const done: Record<string, number> = {};
    for (const seed of SEEDS) {
      try {
        for (const [kind, count] of Object.entries(simulateLab(seed, STEPS))) done[kind] = (done[kind] ?? 0) + count;
      } catch (error) {
        throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
      }
    }
    for (const kind of ['export', 'attach', 'map', 'write', 'unmap', 'detach', 'revoke', 'restore', 'reset']) {
      expect({ kind, often: (done[kind] ?? 0) > 40 }).toEqual({ kind, often: true });
    }
    expect(done['unplug']).toBeGreaterThan(5);
  });

  test('the same seed lives the same life', () => {
    expect(simulateLab(42, STEPS)).toEqual(simulateLab(42, STEPS));
  });

  test.each<LabCanary>(['writes-past-the-table', 'leaves-memory-on', 'forgets-a-reference'])(
    'a fault planted on purpose is caught: %s',
    (canary) => {
      const caught = SEEDS.slice(0, 12).filter((seed) => {
        try {
          simulateLab(seed, STEPS, canary);
          return false;
        } catch {
          return true;
        }
      });
      expect(caught.length).toBeGreaterThan(3);
    },
  );
});
