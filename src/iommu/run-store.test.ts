import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Prng } from '../base/index.ts';
import { RunStore } from './run-store.ts';

/** Page by page, in a map: the plain meaning of a run store. */
class PageByPage {
  readonly pages = new Map<number, string>();

  set(start: number, pages: number, phys: number, tag: number): void {
    for (let i = 0; i < pages; i++) this.pages.set(start + i, `${phys + i}/${tag}`);
  }

  clear(start: number, pages: number): void {
    for (let i = 0; i < pages; i++) this.pages.delete(start + i);
  }
}

function pagesOf(store: RunStore): Map<number, string> {
  const model = new PageByPage();
  for (const run of store.runs()) model.set(run.start, run.pages, run.phys, run.tag);
  return model.pages;
}

const step = fc.record({
  remove: fc.boolean(),
  start: fc.nat(4000),
  pages: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 900 })),
  phys: fc.oneof(fc.constant(undefined), fc.nat(10000)),
  tag: fc.nat(1),
});

describe('a run store', () => {
  test('holds what was put in and not removed, page by page', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 120, size: 'max' }), (steps) => {
        const store = new RunStore();
        const model = new PageByPage();
        for (const { remove, start, pages, phys, tag } of steps) {
          const taken = Array.from({ length: pages }, (_, i) => start + i).some((page) => model.pages.has(page));
          expect(store.overlaps(start, pages)).toBe(taken);
          if (remove || taken) {
            store.remove(start, pages);
            model.clear(start, pages);
          } else {
            // Physical pages that follow the I/O pages make neighbours that continue each other.
            store.insert(start, pages, phys ?? start + 7, tag);
            model.set(start, pages, phys ?? start + 7, tag);
          }
        }
        expect(new Map([...pagesOf(store)].sort((a, b) => a[0] - b[0]))).toEqual(
          new Map([...model.pages].sort((a, b) => a[0] - b[0])),
        );
      }),
      { numRuns: 150 },
    );
  });

  test('finds and removes among thousands of runs, put in from either end or the middle', () => {
    for (const order of [(i: number) => i, (i: number) => 1999 - i, (i: number) => (i * 997) % 2000]) {
      const store = new RunStore();
      for (let i = 0; i < 2000; i++) store.insert(order(i) * 10, 5, order(i) * 100, 0);
      expect(store.runs()).toHaveLength(2000);
      expect(store.at(12344)).toEqual({ start: 12340, pages: 5, phys: 123400, tag: 0 });
      expect(store.at(12345)).toBeUndefined();
      expect(store.atOrAbove(12345)?.start).toBe(12350);
      store.remove(7, 19000 - 7);
      expect(store.runs().map((run) => run.start)).toEqual([
        0,
        ...Array.from({ length: 100 }, (_, i) => 19000 + i * 10),
      ]);
    }
  });

  test('stays right where thousands of runs rise in several places at once and go again', () => {
    const prng = new Prng(7);
    const store = new RunStore();
    const model = new PageByPage();
    const next = [0, 100_000, 200_000, 300_000];
    for (let step = 0; step < 6000; step++) {
      const place = prng.below(next.length);
      const start = (next[place] ?? 0) + prng.below(2);
      const pages = 1 + prng.below(3);
      const phys = prng.below(2) === 0 ? start + 9 : prng.below(1000);
      expect(store.overlaps(start, pages)).toBe(false);
      store.insert(start, pages, phys, place);
      model.set(start, pages, phys, place);
      next[place] = start + pages;
      if (prng.below(100) === 0) {
        const from = place * 100_000 + prng.below(4000);
        const gone = 1 + prng.below(1500);
        store.remove(from, gone);
        model.clear(from, gone);
      }
      const probe = place * 100_000 + prng.below(4000);
      const [held, both] = [model.pages.has(probe), model.pages.has(probe) && model.pages.has(probe + 1)];
      expect([store.at(probe) !== undefined, store.covers(probe, 1)]).toEqual([held, held]);
      if (!both) expect(store.covers(probe, 2)).toBe(false);
    }
    expect(store.runs().length).toBeGreaterThan(1000);
    expect(pagesOf(store)).toEqual(new Map([...model.pages].sort((a, b) => a[0] - b[0])));
  });

  test('joins the only run of a chunk to what comes before it', () => {
    const store = new RunStore();
    for (let i = 0; i < 129; i++) store.insert(i * 10, 5, i * 100, 0);
    store.insert(1275, 5, 12795, 0);
    expect([store.runs().length, store.at(1284)]).toEqual([129, { start: 1275, pages: 10, phys: 12795, tag: 0 }]);
    expect(store.runs().map((run) => run.start)).toEqual([...Array.from({ length: 128 }, (_, i) => i * 10), 1275]);
  });

  test('keeps runs that continue each other as one, whichever came first', () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [0, 2, 1],
    ]) {
      const store = new RunStore();
      for (const i of order) store.insert(i * 4, 4, 100 + i * 4, 3);
      expect(store.runs()).toEqual([{ start: 0, pages: 12, phys: 100, tag: 3 }]);
    }
  });
});
