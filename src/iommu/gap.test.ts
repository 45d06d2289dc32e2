import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { largestFit } from './gap.ts';
import { roundUpPowerOfTwo } from './pfn.ts';

function fits(from: number, to: number, pages: number): boolean {
  const align = roundUpPowerOfTwo(pages);
  return Math.floor((to - pages) / align) * align >= from;
}

describe('the largest fit of a gap', () => {
  const rows: [number, number, number][] = [
    [1, 1, 0],
    [5, 4, 0],
    [1, 2, 1],
    [1, 4, 2],
    [0, 4, 4],
    [1, 64, 31 + 1],
    [64, 97, 33],
    [33, 97, 33],
    [2 ** 40, 2 ** 40 + 2 ** 33 + 1, 2 ** 33 + 1],
  ];
  test.each(rows)('of pages %i to %i is %i', (from, to, pages) => {
    expect(largestFit(from, to)).toBe(pages);
  });

  test('is the boundary between what fits and what does not', () => {
    const gap = fc.tuple(fc.nat(700), fc.nat(700), fc.constantFrom(0, 2 ** 29 - 300, 2 ** 40 - 17));
    fc.assert(
      fc.property(gap, ([offset, length, base]) => {
        const most = largestFit(base + offset, base + offset + length);
        const sizes = Array.from({ length: length + 1 }, (_, i) => i + 1);
        const wrong = sizes.filter((pages) => fits(base + offset, base + offset + length, pages) !== pages <= most);
        expect(wrong).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
