import { describe, expect, test } from 'vitest';
import { type Canary, simulateLife } from './dma-buf-life.ts';

const STEPS = 400;
const SEEDS = Array.from({ length: 60 }, (_, index) => 1000 + index * 7919);

describe('importers and exporters in random order', () => {
  test('leave nothing behind, overlap nowhere and never reach a revoked buffer', () => {
    const done: Record<string, number> = {};
    for (const seed of SEEDS) {
      for (const [kind, count] of Object.entries(simulateLife(seed, STEPS).done))
        done[kind] = (done[kind] ?? 0) + count;
    }
    for (const kind of ['export', 'attach', 'map', 'unmap', 'revoke', 'detach', 'put']) {
      expect({ kind, often: (done[kind] ?? 0) > 100 }).toEqual({ kind, often: true });
    }
  });

  test('the same seed lives the same life', () => {
    expect(simulateLife(42, STEPS)).toEqual(simulateLife(42, STEPS));
  });

  test.each<Canary>(['forgets-to-free', 'maps-while-revoked'])('a fault planted on purpose is caught: %s', (canary) => {
    const caught = SEEDS.filter((seed) => {
      try {
        simulateLife(seed, STEPS, canary);
        return false;
      } catch {
        return true;
      }
    });
    expect(caught.length).toBeGreaterThan(SEEDS.length / 4);
  });
});
