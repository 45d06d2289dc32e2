import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SgMemory, type SgTable, sgAllocTable } from '../scatterlist/index.ts';
import {
  type IbUmem,
  ibUmemFindBestPgoff,
  ibUmemFindBestPgsz,
  ibUmemNumDmaBlocks,
  rdmaUmemDmaBlocks,
  restoreTable,
  trimTable,
} from './index.ts';

const PAGE = 0x1000n;
const K64 = 1n << 16n;
const M2 = 1n << 21n;
const G1 = 1n << 30n;

type Entry = readonly [addr: bigint, len: bigint];

function tableOf(entries: readonly Entry[]): SgTable {
  const table = sgAllocTable(new SgMemory(), entries.length, 'iova');
  if (!table.ok) throw new Error(table.at);
  for (const [index, [addr, len]] of entries.entries()) {
    table.value.addrLo[index] = Number(addr & 0xffff_ffffn);
    table.value.addrHi[index] = Number(addr >> 32n);
    table.value.dmaLen[index] = Number(len);
  }
  return table.value;
}

/** The region [offset, offset + length) of a buffer with these entries. */
function umemOf(entries: readonly Entry[], offset: bigint, length: bigint): IbUmem {
  const table = tableOf(entries);
  const window = trimTable(table, offset & ~(PAGE - 1n), (offset + length + PAGE - 1n) & ~(PAGE - 1n));
  const { first = 0, nents } = window;
  return { address: offset, length, iova: 0n, pageShift: 12, table, first, nents };
}

/** Where byte `offset` of the buffer is, by the entries themselves. */
function dmaOfByte(entries: readonly Entry[], offset: bigint): bigint {
  let at = 0n;
  for (const [addr, len] of entries) {
    if (offset < at + len) return addr + (offset - at);
    at += len;
  }
  throw new Error('no such byte');
}

describe('the best page size', () => {
  const all = PAGE | K64 | M2 | G1;
  const big = 3n * G1;
  const rows: [string, Entry[], bigint, bigint, bigint, bigint, bigint][] = [
    ['one page', [[0x1000n, PAGE]], 0n, PAGE, 0n, all, PAGE],
    ['no larger than what holds the region', [[G1, big]], 0n, M2, 0n, all, M2],
    ['1 GiB pages for aligned gigabytes', [[G1, big]], 0n, big, 0n, all, G1],
    [
      'contiguous entries count as one',
      [
        [G1, 0xffff_f000n],
        [G1 + 0xffff_f000n, PAGE],
      ],
      0n,
      4n * G1,
      0n,
      all,
      G1,
    ],
    [
      'entries cut at an odd byte, too',
      [
        [G1, 0xffff_ffffn],
        [G1 + 0xffff_ffffn, 1n],
      ],
      0n,
      4n * G1,
      0n,
      all,
      G1,
    ],
    ['device address and DMA address differ in bit 16', [[K64, big]], 0n, big, 0n, all, K64],
    [
      'a gap in the middle of 2 MiB',
      [
        [M2, K64],
        [8n * M2, big],
      ],
      0n,
      M2,
      0n,
      all,
      K64,
    ],
    ['the device does not know pages that small', [[0x1000n, M2]], 0n, M2, 0n, M2 | G1, 0n],
    ['offset in the page: the device address has the same', [[0x5000n, M2]], 0x234n, PAGE, 0x1234n, all, PAGE],
    ['offset in the page: the device address has another', [[0x5000n, M2]], 0x234n, PAGE, 0x1000n, all, 0n],
    ['the device address passes 2^64', [[0n, M2]], 0n, M2, (1n << 64n) - PAGE, all, 0n],
    ['the region ends with the last device address', [[0n, M2]], 0n, PAGE, (1n << 64n) - PAGE, PAGE, PAGE],
    ['half of all device addresses: nothing is too large', [[0n, G1]], 0n, (1n << 64n) - 1n, 1n, 1n << 63n, 0n],
  ];
  test.each(rows)('%s', (_, entries, offset, length, virt, bitmap, expected) => {
    const umem = umemOf(entries, offset, length);
    expect(ibUmemFindBestPgsz(umem, bitmap, virt)).toBe(expected);
    expect(umem.iova).toBe(virt);
  });

  test('with the device address free, only the offset in a page decides', () => {
    const umem = umemOf([[0x5000n, M2]], 0x234n, PAGE);
    expect(ibUmemFindBestPgoff(umem, all, PAGE - 1n)).toBe(PAGE);
    expect(umem.iova).toBe(0x234n);
    expect(ibUmemFindBestPgoff(umem, all, K64 - 1n)).toBe(K64);
    expect(umem.iova).toBe(0x5234n);
    expect(ibUmemFindBestPgoff(umemOf([[0n, 0n]], 0n, PAGE), all, PAGE - 1n)).toBe(0n);
  });
});

describe('blocks', () => {
  test('of 64 KiB over entries that touch, the first cut at the front', () => {
    const umem = umemOf(
      [
        [0x2_3000n, 0xd000n],
        [0x3_0000n, 0x1_8000n],
      ],
      0n,
      0x2_5000n,
    );
    expect(ibUmemFindBestPgsz(umem, K64 | PAGE, 0x7_3000n)).toBe(K64);
    expect(ibUmemNumDmaBlocks(umem, K64)).toBe(3n);
    expect([...rdmaUmemDmaBlocks(umem, K64)]).toEqual([0x2_0000n, 0x3_0000n, 0x4_0000n]);
  });

  test('end where the entries do, however much the region claims', () => {
    const umem = umemOf(
      [
        [0x1000n, PAGE],
        [0n, 0n],
      ],
      0n,
      4n * PAGE,
    );
    expect([...rdmaUmemDmaBlocks(umem, PAGE)]).toEqual([0x1000n]);
    expect(ibUmemNumDmaBlocks(umem, PAGE)).toBe(4n);
    expect([...rdmaUmemDmaBlocks(umemOf([[0n, 0n]], 0n, PAGE), PAGE)]).toEqual([]);
  });
});

const pages = (max: number) => fc.integer({ min: 1, max }).map((count) => BigInt(count) * PAGE);
/** Entries that touch, nearly touch, or lie anywhere. */
const entriesArb = fc
  .array(fc.tuple(pages(12), fc.constantFrom('touches', 'skips', 'anywhere'), fc.bigInt(0n, 1n << 30n)), {
    minLength: 1,
    maxLength: 5,
  })
  .map((parts) => {
    const entries: Entry[] = [];
    let next = 0x40_0000n;
    for (const [len, how, place] of parts) {
      if (how !== 'touches') next = how === 'skips' ? next + PAGE * 16n : place * PAGE;
      entries.push([next, len]);
      next += len;
    }
    return entries;
  });
const bitmapArb = fc
  .uniqueArray(fc.integer({ min: 9, max: 20 }), { minLength: 1, maxLength: 6 })
  .map((bits) => bits.reduce((bitmap, bit) => bitmap | (1n << BigInt(bit)), 0n));

/** A region, and a device address that fits its page offset or not. */
const regionArb = fc
  .tuple(entriesArb, fc.bigInt(0n, 1n << 20n), fc.bigInt(1n, 1n << 20n), fc.bigInt(0n, 1n << 24n), fc.boolean())
  .map(([entries, from, size, virtPage, fits]) => {
    const total = entries.reduce((sum, [, len]) => sum + len, 0n);
    const offset = from % total;
    const length = (size % (total - offset)) + 1n;
    const virt = fits ? dmaOfByte(entries, offset) + (virtPage % 64n) * K64 : virtPage * 512n;
    return { entries, offset, length, virt };
  });

/** Does every byte of the region go where its entry says, with blocks of `pgsz`? */
function isRight(entries: readonly Entry[], umem: IbUmem, virt: bigint, pgsz: bigint): boolean {
  const aligned = { ...umem, iova: virt };
  const blocks = [...rdmaUmemDmaBlocks(aligned, pgsz)];
  if (blocks.some((block) => block % pgsz !== 0n)) return false;
  const last = virt + umem.length - 1n;
  const places = [virt, last];
  for (let va = virt - (virt % 512n) + 512n; va <= last; va += 512n) places.push(va - 1n, va);
  return places.every((va) => {
    const block = blocks[Number(va / pgsz - virt / pgsz)];
    return block !== undefined && block + (va % pgsz) === dmaOfByte(entries, umem.address + (va - virt));
  });
}

describe('for any region and any set of page sizes', () => {
  test('the blocks cover exactly the region, and no larger size of the device would do', () => {
    let found = 0;
    fc.assert(
      fc.property(regionArb, bitmapArb, ({ entries, offset, length, virt }, bitmap) => {
        const umem = umemOf(entries, offset, length);
        const best = ibUmemFindBestPgsz(umem, bitmap, virt);
        const sizes = [...Array(64).keys()].map((bit) => 1n << BigInt(bit)).filter((size) => (bitmap & size) !== 0n);
        if (best !== 0n) {
          found++;
          expect(bitmap & best).toBe(best);
          expect(isRight(entries, umem, virt, best)).toBe(true);
          expect(BigInt([...rdmaUmemDmaBlocks(umem, best)].length)).toBe(ibUmemNumDmaBlocks(umem, best));
          const inOneBlock = virt / best === (virt + length - 1n) / best;
          if (inOneBlock) return;
        }
        for (const size of sizes.filter((size) => size > best)) expect(isRight(entries, umem, virt, size)).toBe(false);
      }),
      { numRuns: 600 },
    );
    expect(found).toBeGreaterThan(100);
  });

  test('cutting a table to a region leaves its pages and nothing else, and is undone', () => {
    fc.assert(
      fc.property(regionArb, ({ entries, offset, length }) => {
        const table = tableOf(entries);
        const start = offset & ~(PAGE - 1n);
        const end = (offset + length + PAGE - 1n) & ~(PAGE - 1n);
        const window = trimTable(table, start, end);
        let at = start;
        const first = window.first ?? Number.NaN;
        for (let index = first; index < first + window.nents; index++) {
          expect(table.dmaAddressBits(index)).toBe(dmaOfByte(entries, at));
          at += BigInt(table.dmaLen[index] ?? 0);
        }
        expect(at).toBe(end);
        restoreTable(table, window);
        expect(entries.map((_, index) => [table.dmaAddressBits(index), BigInt(table.dmaLen[index] ?? 0)])).toEqual(
          entries,
        );
      }),
    );
  });
});
