import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  calcRunNents,
  calcSgNents,
  cpuEntries,
  dmaEntries,
  dmaPages,
  dmaPagesOf,
  fillBusAddresses,
  fillOneEntryEach,
  fillSgEntry,
  oneEntryEach,
  PAST_END,
  PhysVecArray,
  SgMemory,
  type SgTable,
  type SplitRules,
  sgAllocTable,
  sgFreeTable,
} from './index.ts';

const PAGE_CHUNK: SplitRules = { chunk: 0xfffff000, distanceWraps: false, countOverflow: 'zero' };
const UINT_CHUNK: SplitRules = { chunk: 0xffffffff, distanceWraps: false, countOverflow: 'wraps' };
const V8_CHUNK: SplitRules = { ...UINT_CHUNK, distanceWraps: true };
/** A zeroed table. */
function sgTable(nents: number, space: 'bus' | 'iova' | 'phys', memory: SgMemory = new SgMemory()): SgTable {
  const table = sgAllocTable(memory, nents, space);
  if (!table.ok) throw new Error(table.at);
  return table.value;
}

const GIB = 1n << 30n;
const U64 = (1n << 64n) - 1n;

/** Entries of one run, [address, length], written through fillSgEntry. */
function split(addr: bigint, len: bigint, rules: SplitRules): [bigint, number][] {
  const table = sgTable(calcRunNents(len, rules) || 1, 'iova');
  const filled = fillSgEntry(table, 0, addr, len, rules);
  return [...dmaEntries(table)].slice(0, filled).map((entry) => [entry.dmaAddress.addr, entry.dmaLength]);
}

describe('cutting a run into entries', () => {
  const cases: [string, bigint, SplitRules, [bigint, number][]][] = [
    [
      '4 GiB',
      4n * GIB,
      PAGE_CHUNK,
      [
        [0n, 0xfffff000],
        [0xfffff000n, 0x1000],
      ],
    ],
    [
      '8 GiB',
      8n * GIB,
      PAGE_CHUNK,
      [
        [0n, 0xfffff000],
        [0xfffff000n, 0xfffff000],
        [0x1ffffe000n, 0x2000],
      ],
    ],
    ['the largest entry', 0xfffff000n, PAGE_CHUNK, [[0n, 0xfffff000]]],
    ['nothing', 0n, PAGE_CHUNK, []],
    [
      '8 GiB, cut at UINT_MAX',
      8n * GIB,
      UINT_CHUNK,
      [
        [0n, 0xffffffff],
        [0xffffffffn, 0xffffffff],
        [0x1fffffffen, 2],
      ],
    ],
    [
      '8 GiB, distance wraps',
      8n * GIB,
      V8_CHUNK,
      [
        [0n, 0xffffffff],
        [0xffffffffn, 0xffffffff],
        [0xfffffffen, 2],
      ],
    ],
  ];
  test.each(cases)('%s', (_, len, rules, expected) => {
    const start = 0x12_3456_7000n;
    expect(split(start, len, rules)).toEqual(expected.map(([at, length]) => [start + at, length]));
  });

  test('the address carries into the high half and wraps at 64 bits', () => {
    expect(split(U64 - 0xfffn, 0x2000n + 0xfffff000n, PAGE_CHUNK)).toEqual([
      [U64 - 0xfffn, 0xfffff000],
      [0xffffe000n, 0x2000],
    ]);
  });

  const counts: [bigint, number, number][] = [
    [0xfffff000n, 1, 1],
    [0x100000000n, 2, 2],
    [0x1ffffe000n, 2, 2],
    [0x1fffff000n, 3, 2],
    [8n * GIB, 3, 3],
    [64n * GIB, 17, 17],
    [1024n * GIB, 257, 257],
    [1n << 63n, 2147485697, 2147483649],
  ];
  test.each(counts)('%d bytes need %d entries cut at a page and %d cut at UINT_MAX', (len, page, uint) => {
    expect(calcSgNents(PhysVecArray.of([[0n, len]]), PAGE_CHUNK)).toBe(page);
    expect(calcSgNents(PhysVecArray.of([[0n, len]]), UINT_CHUNK)).toBe(uint);
    expect(calcRunNents(len, PAGE_CHUNK)).toBe(page);
  });

  test('a sum of entries over 32 bits becomes 0 or wraps, by kernel', () => {
    const ranges = PhysVecArray.of([
      [0n, 1n << 63n],
      [0n, 1n << 63n],
    ]);
    expect(calcSgNents(ranges, PAGE_CHUNK)).toBe(0);
    expect(calcSgNents(ranges, UINT_CHUNK)).toBe((2147483649 * 2) % 2 ** 32);
  });

  test('the most entries that 32 bits count are no overflow, and one more is', () => {
    const most: [bigint, bigint] = [0n, BigInt(PAGE_CHUNK.chunk) * 0xffff_ffffn];
    expect(calcSgNents(PhysVecArray.of([most]), PAGE_CHUNK)).toBe(0xffff_ffff);
    expect(calcSgNents(PhysVecArray.of([most, [0n, 0n]]), PAGE_CHUNK)).toBe(0xffff_ffff);
    expect(calcSgNents(PhysVecArray.of([most, [0n, 1n]]), PAGE_CHUNK)).toBe(0);
    const wraps = { ...PAGE_CHUNK, countOverflow: 'wraps' } as const;
    expect(calcSgNents(PhysVecArray.of([most, [0n, 1n], [0n, 1n]]), wraps)).toBe(1);
  });

  test('the rounding of a length next to 2^64 wraps, so its entries come out as none', () => {
    expect(calcRunNents(U64, UINT_CHUNK)).toBe(0);
  });

  test('entries beyond the table are not written but reported', () => {
    const table = sgTable(1, 'iova');
    expect(fillSgEntry(table, 0, 0n, 4n * GIB, PAGE_CHUNK)).toBe(PAST_END);
    expect(
      fillBusAddresses(
        table,
        PhysVecArray.of([
          [0n, 1n],
          [0n, 1n],
        ]),
        0n,
        PAGE_CHUNK,
      ),
    ).toBe(PAST_END);
  });
});

const u64 = fc.bigInt(0n, U64);
const pages = fc.oneof(fc.bigInt(0n, 8n), fc.bigInt(0n, 0x600000n)).map((count) => count * 0x1000n);

describe('bus addresses of ranges', () => {
  test('every range starts its own entry and none shares one, also when they touch', () => {
    const ranges = PhysVecArray.of([
      [0x1000n, 0x1000n],
      [0x2000n, 0x1000n],
      [0x9000n, 0n],
      [0xf_ffff_f000n, 0x2000n],
    ]);
    const table = sgTable(calcSgNents(ranges, PAGE_CHUNK), 'bus');
    expect(fillBusAddresses(table, ranges, 0x6000_0000n, PAGE_CHUNK)).toBe(3);
    expect([...dmaEntries(table)]).toEqual([
      { dmaAddress: { space: 'bus', addr: 0x6000_1000n }, dmaLength: 0x1000 },
      { dmaAddress: { space: 'bus', addr: 0x6000_2000n }, dmaLength: 0x1000 },
      { dmaAddress: { space: 'bus', addr: 0x10_5fff_f000n }, dmaLength: 0x2000 },
    ]);
  });

  test('every byte of every range is reached once, at its physical address plus the offset', () => {
    const input = fc.tuple(fc.array(fc.tuple(u64, pages), { minLength: 1, maxLength: 6 }), u64);
    fc.assert(
      fc.property(input, ([pairs, busOffset]) => {
        const ranges = PhysVecArray.of(pairs);
        fc.pre(ranges.totalLength() > 0n);
        const table = sgTable(calcSgNents(ranges, PAGE_CHUNK), 'bus');
        expect(fillBusAddresses(table, ranges, busOffset, PAGE_CHUNK)).toBe(table.nents);
        let entry = 0;
        for (const { paddr, len } of ranges) {
          for (let done = 0n; done < len; entry++) {
            expect(table.dmaAddressBits(entry)).toBe(BigInt.asUintN(64, paddr + busOffset + done));
            expect(table.at(entry).dmaLength).toBeGreaterThan(0);
            done += BigInt(table.at(entry).dmaLength);
          }
        }
        expect(entry).toBe(table.nents);
        expect(table.dmaSize()).toBe(ranges.totalLength());
      }),
    );
  });
});

describe('ranges that take one entry each', () => {
  const cases: [bigint, boolean][] = [
    [0n, false],
    [1n, true],
    [(1n << 31n) - 1n, true],
    [(1n << 31n) + 1n, false],
    [(1n << 32n) + 1n, false],
    [U64, false],
  ];
  test.each(cases)('a length of %d among others counts as such: %s', (len, expected) => {
    expect(
      oneEntryEach(
        PhysVecArray.of([
          [0n, 1n],
          [0n, len],
          [0n, 2n],
        ]),
      ),
    ).toBe(expected);
  });

  test('are filled as in the careful way', () => {
    const input = fc.tuple(
      fc.array(fc.tuple(u64, fc.bigInt(1n, (1n << 31n) - 1n)), { minLength: 1, maxLength: 6 }),
      fc.oneof(
        u64,
        fc.constant(0n),
        u64.map((offset) => (offset >> 32n) << 32n),
      ),
    );
    fc.assert(
      fc.property(input, ([pairs, busOffset]) => {
        const ranges = PhysVecArray.of(pairs);
        const [quick, careful] = [sgTable(pairs.length, 'bus'), sgTable(pairs.length, 'bus')];
        expect(fillOneEntryEach(quick, ranges, busOffset)).toBe(pairs.length);
        fillBusAddresses(careful, ranges, busOffset, PAGE_CHUNK);
        expect([...dmaEntries(quick)]).toEqual([...dmaEntries(careful)]);
      }),
    );
  });
});

describe('ranges', () => {
  test('survive both ways of being stored, with all 64 bits', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(u64, u64), { maxLength: 8 }), (pairs) => {
        const read = (ranges: PhysVecArray) => [...ranges].map(({ paddr, len }) => [paddr, len]);
        expect(read(PhysVecArray.of(pairs))).toEqual(pairs);
        const addresses = BigUint64Array.from(pairs.map(([paddr]) => paddr));
        const lengths = BigUint64Array.from(pairs.map(([, len]) => len));
        expect(read(PhysVecArray.fromTyped(addresses, lengths))).toEqual(pairs);
      }),
    );
  });

  test('beyond 64 bits are refused', () => {
    expect(() => PhysVecArray.of([[U64 + 1n, 1n]])).toThrow('64 bits');
    expect(() => PhysVecArray.of([[0n, -1n]])).toThrow('64 bits');
  });

  test('their lengths add up modulo 2^64', () => {
    expect(
      PhysVecArray.of([
        [0n, U64],
        [0n, 3n],
      ]).totalLength(),
    ).toBe(2n);
  });
});

describe('the table', () => {
  test('of no entries is EINVAL and of more than memory holds ENOMEM', () => {
    expect(sgAllocTable(new SgMemory(), 0, 'bus')).toMatchObject({ ok: false, errno: 'EINVAL' });
    expect(sgAllocTable(new SgMemory(), 2 ** 32 - 1, 'bus')).toMatchObject({ ok: false, errno: 'ENOMEM' });
    expect(sgAllocTable(new SgMemory(3), 3, 'bus')).toMatchObject({ ok: true });
    expect(sgAllocTable(new SgMemory(3), 4, 'bus')).toMatchObject({ ok: false, errno: 'ENOMEM' });
  });

  test('starts with empty entries on both sides, also in memory that another table used', () => {
    const memory = new SgMemory();
    const first = sgTable(3, 'phys', memory);
    for (const lane of [first.addrLo, first.addrHi, first.dmaLen]) lane.fill(7);
    sgFreeTable(memory, first);
    const table = sgTable(2, 'phys', memory);
    expect([table.nents, table.origNents, table.dmaLen.length]).toEqual([2, 2, 2]);
    expect([...dmaEntries(table)]).toEqual(Array(2).fill({ dmaAddress: { space: 'phys', addr: 0n }, dmaLength: 0 }));
  });

  test('without a CPU side shows importers its DMA side only', () => {
    const table = sgTable(3, 'bus');
    table.origNents = 0;
    expect([[...cpuEntries(table)].length, [...dmaEntries(table)].length]).toEqual([0, 3]);
  });

  test('is freed by its CPU side, so without one the whole list is lost', () => {
    const memory = new SgMemory();
    sgFreeTable(memory, sgTable(3, 'bus', memory));
    expect(memory.leakedEntries).toBe(0);
    const pageless = sgTable(3, 'bus', memory);
    pageless.origNents = 0;
    sgFreeTable(memory, pageless);
    expect(memory.leakedEntries).toBe(3);
    expect([...dmaEntries(pageless)]).toEqual([]);
    expect(() => sgFreeTable(memory, pageless)).toThrow('once');
  });
});

describe('DMA pages of an entry', () => {
  const cases: [number, number, number][] = [
    [0, 0x1000, 0],
    [1, 0x1000, 1],
    [0xfffff000, 0x1000, 1048575],
    [0xfffff001, 0x1000, 0],
    [0xffffffff, 0x1000, 0],
    [0xffffffff, 0x10000, 0],
    [0xffff0000, 0x10000, 65535],
  ];
  test.each(cases)('%d bytes in pages of %d are %d', (length, pageSize, pages) => {
    expect(dmaPagesOf(length, pageSize)).toBe(pages);
  });

  test('an importer that walks pages loses an entry of UINT_MAX bytes', () => {
    const table = sgTable(2, 'bus');
    table.dmaLen.set([0xffffffff, 0x2000]);
    table.addrLo.set([0, 0x5000]);
    expect([...dmaPages(table, 0x1000)]).toEqual([0x5000n, 0x6000n]);
  });
});
