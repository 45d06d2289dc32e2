import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteRuns, firstEndingAt } from './byte-runs.ts';

function runsOf(...adds: readonly (readonly [number, number])[]): [number, number][] {
  const set = new ByteRuns();
  for (const [from, to] of adds) set.add(BigInt(from), BigInt(to));
  return set.runs.map(({ from, to }) => [Number(from), Number(to)]);
}

describe('runs of bytes', () => {
  test.each([
    [
      'apart: both stay',
      [
        [0, 4],
        [8, 12],
      ],
      [
        [0, 4],
        [8, 12],
      ],
    ],
    [
      'in any order: ascending',
      [
        [8, 12],
        [0, 4],
      ],
      [
        [0, 4],
        [8, 12],
      ],
    ],
    [
      'touching: one',
      [
        [0, 4],
        [4, 8],
      ],
      [[0, 8]],
    ],
    [
      'touching from below: one',
      [
        [4, 8],
        [0, 4],
      ],
      [[0, 8]],
    ],
    [
      'within: nothing changes',
      [
        [0, 16],
        [4, 8],
      ],
      [[0, 16]],
    ],
    [
      'over several: all in one',
      [
        [0, 4],
        [8, 12],
        [16, 20],
        [2, 17],
      ],
      [[0, 20]],
    ],
    ['empty: nothing', [[4, 4]], []],
  ] as const)('%s', (_, adds, expected) => {
    expect(runsOf(...adds)).toEqual(expected);
  });

  test('hold exactly the bytes that were added, and no two touch', () => {
    const add = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 12 }));
    fc.assert(
      fc.property(fc.array(add, { maxLength: 30 }), (adds) => {
        const runs = runsOf(...adds.map(([from, length]) => [from, from + length] as const));
        for (let byte = 0; byte < 80; byte++) {
          const added = adds.some(([from, length]) => byte >= from && byte < from + length);
          expect(runs.some(([from, to]) => byte >= from && byte < to)).toBe(added);
        }
        runs.slice(1).forEach(([from], index) => {
          expect(from).toBeGreaterThan(runs[index]?.[1] ?? 0);
        });
      }),
    );
  });

  test('the first run that ends at an offset or behind it is found', () => {
    const runs = [
      { from: 0n, to: 4n },
      { from: 8n, to: 12n },
    ];
    expect([0n, 4n, 5n, 12n, 13n].map((offset) => firstEndingAt(runs, offset))).toEqual([0, 0, 1, 1, 2]);
  });
});
