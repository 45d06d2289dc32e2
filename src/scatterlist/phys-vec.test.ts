import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endsWithin, PhysVecArray, physVecExtent } from './index.ts';

const U64 = 2n ** 64n - 1n;
/** Any 64-bit value, often one next to where a half wraps. */
const word = fc.oneof(
  fc.bigInt(0n, U64),
  fc.constantFrom(0n, 1n, 0xffff_ffffn, 0x1_0000_0000n, 2n ** 53n + 1n, 2n ** 63n, U64),
);
const pairs = fc.array(fc.tuple(word, word), { maxLength: 6 });

describe('the extent of ranges', () => {
  test('is from the lowest first byte to the highest end, which does not wrap', () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const starts = list.map(([paddr]) => paddr).sort((a, b) => (a < b ? -1 : 1));
        const ends = list.map(([paddr, len]) => paddr + len).sort((a, b) => (a < b ? -1 : 1));
        const extent = list.length === 0 ? undefined : { start: starts[0], end: ends.at(-1) };
        expect(physVecExtent(PhysVecArray.of(list))).toEqual(extent);
      }),
    );
  });

  test('ends within a limit that every last byte, taken in 64 bits, keeps', () => {
    fc.assert(
      fc.property(pairs, word, fc.constantFrom(-1n, 0n, 1n), fc.nat(5), (list, other, step, which) => {
        const lasts = list.map(([paddr, len]) => BigInt.asUintN(64, paddr + len - 1n));
        const near = lasts[which] === undefined ? other : BigInt.asUintN(64, lasts[which] + step);
        for (const limit of [near, other, U64]) {
          expect(endsWithin(PhysVecArray.of(list), limit)).toBe(lasts.every((last) => last <= limit));
        }
      }),
    );
  });

  test('says nothing of the sum of lengths, which is exact or modulo 2^64', () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const sum = list.reduce((total, [, len]) => total + len, 0n);
        const ranges = PhysVecArray.of(list);
        expect([ranges.sumOfLengths(), ranges.totalLength()]).toEqual([sum, BigInt.asUintN(64, sum)]);
      }),
    );
    const many = new PhysVecArray(2 ** 21 + 3);
    many.lenHi.fill(0xffff_ffff);
    many.lenLo.fill(0xffff_ffff);
    expect(many.sumOfLengths()).toBe(U64 * BigInt(many.length));
  });
});
