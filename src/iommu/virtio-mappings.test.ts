import { describe, expect, test } from 'vitest';
import { KernelLog, kernelVersion } from '../uapi/index.ts';
import { dmaBehaviourOf } from './dma-behaviour.ts';
import { IOMMU_READ, IOMMU_WRITE } from './io-page-table.ts';
import { VirtioMappings } from './virtio-mappings.ts';

const RW = IOMMU_READ | IOMMU_WRITE;
const VERSION = kernelVersion(7, 3, 4);

function mappings(log = new KernelLog(), { intended = false, failAt = 0 } = {}): VirtioMappings {
  let made = 0;
  return new VirtioMappings({
    geometry: {
      kind: 'virtio-iommu',
      granuleShift: 12,
      pageShifts: Array.from({ length: 52 }, (_, index) => 12 + index),
      apertureEnd: 2n ** 64n - 1n,
      outputBits: 52,
    },
    behaviour: dmaBehaviourOf(VERSION, intended),
    log,
    fault: () => ++made === failAt,
  });
}

function show(list: VirtioMappings): string[] {
  return list.runs().map(({ iova, phys, pages }) => [iova, phys, pages].map((n) => n.toString(16)).join(' '));
}

describe('mappings of a virtio-iommu', () => {
  test('one that fits no power of two is several', () => {
    const list = mappings();
    expect(list.map(0x200, false, 0x1000, 0x203, RW)).toBeUndefined();
    expect(show(list)).toEqual(['200 1000 200', '400 1200 2', '402 1202 1']);
    expect(list.unmap(0x200, 0x203)).toBe(0x203);
    expect(list.runs()).toEqual([]);
  });

  test('one over another is listed without a word; the older tells where the first pages lead', () => {
    const log = new KernelLog();
    const list = mappings(log);
    list.map(0x400, false, 0x1000, 2, RW);
    expect(list.map(0x400, false, 0x9000, 4, RW)).toBeUndefined();
    expect([0x3ff, 0x401, 0x402, 0x404].map((page) => list.find(page)?.phys)).toEqual([
      undefined,
      0x1000,
      0x9000,
      undefined,
    ]);
    expect([log.defects, log.warns]).toEqual([['virtio-overlap-unheard'], []]);
  });

  test('unmapping takes whole mappings, counts each, and stops where it has gone too far', () => {
    const list = mappings();
    list.map(0x400, false, 0x1000, 1, RW);
    list.map(0x400, false, 0x9000, 0x201, RW);
    // The first stretch is 0x200 pages, of which 0x201 go: the next begins one page late and finds nothing.
    expect(list.unmap(0x400, 0x202)).toBe(0x201);
    expect(show(list)).toEqual(['600 9200 1']);
  });

  test('a mapping that begins before stays, and nothing goes', () => {
    const list = mappings();
    list.map(0x400, false, 0x1000, 4, RW);
    expect(list.unmap(0x401, 1)).toBe(0);
    expect(show(list)).toEqual(['400 1000 4']);
  });

  test.each([
    ['a start within a page', true, 1, RW, 'EINVAL'],
    ['no permission', false, 1, 0, 'EINVAL'],
    ['nothing', false, 0, 0, undefined],
  ] as const)('%s', (_, misaligned, pages, prot, errno) => {
    const list = mappings();
    expect([list.map(0x400, misaligned, 0x1000, pages, prot), list.runs()]).toEqual([errno, []]);
  });

  test('as intended, one over another is refused', () => {
    const list = mappings(new KernelLog(), { intended: true });
    list.map(0x400, false, 0x1000, 2, RW);
    expect(list.map(0x401, false, 0x9000, 1, RW)).toBe('EADDRINUSE');
    expect(show(list)).toEqual(['400 1000 2']);
  });

  test('without memory in the middle, nothing is left', () => {
    const list = mappings(new KernelLog(), { failAt: 2 });
    expect([list.map(0x200, false, 0x1000, 0x203, RW), list.runs()]).toEqual(['ENOMEM', []]);
  });
});
