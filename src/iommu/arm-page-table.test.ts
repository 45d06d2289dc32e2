import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KernelLog, kernelVersion } from '../uapi/index.ts';
import { ArmPageTable } from './arm-page-table.ts';
import { dmaBehaviourOf } from './dma-behaviour.ts';
import { IOMMU_READ, IOMMU_WRITE } from './io-page-table.ts';

const RW = IOMMU_READ | IOMMU_WRITE;
const VERSION = kernelVersion(7, 3, 4);

function table(log = new KernelLog(), intended = false): ArmPageTable {
  return new ArmPageTable({
    geometry: {
      kind: 'io-pgtable-arm',
      granuleShift: 12,
      pageShifts: [12, 21, 30],
      apertureEnd: 2n ** 48n - 1n,
      outputBits: 44,
    },
    behaviour: dmaBehaviourOf(VERSION, intended),
    log,
  });
}

function show(pages: ArmPageTable): string[] {
  return pages.runs().map((run) => {
    const [iova, phys, count] = [run.iova, run.phys, run.pages].map((n) => n.toString(16));
    return `${iova}->${phys} ${count}/${run.order}`;
  });
}

describe('an SMMUv3 page table', () => {
  const errors: [string, [number, boolean, number, number, number], string | undefined, number][] = [
    ['a misaligned page', [0x100, true, 0, 1, RW], 'EINVAL', 0],
    ['nothing', [0x100, false, 0, 0, RW], undefined, 0],
    ['a physical address of 45 bits', [0x100, false, 2 ** 32, 1, RW], 'ERANGE', 1],
    ['an I/O address of 49 bits', [2 ** 36, false, 0, 1, RW], 'ERANGE', 1],
    ['no permission', [0x100, false, 0, 1, 0], 'EINVAL', 0],
    ['a page over a page', [0x400, false, 0, 1, RW], 'EEXIST', 1],
    ['a page in a block', [0x8001, false, 0, 1, RW], 'EEXIST', 1],
    ['pages that run into a page', [0x3fe, false, 1, 3, RW], 'EEXIST', 1],
  ];
  test.each(errors)('mapping %s', (_, args, errno, warns) => {
    const log = new KernelLog();
    const pages = table(log);
    pages.map(0x400, false, 0x999, 1, RW);
    pages.map(0x8000, false, 0x8000, 0x200, RW);
    const before = show(pages);
    expect(pages.map(...args)).toBe(errno);
    expect(log.warns.map((warn) => warn.file)).toEqual(Array(warns).fill('drivers/iommu/io-pgtable-arm.c'));
    if (errno !== undefined) expect(show(pages)).toEqual(before);
  });

  test('a block goes over a table of pages, which then lead nowhere or elsewhere', () => {
    const log = new KernelLog();
    const pages = table(log);
    pages.map(0xffc00, false, 0x80000000, 1, RW);
    expect(pages.map(0xffc00, false, 0x80100000, 0x200, RW)).toBeUndefined();
    expect(show(pages)).toEqual(['ffc00->80100000 200/9']);
    expect(log.warns).toEqual([]);
    expect(log.defects).toEqual(['smmu-block-over-table']);
    expect(pages.unmap(0xffc00, 0x201)).toBe(0x200);
    expect(log.warns).toHaveLength(1);
  });

  test('as intended, a block over pages is refused', () => {
    const log = new KernelLog();
    const pages = table(log, true);
    pages.map(0xffc05, false, 0x80000000, 1, RW);
    expect(pages.map(0xffc00, false, 0x80100000, 0x200, RW)).toBe('EEXIST');
    expect(show(pages)).toEqual(['ffc05->80000000 1/0']);
  });

  const unmaps: [string, [iova: number, pages: number], number, number, string[]][] = [
    ['part of a block: refused', [0x40200, 0x200], 0, 1, ['200->80200 2/0', '40000->40000 40000/18']],
    ['the end of a block: refused', [0x40000, 0x40001], 0x40000, 1, ['200->80200 2/0']],
    ['a hole after pages', [0x200, 3], 2, 2, ['40000->40000 40000/18']],
    ['a hole', [0x300, 1], 0, 1, ['200->80200 2/0', '40000->40000 40000/18']],
    ['a whole table: all it covers counts', [0x200, 0x200], 0x200, 0, ['40000->40000 40000/18']],
  ];
  test.each(unmaps)('unmapping %s', (_, [iova, count], removed, warns, expected) => {
    const log = new KernelLog();
    const pages = table(log);
    pages.map(0x200, false, 0x80200, 2, RW);
    pages.map(0x40000, false, 0x40000, 0x40000, RW);
    expect(pages.unmap(iova, count)).toBe(removed);
    expect(log.warns).toHaveLength(warns);
    expect(show(pages)).toEqual(expected);
  });

  test('an emptied table still counts when its slot is unmapped as a whole', () => {
    const log = new KernelLog();
    const pages = table(log);
    pages.map(0x200, false, 0, 1, RW);
    pages.unmap(0x200, 1);
    expect(pages.unmap(0x200, 0x200)).toBe(0x200);
    expect(pages.unmap(0x200, 0x200)).toBe(0);
    expect(log.warns).toHaveLength(1);
  });

  test('is what three levels of tables are, for any mappings and unmappings', () => {
    const place = fc.oneof(
      fc.nat(0x500),
      fc.nat(5).map((n) => n * 0x200),
      fc.nat(2).map((n) => n * 0x40000),
    );
    const few = fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 0x500 }), fc.constant(0x200));
    const gigabyte = fc.nat(1).map((n) => n * 0x40000);
    const step = fc.oneof(
      { arbitrary: fc.record({ unmap: fc.boolean(), iova: place, phys: place, pages: few }), weight: 6 },
      {
        arbitrary: fc.record({
          unmap: fc.boolean(),
          iova: gigabyte,
          phys: gigabyte,
          pages: fc.constantFrom(0x40000, 0x40201),
        }),
        weight: 1,
      },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25, size: 'max' }), (steps) => {
        const log = new KernelLog();
        const pages = table(log);
        const levels = new ThreeLevels();
        for (const { unmap, iova, phys, pages: count } of steps) {
          log.rearm();
          if (unmap) expect(pages.unmap(iova, count)).toBe(levels.unmap(iova, count));
          else expect(pages.map(iova, false, phys, count, RW)).toBe(levels.map(iova, phys, count));
          expect(log.drain().warns.length > 0).toBe(levels.warned());
        }
        expect(expanded(pages)).toEqual(levels.list());
      }),
      { numRuns: 200 },
    );
  });
});

type Entry = { readonly phys: number } | Map<number, Entry>;
const ORDERS = [18, 9, 0] as const;

/** The tables themselves: maps of maps down to pages, entry by entry. */
class ThreeLevels {
  readonly #root = new Map<number, Entry>();
  #warned = false;

  warned(): boolean {
    const warned = this.#warned;
    this.#warned = false;
    return warned;
  }

  map(iova: number, phys: number, pages: number): string | undefined {
    for (let done = 0; done < pages; ) {
      const level = ORDERS.findIndex((order) => {
        const size = 2 ** order;
        return size <= pages - done && (iova + done) % size === 0 && (phys + done) % size === 0;
      });
      // Entries of one table are looked at together before any is written.
      const size = 2 ** (ORDERS[level] ?? 0);
      const entries = this.#batch(iova + done, phys + done, pages - done, level);
      const table = this.#descend(iova + done, level, true);
      if (table === undefined) return this.#fail(iova, done);
      const first = Math.floor((iova + done) / size);
      for (let i = 0; i < entries; i++) {
        const old = table.get(first + i);
        if (old !== undefined && !(old instanceof Map)) return this.#fail(iova, done);
        table.delete(first + i);
      }
      for (let i = 0; i < entries; i++) table.set(first + i, { phys: phys + done + i * size });
      done += entries * size;
    }
    return undefined;
  }

  #fail(iova: number, done: number): string {
    this.unmap(iova, done);
    this.#warned = true;
    return 'EEXIST';
  }

  /** How many entries of a level in a row, before the table ends or a larger size becomes possible. */
  #batch(iova: number, phys: number, left: number, level: number): number {
    const size = 2 ** (ORDERS[level] ?? 0);
    let entries = 0;
    for (let at = iova; at < iova + left - size + 1; at += size) {
      const larger = ORDERS.slice(0, level).some((order) => {
        const big = 2 ** order;
        return at % big === 0 && (phys + at - iova) % big === 0 && big <= iova + left - at;
      });
      if (entries > 0 && (larger || (at / size) % 512 === 0)) break;
      entries++;
    }
    return entries;
  }

  #descend(iova: number, level: number, create: boolean): Map<number, Entry> | undefined {
    let table = this.#root;
    for (const order of ORDERS.slice(0, level)) {
      const index = Math.floor(iova / 2 ** order);
      let next = table.get(index);
      if (next === undefined && create) {
        next = new Map<number, Entry>();
        table.set(index, next);
      }
      if (!(next instanceof Map)) return undefined;
      table = next;
    }
    return table;
  }

  unmap(iova: number, pages: number): number {
    let done = 0;
    while (done < pages) {
      const level = ORDERS.findIndex((o) => 2 ** o <= pages - done && (iova + done) % 2 ** o === 0);
      const size = 2 ** (ORDERS[level] ?? 0);
      const table = this.#descend(iova + done, level, false);
      if (table?.delete(Math.floor((iova + done) / size)) !== true) {
        this.#warned = true;
        return done;
      }
      done += size;
    }
    return done;
  }

  list(table: Map<number, Entry> = this.#root, level = 0): string[] {
    const entries = [...table].sort((a, b) => a[0] - b[0]);
    return entries.flatMap(([index, entry]) => {
      if (entry instanceof Map) return this.list(entry, level + 1);
      const order = ORDERS[level] ?? 0;
      return [`${index * 2 ** order} ${entry.phys} ${order}`];
    });
  }
}

function expanded(pages: ArmPageTable): string[] {
  return pages.runs().flatMap((run) => {
    const size = 2 ** run.order;
    const leaf = (i: number): string => `${run.iova + i * size} ${run.phys + i * size} ${run.order}`;
    return Array.from({ length: run.pages / size }, (_, i) => leaf(i));
  });
}
