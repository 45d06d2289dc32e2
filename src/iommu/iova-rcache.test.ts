import { describe, expect, test } from 'vitest';
import { IovaRcache } from './iova-rcache.ts';

/** `IOVA_MAG_SIZE`. */
const FULL = 127;
const hasMemory = (): boolean => false;

function filled(count: number): IovaRcache {
  const cache = new IovaRcache();
  for (let pfn = 1; pfn <= count; pfn++) cache.put(pfn, hasMemory);
  return cache;
}

const upTo = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('the cache of one size', () => {
  test('gives back everything when it is emptied: loaded, the one before, then the depot from the top', () => {
    const cache = filled(4 * FULL + 3);
    expect(cache.depotSize).toBe(3);
    const all = cache.drain();
    expect([...all].sort((a, b) => a - b)).toEqual(upTo(1, 4 * FULL + 3));
    const loaded = 4 * FULL + 1;
    expect(all.slice(0, 4)).toEqual([loaded, loaded + 1, loaded + 2, 1]);
    expect(all[3 + FULL]).toBe(3 * FULL + 1);
    expect(all.at(-1)).toBe(2 * FULL);
    expect(cache.contents()).toEqual([[], []]);
    expect(cache.get(2 ** 36)).toBeUndefined();
  });

  test('a magazine is full with 127, and the other one comes first', () => {
    expect(filled(FULL).contents()).toEqual([upTo(1, FULL), []]);
    expect(filled(FULL + 1).contents()).toEqual([[FULL + 1], upTo(1, FULL)]);
    expect(filled(2 * FULL).depotSize).toBe(0);
    expect(filled(2 * FULL + 1).depotSize).toBe(1);
  });

  test('takes the last that fits, and the very last moves into its place', () => {
    const cache = new IovaRcache();
    for (const pfn of [5, 90, 7, 80]) cache.put(pfn, hasMemory);
    expect(cache.get(50)).toBe(7);
    expect(cache.contents()[0]).toEqual([5, 90, 80]);
    expect(cache.get(4)).toBeUndefined();
    expect(cache.get(5)).toBe(5);
    expect(cache.get(79)).toBeUndefined();
    expect(cache.get(80)).toBe(80);
  });

  test('turns to the magazine before, then to the depot, when the loaded one is empty', () => {
    const cache = filled(2 * FULL + 1);
    const taken = Array.from({ length: 2 * FULL + 1 }, () => cache.get(2 ** 36));
    expect(taken[0]).toBe(2 * FULL + 1);
    expect(new Set(taken).size).toBe(2 * FULL + 1);
    expect(cache.get(2 ** 36)).toBeUndefined();
    expect(cache.depotSize).toBe(0);
  });

  test('keeps nothing more without memory for a magazine, and loses nothing', () => {
    const cache = filled(2 * FULL);
    expect(cache.put(999, () => true)).toBe(false);
    expect(cache.put(999, hasMemory)).toBe(true);
    expect(cache.drain()).toHaveLength(2 * FULL + 1);
  });

  test('gives up the top magazine of the depot', () => {
    const cache = filled(4 * FULL);
    const [top] = [cache.takeDepotMagazine()];
    expect(top).toHaveLength(FULL);
    expect(cache.depotSize).toBe(1);
    cache.takeDepotMagazine();
    expect(cache.takeDepotMagazine()).toEqual([]);
  });
});
