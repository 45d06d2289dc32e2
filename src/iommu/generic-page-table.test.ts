import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KernelLog, kernelVersion } from '../uapi/index.ts';
import { dmaBehaviourOf } from './dma-behaviour.ts';
import { GenericPageTable } from './generic-page-table.ts';
import type { DomainGeometry } from './geometry.ts';
import { IOMMU_READ, IOMMU_WRITE } from './io-page-table.ts';

const RW = IOMMU_READ | IOMMU_WRITE;
const INTEL = [12, 21, 30];
const AMD = Array.from({ length: 35 }, (_, i) => i + 12).filter((shift) => shift !== 39);

function table(
  pageShifts: readonly number[] = INTEL,
  version = kernelVersion(7, 3, 4),
  { log = new KernelLog(), intended = false } = {},
): GenericPageTable {
  const geometry: DomainGeometry = {
    kind: 'generic-pt',
    granuleShift: 12,
    pageShifts,
    apertureEnd: 2n ** 48n - 1n,
    outputBits: 52,
  };
  return new GenericPageTable({ geometry, behaviour: dmaBehaviourOf(version, intended), log });
}

/** `iova->phys pages/order`, in hex pages. */
function show(pages: GenericPageTable): string[] {
  return pages.runs().map((run) => {
    const [iova, phys, count] = [run.iova, run.phys, run.pages].map((n) => n.toString(16));
    return `${iova}->${phys} ${count}/${run.order}`;
  });
}

describe('a generic page table', () => {
  const errors: [string, [number, boolean, number, number, number], string | undefined][] = [
    ['no permission', [0x100, false, 0, 0, 0], 'EINVAL'],
    ['a physical address beyond the output, though empty', [0x100, false, 2 ** 40, 0, RW], 'ERANGE'],
    ['the last physical page', [0x100, false, 2 ** 40 - 1, 1, RW], undefined],
    ['nothing', [0x100, false, 0, 0, RW], 'EINVAL'],
    ['more than 64 bits hold', [2 ** 52 - 1, true, 0, 2, RW], 'EOVERFLOW'],
    ['a page more than 64 bits hold, as it starts within one', [2 ** 52 - 2, true, 0, 2, RW], 'EOVERFLOW'],
    ['a misaligned page', [0x100, true, 0, 1, RW], 'ENXIO'],
    ['misaligned pages beyond the aperture', [2 ** 36, true, 0, 2, RW], 'ENXIO'],
    ['a page beyond the aperture', [2 ** 36, false, 0, 1, RW], 'ERANGE'],
    ['pages that run out of the aperture', [2 ** 36 - 1, false, 0, 2, RW], 'ERANGE'],
    ['the last page of the aperture', [2 ** 36 - 1, false, 0, 1, RW], undefined],
    ['what ends at a mapped page', [0x3ff, false, 0, 1, RW], undefined],
    ['what overlaps a mapped page', [0x3ff, false, 0, 2, RW], 'EADDRINUSE'],
    ['a large leaf over a mapped page', [0x400, false, 0x200, 0x200, RW], 'EADDRINUSE'],
    ['a page in a large leaf', [0x8001, false, 0, 1, RW], 'EADDRINUSE'],
  ];
  test.each(errors)('mapping %s', (_, args, errno) => {
    const pages = table();
    pages.map(0x400, false, 0x999, 1, RW);
    pages.map(0x8000, false, 0x8000, 0x200, RW);
    const before = show(pages);
    expect(pages.map(...args)).toBe(errno);
    if (errno !== undefined) expect(show(pages)).toEqual(before);
  });

  test.each([
    ['pages', [0x100, 2 ** 40 - 2, 5], ['100->fffffffffe 2/0', '102->0 3/0']],
    ['large leaves', [0x200, 2 ** 40 - 0x200, 0x400], ['200->fffffffe00 200/9', '400->0 200/9']],
  ] as const)('%s beyond the last physical address lead to the bottom of memory', (_, [iova, phys, count], runs) => {
    const log = new KernelLog();
    const pages = table(INTEL, kernelVersion(7, 3, 4), { log });
    expect(pages.map(iova, false, phys, count, RW)).toBeUndefined();
    expect(show(pages)).toEqual(runs);
    expect(log.defects).toEqual(['iommu-output-wraps']);
    expect(pages.unmap(iova, count)).toBe(count);
    expect(show(pages)).toEqual([]);
  });

  test('what ends with the last physical address touches no defect; the intended table refuses what goes beyond', () => {
    const log = new KernelLog();
    expect(table(INTEL, kernelVersion(7, 3), { log }).map(0x100, false, 2 ** 40 - 2, 2, RW)).toBeUndefined();
    const intended = table(INTEL, kernelVersion(7, 3), { log, intended: true });
    expect(intended.map(0x100, false, 2 ** 40 - 2, 2, RW)).toBeUndefined();
    expect(intended.map(0x200, false, 2 ** 40 - 2, 3, RW)).toBe('ERANGE');
    expect(show(intended)).toEqual(['100->fffffffffe 2/0']);
    expect(log.defects).toEqual([]);
  });

  const before70: [string, [number, boolean, number, number, number], string | undefined][] = [
    ['a misaligned page', [0x100, true, 0, 1, RW], 'EINVAL'],
    ['nothing', [0x100, false, 2 ** 40, 0, RW], undefined],
    ['what is mapped', [0x400, false, 0, 1, RW], 'EADDRINUSE'],
  ];
  test.each(before70)('6.19: mapping %s', (_, args, errno) => {
    const pages = table(INTEL, kernelVersion(6, 19, 14));
    pages.map(0x400, false, 0x999, 1, RW);
    expect(pages.map(...args)).toBe(errno);
  });

  const leaves: [string, readonly number[], [iova: number, phys: number, pages: number], string[]][] = [
    ['256M aligned: 2M leaves', INTEL, [0x70000, 0x380000, 0x10000], ['70000->380000 10000/9']],
    ['256M aligned on AMD: one leaf', AMD, [0x70000, 0x380000, 0x10000], ['70000->380000 10000/16']],
    ['5T: 1G leaves', INTEL, [2 ** 31, 2 ** 33, 5 * 2 ** 28], ['80000000->200000000 50000000/18']],
    [
      '5T on AMD: 4T and 1T',
      AMD,
      [2 ** 31, 2 ** 33, 5 * 2 ** 28],
      ['80000000->200000000 40000000/30', 'c0000000->240000000 10000000/28'],
    ],
    [
      'a start within 2M: pages, then large leaves, then pages',
      INTEL,
      [0x1ff, 0x3ff, 0x203],
      ['1ff->3ff 1/0', '200->400 200/9', '400->600 2/0'],
    ],
    ['addresses that differ within 2M: pages only', INTEL, [0x200, 0x401, 0x400], ['200->401 400/0']],
    [
      '512G on AMD, which has no such page: two of 256G',
      AMD,
      [2 ** 27, 2 ** 28, 2 ** 27],
      ['8000000->10000000 8000000/26'],
    ],
  ];
  test.each(leaves)('%s', (_, shifts, [iova, phys, count], expected) => {
    const pages = table(shifts);
    expect(pages.map(iova, false, phys, count, RW)).toBeUndefined();
    expect(show(pages)).toEqual(expected);
  });

  const unmaps: [string, [iova: number, pages: number], number, string[]][] = [
    ['nothing', [0x200, 0], 0, ['200->400 400/9', '600->800 3/0', '604->804 1/0']],
    ['the end of a large leaf takes it whole', [0x200, 0x201], 0x400, ['600->800 3/0', '604->804 1/0']],
    ['the start within a large leaf stops', [0x201, 0x3ff], 0, ['200->400 400/9', '600->800 3/0', '604->804 1/0']],
    ['the first hole ends it', [0x600, 8], 3, ['200->400 400/9', '604->804 1/0']],
    ['part of a run of pages', [0x601, 1], 1, ['200->400 400/9', '600->800 1/0', '602->802 1/0', '604->804 1/0']],
    ['from large leaves into pages', [0x400, 0x202], 0x202, ['200->400 200/9', '602->802 1/0', '604->804 1/0']],
    ['beyond the aperture', [2 ** 36 - 1, 2], 0, ['200->400 400/9', '600->800 3/0', '604->804 1/0']],
  ];
  test.each(unmaps)('unmapping: %s', (_, [iova, count], removed, expected) => {
    const pages = table();
    pages.map(0x200, false, 0x400, 0x400, RW);
    pages.map(0x600, false, 0x800, 3, RW);
    pages.map(0x604, false, 0x804, 1, RW);
    expect(pages.unmap(iova, count)).toBe(removed);
    expect(show(pages)).toEqual(expected);
  });

  test('leaf by leaf it is what the rules say, for any mappings and unmappings', () => {
    const step = fc.record({
      unmap: fc.boolean(),
      iova: fc.oneof(
        fc.nat(0x1000),
        fc.nat(8).map((n) => n * 0x200),
      ),
      phys: fc.oneof(
        fc.nat(0x1000),
        fc.nat(8).map((n) => n * 0x200),
      ),
      pages: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 0x900 })),
    });
    fc.assert(
      fc.property(
        fc.constantFrom([12, 14, 21], AMD),
        fc.array(step, { maxLength: 30, size: 'max' }),
        (shifts, steps) => {
          const pages = table(shifts);
          const plain = new LeafByLeaf(shifts.map((shift) => shift - 12));
          for (const { unmap, iova, phys, pages: count } of steps) {
            if (unmap) expect(pages.unmap(iova, count)).toBe(plain.unmap(iova, count));
            else expect(pages.map(iova, false, phys, count, RW)).toBe(plain.map(iova, phys, count));
          }
          expect(expanded(pages)).toEqual(plain.list());
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** Every leaf by itself: start, physical start, order. */
class LeafByLeaf {
  readonly #leaves = new Map<number, [phys: number, order: number]>();
  readonly #orders: readonly number[];

  constructor(orders: readonly number[]) {
    this.#orders = orders;
  }

  map(iova: number, phys: number, pages: number): string | undefined {
    for (const [start, [, order]] of this.#leaves) {
      if (start < iova + pages && iova < start + 2 ** order) return 'EADDRINUSE';
    }
    for (let done = 0; done < pages; ) {
      const fits = this.#orders.filter((order) => {
        const size = 2 ** order;
        return size <= pages - done && (iova + done) % size === 0 && (phys + done) % size === 0;
      });
      const order = Math.max(...fits);
      this.#leaves.set(iova + done, [phys + done, order]);
      done += 2 ** order;
    }
    return undefined;
  }

  unmap(iova: number, pages: number): number {
    let at = iova;
    for (let leaf = this.#leaves.get(at); leaf !== undefined && at < iova + pages; leaf = this.#leaves.get(at)) {
      this.#leaves.delete(at);
      at += 2 ** leaf[1];
    }
    return at - iova;
  }

  list(): string[] {
    return [...this.#leaves].sort((a, b) => a[0] - b[0]).map(([at, [phys, order]]) => `${at} ${phys} ${order}`);
  }
}

function expanded(pages: GenericPageTable): string[] {
  return pages.runs().flatMap((run) => {
    const size = 2 ** run.order;
    return Array.from(
      { length: run.pages / size },
      (_, i) => `${run.iova + i * size} ${run.phys + i * size} ${run.order}`,
    );
  });
}
