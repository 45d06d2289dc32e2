import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commonAlignment, floorLog2, pageCount, pageOffset, pfnAddress, pfnOf, roundUpPowerOfTwo } from './pfn.ts';

const address = fc.oneof(fc.bigInt(0n, 2n ** 64n - 1n), fc.bigInt(0n, 2n ** 33n));
const shift = fc.constantFrom(12, 14, 16);

describe('page numbers', () => {
  test('are the address over the page size, and lead back to it', () => {
    fc.assert(
      fc.property(address, shift, (at, bits) => {
        const size = 2n ** BigInt(bits);
        expect(pfnOf(at, bits)).toBe(Number(at / size));
        expect(pageOffset(at, bits)).toBe(Number(at % size));
        expect(pfnAddress(pfnOf(at, bits), bits)).toBe(at - (at % size));
      }),
    );
  });

  test('count the pages that bytes touch, rounded up in 64 bits', () => {
    fc.assert(
      fc.property(address, fc.nat(4095), (length, offset) => {
        const rounded = BigInt.asUintN(64, length + BigInt(offset) + 0xfffn) / 0x1000n;
        const exact = (length + BigInt(offset) + 0xfffn) / 0x1000n;
        expect(pageCount(length, offset, 12)).toBe(Number(exact < 2n ** 52n ? exact : rounded));
      }),
    );
    expect(pageCount(2n ** 64n - 1n, 0, 12)).toBe(0);
  });

  test('know their powers of two over the whole range', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 51 }), fc.nat(5), fc.nat(51), (exponent, more, other) => {
        const count = Math.max(1, 2 ** exponent - 3 + more);
        expect(2 ** floorLog2(count)).toBeLessThanOrEqual(count);
        expect(2 ** (floorLog2(count) + 1)).toBeGreaterThan(count);
        expect(roundUpPowerOfTwo(count)).toBe(count === 2 ** floorLog2(count) ? count : 2 ** (floorLog2(count) + 1));
        expect(commonAlignment(2 ** exponent, 2 ** other * 3)).toBe(Math.min(exponent, other));
      }),
    );
    expect(commonAlignment(0, 0)).toBe(52);
  });
});
