import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Xxh32 } from './index.ts';

const text = (value: string) => new TextEncoder().encode(value);

describe('Xxh32', () => {
  it.each([
    ['', 0, 0x02cc5d05],
    ['a', 0, 0x550d7456],
    ['abc', 0, 0x32d153ff],
    ['Nobody inspects the spammish repetition', 0, 0xe2293b2f],
  ])('of "%s" with seed %i is the published value', (value, seed, hash) => {
    expect(new Xxh32(seed).update(text(value)).digest()).toBe(hash);
  });

  it('does not depend on how the bytes are cut, or where in memory they stand', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), fc.nat(3), (pieces, shift) => {
        const whole = Uint8Array.from(pieces.flatMap((piece) => [...piece]));
        const hash = new Xxh32();
        for (const piece of pieces) {
          const moved = new Uint8Array(piece.length + shift).subarray(shift);
          moved.set(piece);
          hash.update(moved);
        }
        expect(hash.digest()).toBe(new Xxh32().update(whole).digest());
      }),
    );
  });
});
