import { describe, expect, test } from 'vitest';
import { KernelLog } from '../uapi/index.ts';
import { FlushQueue } from './flush-queue.ts';
import { IovaDomain } from './iova-domain.ts';

const LAST_PFN = 2 ** 36 - 1;
const LAST_32BIT = 2 ** 20 - 1;

function domain(options: { log?: KernelLog; onlineCpus?: number; failNode?: () => boolean } = {}): IovaDomain {
  return new IovaDomain({
    granuleShift: 12,
    startPfn: 1,
    log: options.log ?? new KernelLog(),
    onlineCpus: options.onlineCpus ?? 1,
    fault: (step) => step === 'alloc_iova: node' && options.failNode?.() === true,
  });
}

/** A PC: two windows below 4 GiB and the MSI range. */
function pcDomain(log = new KernelLog()): IovaDomain {
  const pc = domain({ log });
  pc.reserve(0x80000, 0xaffff);
  pc.reserve(0xc0000, 0xfebff);
  pc.reserve(0x380000000, 0x3ffffffff);
  pc.reserve(0xfee00, 0xfeeff);
  return pc;
}

/** As dma-iommu asks: below 4 GiB first, then anywhere. */
function twoStep(pc: IovaDomain, bytes: number): string | undefined {
  const pages = bytes / 4096;
  const pfn = pc.allocFast(pages, pc.last32BitPfn, false) ?? pc.allocFast(pages, LAST_PFN, true);
  return pfn === undefined ? undefined : (pfn * 4096).toString(16);
}

const K = 1024;
const M = K * K;
const G = K * M;

describe('an I/O address domain', () => {
  const worked: [string, number, string, string][] = [
    ['4K', 4 * K, 'fffff000', 'ffffe000'],
    ['12K', 12 * K, 'ffffc000', 'ffff8000'],
    ['64K', 64 * K, 'ffff0000', 'fffe0000'],
    ['132K', 132 * K, 'fffc0000', 'fff80000'],
    ['16M', 16 * M, 'ff000000', 'bf000000'],
    ['256M', 256 * M, 'b0000000', '70000000'],
    ['512M', 512 * M, '60000000', '40000000'],
    ['1G', G, '40000000', 'ffffc0000000'],
    ['2G', 2 * G, 'ffff80000000', 'ffff00000000'],
    ['8G', 8 * G, 'fffe00000000', 'fffc00000000'],
  ];
  test.each(worked)('on a PC %s goes to %s... and then elsewhere', (_, bytes, first, second) => {
    const pc = pcDomain();
    expect(twoStep(pc, bytes)).toBe(first);
    expect(twoStep(pc, bytes)).toBe(second);
  });

  test('hands freed small ranges out again, the last freed first, each to its own size class', () => {
    const pc = domain();
    const [a, b] = [pc.allocFast(3, LAST_32BIT, true), pc.allocFast(4, LAST_32BIT, true)];
    pc.freeFast(a ?? 0, 3);
    pc.freeFast(b ?? 0, 4);
    expect(pc.allocFast(2, LAST_32BIT, true)).toBe(LAST_32BIT - 9);
    expect(pc.allocFast(4, LAST_32BIT, true)).toBe(b);
    expect(pc.allocFast(3, LAST_32BIT, true)).toBe(a);
  });

  test('passes over cached ranges beyond the limit and keeps them', () => {
    const pc = domain();
    const high = pc.allocFast(1, LAST_PFN, true) ?? 0;
    const low = pc.allocFast(1, LAST_32BIT, true) ?? 0;
    pc.freeFast(low, 1);
    pc.freeFast(high, 1);
    expect(pc.allocFast(1, LAST_32BIT, true)).toBe(low);
    expect(pc.allocFast(1, LAST_PFN, true)).toBe(high);
  });

  test('33 pages are no power of two, and go back to the tree', () => {
    const pc = domain();
    const pfn = pc.allocFast(33, LAST_32BIT, true);
    expect(pfn).toBe(2 ** 20 - 64);
    pc.freeFast(pfn ?? 0, 33);
    expect(pc.snapshot().ranges).toEqual([]);
  });

  test('empties the caches when there is no room, but only where that is allowed', () => {
    const pc = domain();
    pc.freeFast(pc.allocFast(16, 31, true) ?? 0, 16);
    expect(pc.allocFast(17, 31, false)).toBeUndefined();
    expect(pc.snapshot().ranges).toEqual([[16, 31]]);
    expect(pc.allocFast(8, 31, true)).toBe(8);
    expect(pc.allocFast(16, 31, true)).toBe(16);
  });

  test('a size below 4 GiB that did not fit is not tried again until something there is freed', () => {
    const pc = domain();
    const pfn = pc.allocFast(64, 127, false) ?? 0;
    expect(pc.allocFast(64, 127, false)).toBeUndefined();
    expect(pc.allocFast(64, LAST_32BIT, false)).toBeUndefined();
    expect(pc.allocFast(63, LAST_32BIT, false)).toBe(2 ** 20 - 64);
    pc.freeFast(pfn, 64);
    expect(pc.allocFast(64, LAST_32BIT, false)).toBe(2 ** 20 - 128);
  });

  test('page 0 in a cache is a miss, and a WARN when the cache is emptied', () => {
    const log = new KernelLog();
    const pc = domain({ log });
    pc.freeFast(0, 0);
    pc.freeFast(0, 0);
    expect(pc.allocFast(1, LAST_32BIT, true)).toBe(LAST_32BIT);
    expect(pc.allocFast(2 ** 20, LAST_32BIT, true)).toBeUndefined();
    expect(log.warns.map((warn) => warn.file)).toEqual(['drivers/iommu/iova.c']);
  });

  test('emptying the caches removes the reservation that holds a page 0 put there by mistake', () => {
    const pc = domain();
    pc.reserve(0, 15);
    pc.freeFast(0, 0);
    pc.allocFast(2 ** 20, LAST_32BIT, true);
    expect(pc.snapshot().ranges).toEqual([]);
  });

  test('full magazines go to a depot that is trimmed one by one, down to one for each CPU', () => {
    const pc = domain({ onlineCpus: 1 });
    const pfns = Array.from({ length: 127 * 5 }, () => pc.allocFast(1, LAST_32BIT, true) ?? 0);
    for (const pfn of pfns) pc.freeFast(pfn, 1);
    const sizes = () => pc.snapshot().rcaches[0]?.map((magazine) => magazine.length);
    expect(sizes()).toEqual([127, 127, 127, 127, 127]);
    pc.elapse(99);
    expect(sizes()).toHaveLength(5);
    pc.elapse(1);
    expect(sizes()).toHaveLength(4);
    pc.elapse(10_000);
    expect(sizes()).toHaveLength(3);
    expect(pc.snapshot().ranges).toHaveLength(127 * 3);
  });

  test('taken and given back through magazines and depot, every range comes back once', () => {
    const pc = domain();
    const pfns = Array.from({ length: 1000 }, () => pc.allocFast(2, LAST_PFN, true) ?? 0);
    for (const pfn of pfns) pc.freeFast(pfn, 2);
    const again = Array.from({ length: 1000 }, () => pc.allocFast(2, LAST_PFN, true) ?? 0);
    expect([...again].sort((a, b) => a - b)).toEqual([...pfns].sort((a, b) => a - b));
  });

  test('without memory for a node nothing is taken', () => {
    const pc = domain({ failNode: () => true });
    expect(pc.allocFast(1, LAST_PFN, true)).toBeUndefined();
    expect(pc.snapshot().ranges).toEqual([]);
  });
});

describe('a flush queue', () => {
  test('holds freed ranges until its timer runs out', () => {
    const pc = domain();
    const queue = new FlushQueue(pc);
    const pfn = pc.allocFast(1, LAST_32BIT, true) ?? 0;
    queue.add(pfn, 1);
    queue.elapse(9);
    expect(pc.allocFast(1, LAST_32BIT, true)).toBe(pfn - 1);
    queue.elapse(1);
    expect(pc.allocFast(1, LAST_32BIT, true)).toBe(pfn);
  });

  test('arms its timer for the first range that waits, not for those that come after it', () => {
    const pc = domain();
    const queue = new FlushQueue(pc);
    const [a, b] = [pc.allocFast(1, LAST_32BIT, true) ?? 0, pc.allocFast(1, LAST_32BIT, true) ?? 0];
    queue.elapse(9);
    queue.add(a, 1);
    queue.elapse(9);
    queue.add(b, 1);
    expect(queue.waiting()).toHaveLength(2);
    queue.elapse(1);
    expect(queue.waiting()).toEqual([]);
    queue.add(a, 1);
    queue.elapse(9);
    expect(queue.waiting()).toHaveLength(1);
  });

  test('flushes at once when 255 ranges wait, oldest first', () => {
    const pc = domain();
    const queue = new FlushQueue(pc);
    const pfns = Array.from({ length: 256 }, () => pc.allocFast(1, LAST_32BIT, true) ?? 0);
    for (const pfn of pfns) queue.add(pfn, 1);
    expect(queue.waiting()).toEqual([[pfns[255], 1]]);
    expect(pc.allocFast(1, LAST_32BIT, true)).toBe(pfns[254]);
  });
});
