import fc from 'fast-check';
import { expect, it } from 'vitest';
import { joinHalves } from './index.ts';

it('halves make the value they come from, whatever their bits', () => {
  const value = fc.oneof(fc.bigInt(0n, 2n ** 64n - 1n), fc.bigInt(2n ** 53n - 2n ** 33n, 2n ** 53n + 2n ** 33n));
  fc.assert(
    fc.property(value, (whole) => joinHalves(Number(whole >> 32n), Number(whole & 0xffff_ffffn)) === whole),
    { examples: [[0n], [2n ** 53n - 1n], [2n ** 53n], [2n ** 53n + 1n], [2n ** 64n - 1n], [2n ** 63n]] },
  );
  expect(joinHalves(1, 0)).toBe(0x1_0000_0000n);
});
