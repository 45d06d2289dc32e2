import fc from 'fast-check';
import { expect, it } from 'vitest';
import { highHalf, joinAt, joinHalves, lowHalf, splitHalves } from './index.ts';

const word = fc.oneof(fc.bigInt(0n, 2n ** 64n - 1n), fc.bigInt(2n ** 53n - 2n ** 33n, 2n ** 53n + 2n ** 33n));
const EDGES: [bigint][] = [[0n], [2n ** 53n - 1n], [2n ** 53n], [2n ** 53n + 1n], [2n ** 64n - 1n], [2n ** 63n]];

it('halves make the value they come from, whatever their bits', () => {
  fc.assert(
    fc.property(word, (whole) => joinHalves(Number(whole >> 32n), Number(whole & 0xffff_ffffn)) === whole),
    { examples: EDGES },
  );
  fc.assert(
    fc.property(word, (whole) => joinHalves(highHalf(whole), lowHalf(whole)) === whole),
    { examples: EDGES },
  );
  expect(joinHalves(1, 0)).toBe(0x1_0000_0000n);
});

it('the halves of a negative offset are those of its 64-bit complement of two', () => {
  expect([highHalf(-1n), lowHalf(-1n)]).toEqual([0xffff_ffff, 0xffff_ffff]);
  expect([highHalf(-0x1_0000_0000n), lowHalf(-0x1_0000_0000n)]).toEqual([0xffff_ffff, 0]);
});

it('an array of values taken apart gives each of them back from its place', () => {
  fc.assert(
    fc.property(fc.array(word), (values) => {
      const [high, low] = [new Uint32Array(values.length), new Uint32Array(values.length)];
      splitHalves(BigUint64Array.from(values), high, low);
      expect(values.map((_, index) => joinAt(high, low, index))).toEqual(values);
    }),
  );
});
