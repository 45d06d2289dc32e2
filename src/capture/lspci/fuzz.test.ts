import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fixture } from '../../../test/capture/lspci-fixture.ts';
import { looksLikeLspci } from './looks-like-lspci.ts';
import { readLspci } from './read-lspci.ts';

const seeds = ['q35-pciutils-3.7-nnvvv.txt', 'q35-pciutils-3.9-nnvvv-x-user.txt', 'translated-recorded-x.txt'].map(
  fixture,
);

/** A stretch of a fixture, with some bytes changed and some taken out. */
const damaged = fc
  .record({
    seed: fc.constantFrom(...seeds),
    from: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat(12_000),
    changes: fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), { maxLength: 40 }),
    cut: fc.tuple(fc.nat(4000), fc.nat(200)),
  })
  .map(({ seed, from, length, changes, cut }) => {
    const start = Math.floor(from * seed.length);
    const bytes = seed.slice(start, start + length);
    for (const [where, value] of changes) if (bytes.length > 0) bytes[Math.floor(where * (bytes.length - 1))] = value;
    return Uint8Array.of(...bytes.subarray(0, cut[0]), ...bytes.subarray(cut[0] + cut[1]));
  });

test('no damage makes the reader throw, name a function twice, or know bits outside its mask', () => {
  fc.assert(
    fc.property(damaged, (bytes) => {
      looksLikeLspci(bytes);
      const { functions } = readLspci(bytes, 'fuzz');
      expect(new Set(functions.map(({ bdf }) => bdf)).size).toBe(functions.length);
      for (const { config } of functions) {
        expect(config.bytes.length).toBeLessThanOrEqual(4096);
        config.mask?.forEach((mask, i) => {
          if (((config.bytes[i] ?? 0) & ~mask) !== 0) throw new Error(`byte ${i} has bits that are not known`);
        });
      }
    }),
    { numRuns: 300 },
  );
});

test('bytes without any sense are not lspci output', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
      expect(readLspci(bytes, 'fuzz').functions).toEqual([]);
    }),
  );
});
