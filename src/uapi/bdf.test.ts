import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bdfBus, bdfDevice, bdfDomain, bdfFunction, formatBdf, makeBdf, parseBdf } from './index.ts';

describe('function addresses', () => {
  const cases: [string, string | undefined][] = [
    ['0000:01:00.0', '0000:01:00.0'],
    ['1:0.0', '0000:01:00.0'],
    ['10000:E1:1F.7', '10000:e1:1f.7'],
    ['ffffffff:ff:1f.7', 'ffffffff:ff:1f.7'],
    ['0000:01:20.0', undefined],
    ['0000:01:00.8', undefined],
    ['0000:01:00', undefined],
    ['', undefined],
  ];
  test.each(cases)('%s reads as %s', (text, expected) => {
    const bdf = parseBdf(text);
    expect(bdf === undefined ? undefined : formatBdf(bdf)).toBe(expected);
  });

  test('every address survives being written and read', () => {
    const parts = fc.tuple(fc.nat(0xffffffff), fc.nat(255), fc.nat(255));
    fc.assert(
      fc.property(parts, ([domain, bus, devfn]) => {
        const bdf = makeBdf(domain, bus, devfn);
        expect(parseBdf(formatBdf(bdf))).toBe(bdf);
        expect([bdfDomain(bdf), bdfBus(bdf), bdfDevice(bdf), bdfFunction(bdf)]).toEqual([
          domain,
          bus,
          devfn >> 3,
          devfn & 7,
        ]);
      }),
    );
  });
});
