import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IovaTree } from './iova-tree.ts';
import { roundUpPowerOfTwo } from './pfn.ts';

interface Range {
  lo: number;
  hi: number;
}

const ANCHOR: Range = { lo: Number.POSITIVE_INFINITY, hi: Number.POSITIVE_INFINITY };

/** The rule as it is written: a sorted list, walked range by range. */
class WalkedList {
  readonly #ranges: Range[] = [];
  readonly #startPfn: number;
  readonly #dma32: number;
  #cached32 = ANCHOR;
  #cached64 = ANCHOR;
  #max32: number;

  constructor(startPfn: number, dma32: number) {
    this.#startPfn = startPfn;
    this.#dma32 = dma32;
    this.#max32 = dma32;
  }

  alloc(pages: number, limitPfn: number): number | undefined {
    const limit = limitPfn + 1;
    const below4G = limit <= this.#dma32;
    if (below4G && pages >= this.#max32) return undefined;
    const start = below4G ? this.#cached32 : this.#cached64;
    let found = this.#walk(start, limit, pages, this.#startPfn);
    if (found === undefined && start.hi < limit) {
      const from = this.#ranges.find((range) => range.lo >= limit) ?? ANCHOR;
      found = this.#walk(from, limit, pages, start.hi + 1);
    }
    if (found === undefined) {
      this.#max32 = pages;
      return undefined;
    }
    const range = { lo: found, hi: found + pages - 1 };
    this.#add(range);
    if (range.hi < this.#dma32) this.#cached32 = range;
    else this.#cached64 = range;
    return found;
  }

  #walk(start: Range, limit: number, pages: number, low: number): number | undefined {
    const align = roundUpPowerOfTwo(pages);
    let index = start === ANCHOR ? this.#ranges.length : this.#ranges.indexOf(start);
    let at: Range | undefined = start;
    let high = limit;
    let pfn = low;
    while (at !== undefined) {
      high = Math.min(high, at.lo);
      pfn = Math.floor((high - pages) / align) * align;
      at = this.#ranges[--index];
      if (at === undefined || pfn > at.hi || pfn < low) break;
    }
    return high < pages || pfn < low ? undefined : pfn;
  }

  remove(pfn: number): boolean {
    const index = this.#ranges.findIndex((range) => range.lo <= pfn && pfn <= range.hi);
    const range = this.#ranges[index];
    if (range === undefined) return false;
    const next = this.#ranges[index + 1] ?? ANCHOR;
    if (range === this.#cached32 || (range.hi < this.#dma32 && range.lo >= this.#cached32.lo)) this.#cached32 = next;
    if (range.lo < this.#dma32) this.#max32 = this.#dma32;
    if (range.lo >= this.#cached64.lo) this.#cached64 = next;
    this.#ranges.splice(index, 1);
    return true;
  }

  reserve(lo: number, hi: number): void {
    let from = lo;
    for (const range of this.#ranges) {
      if (range.hi < from || range.lo > hi) continue;
      range.lo = Math.min(range.lo, from);
      from = range.hi + 1;
    }
    if (from <= hi) this.#add({ lo: from, hi });
  }

  #add(range: Range): void {
    this.#ranges.push(range);
    this.#ranges.sort((a, b) => a.lo - b.lo);
  }

  list(): readonly (readonly [number, number])[] {
    return this.#ranges.map((range) => [range.lo, range.hi]);
  }
}

const DMA32 = 4096;

type Step =
  | { readonly op: 'alloc'; readonly pages: number; readonly limit: number }
  | { readonly op: 'free'; readonly pick: number }
  | { readonly op: 'remove'; readonly pfn: number }
  | { readonly op: 'reserve'; readonly lo: number; readonly pages: number };

function steps(lastPfn: number, maxPages: number): fc.Arbitrary<Step[]> {
  const pages = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: maxPages }));
  const limit = fc.oneof(fc.constant(DMA32 - 1), fc.constant(lastPfn), fc.integer({ min: 1, max: lastPfn }));
  const alloc: fc.Arbitrary<Step> = fc.record({ op: fc.constant('alloc'), pages, limit });
  const free: fc.Arbitrary<Step> = fc.record({ op: fc.constant('free'), pick: fc.nat() });
  const remove: fc.Arbitrary<Step> = fc.record({ op: fc.constant('remove'), pfn: fc.nat(lastPfn) });
  const reserve: fc.Arbitrary<Step> = fc.record({ op: fc.constant('reserve'), lo: fc.nat(lastPfn), pages });
  const step = fc.oneof(
    { arbitrary: alloc, weight: 12 },
    { arbitrary: free, weight: 8 },
    { arbitrary: remove, weight: 1 },
    { arbitrary: reserve, weight: 1 },
  );
  return fc.array(step, { minLength: 10, maxLength: 150, size: 'max' });
}

function expectSameAsWalk(script: readonly Step[]): void {
  const walked = new WalkedList(1, DMA32);
  const tree = new IovaTree(1, DMA32);
  const live: number[] = [];
  for (const step of script) {
    if (step.op === 'alloc') {
      const pfn = tree.alloc(step.pages, step.limit);
      expect(pfn).toBe(walked.alloc(step.pages, step.limit));
      if (pfn !== undefined) live.push(pfn);
    } else if (step.op === 'reserve') {
      tree.reserve(step.lo, step.lo + step.pages - 1);
      walked.reserve(step.lo, step.lo + step.pages - 1);
    } else {
      const pfn = step.op === 'remove' ? step.pfn : (live.splice(step.pick % (live.length || 1), 1)[0] ?? 0);
      expect(tree.remove(pfn)).toBe(walked.remove(pfn));
    }
  }
  expect(tree.list()).toEqual(walked.list());
}

describe('the I/O address tree', () => {
  test('finds what the walk finds in a crowded space around 4 GiB', () => {
    fc.assert(fc.property(steps(3 * DMA32, 900), expectSameAsWalk), { numRuns: 400 });
  });

  test('finds what the walk finds in a space of 57 bits', () => {
    fc.assert(fc.property(steps(2 ** 45 - 1, 2 ** 43), expectSameAsWalk), { numRuns: 200 });
  });

  test('stays right through thousands of ranges', () => {
    const walked = new WalkedList(1, DMA32);
    const tree = new IovaTree(1, DMA32);
    const live: number[] = [];
    for (let i = 0; i < 3000; i++) {
      const pages = 1 + ((i * 7919) % 37);
      const pfn = tree.alloc(pages, 2 ** 36 - 1);
      expect(pfn).toBe(walked.alloc(pages, 2 ** 36 - 1));
      if (pfn !== undefined) live.push(pfn);
      if (i % 3 === 2) {
        const gone = live.splice((i * 31) % live.length, 1)[0] ?? 0;
        expect(tree.remove(gone)).toBe(walked.remove(gone));
      }
    }
    expect(tree.list()).toEqual(walked.list());
  });
});
