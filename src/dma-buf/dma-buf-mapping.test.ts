import { describe, expect, test } from 'vitest';
import { BAR_START, type MappingMachineSpec, mappingMachine } from '../../test/support/mapping-machine.ts';
import type { Iova, PhysAddr } from '../base/index.ts';
import { dmaEntries, PhysVecArray } from '../scatterlist/index.ts';
import { DMA_BUF_DEFECTS, freeSgt, type PhysVecMapped, type PhysVecToSgtOutcome, physVecToSgt } from './index.ts';

const PAGE = 0x1000n;
const GIB = 1n << 30n;
const BAR_SIZE = 1n << 36n;
const BUS: MappingMachineSpec = { mapType: 'PCI_P2PDMA_MAP_BUS_ADDR' };
const DIRECT: MappingMachineSpec = { iommu: 'none' };

function mapped(outcome: PhysVecToSgtOutcome): PhysVecMapped {
  if (outcome.outcome !== 'mapped') throw new Error(`not mapped: ${JSON.stringify(outcome)}`);
  return outcome;
}

/** [address from `base`, length] of every entry. */
function entries(outcome: PhysVecToSgtOutcome, base: bigint): [bigint, number][] {
  return [...dmaEntries(mapped(outcome).mapping.table)].map((entry) => [entry.dmaAddress.addr - base, entry.dmaLength]);
}

/** `mapped`, or errno, or `crashed`. */
function told(outcome: PhysVecToSgtOutcome): string {
  return outcome.outcome === 'failed' ? outcome.errno : outcome.outcome;
}

test.each([
  ['bus-addr', BUS, 0x1000n],
  ['iova', {}, 0n],
  ['direct', DIRECT, 0n],
] as const)('a mapping of flow %s knows how far its addresses are from physical ones', (_, spec, offset) => {
  expect(mapped(mappingMachine({ ...spec, busOffset: 0x1000n }).map([[0n, PAGE]])).mapping.busOffset).toBe(offset);
  // Where the whole gets no I/O addresses, every range is mapped by itself.
  const each = mappingMachine({ busOffset: 0x1000n }).map([[0n, PAGE]], 0n);
  expect([mapped(each).mapping.flow, mapped(each).mapping.busOffset]).toEqual(['direct', 0n]);
});

describe('the flow follows the map type', () => {
  const cases: [string, MappingMachineSpec, string][] = [
    ['bus address', BUS, 'bus-addr'],
    ['through the host bridge with an IOMMU', {}, 'iova'],
    ['through the host bridge without one', DIRECT, 'direct'],
    ['not supported', { mapType: 'PCI_P2PDMA_MAP_NOT_SUPPORTED' }, 'EINVAL'],
  ];
  test.each(cases)('%s', (_, spec, expected) => {
    const outcome = mappingMachine(spec).map([[0n, PAGE]]);
    expect(outcome.outcome === 'mapped' ? outcome.mapping.flow : told(outcome)).toBe(expected);
  });

  test('a whole that finds no room in I/O addresses is mapped range by range', () => {
    const outcome = mapped(
      mappingMachine({ maskBits: 36 }).map(Array.from({ length: 9 }, (_, i) => [BigInt(i) * 4n * GIB, 4n * GIB])),
    );
    expect([outcome.mapping.flow, outcome.mapping.table.space]).toEqual(['direct', 'iova']);
  });
});

describe('errno', () => {
  const [bus, iova, direct]: MappingMachineSpec[] = [BUS, {}, DIRECT];
  const cases: [string, [bigint, bigint][], bigint | undefined, (string | undefined)[]][] = [
    ['no ranges', [], undefined, ['EINVAL', 'EINVAL', 'EINVAL']],
    [
      'all ranges empty',
      [
        [0n, 0n],
        [PAGE, 0n],
      ],
      undefined,
      ['EINVAL', 'EINVAL', 'EINVAL'],
    ],
    [
      'an empty range after another',
      [
        [0n, PAGE],
        [PAGE, 0n],
      ],
      undefined,
      ['mapped', 'EINVAL', 'mapped'],
    ],
    [
      'two ranges',
      [
        [0n, PAGE],
        [PAGE, PAGE],
      ],
      undefined,
      ['mapped', 'EADDRINUSE', 'mapped'],
    ],
    ['an unaligned address', [[1n, PAGE]], undefined, ['mapped', 'ENXIO', 'mapped']],
    ['an unaligned length', [[0n, PAGE + 1n]], undefined, ['mapped', 'mapped', 'mapped']],
    ['a size larger than the ranges', [[0n, PAGE]], 3n * PAGE, ['mapped', 'mapped', 'mapped']],
  ];
  test.each(cases)('%s', (_, pairs, size, expected) => {
    expect([bus, iova, direct].map((spec) => told(mappingMachine(spec).map(pairs, size)))).toEqual(expected);
  });

  test('two ranges on SMMUv3 are EEXIST', () => {
    expect(
      told(
        mappingMachine({ iommu: 'smmuv3' }).map([
          [0n, PAGE],
          [PAGE, PAGE],
        ]),
      ),
    ).toBe('EEXIST');
  });

  test('a range beyond the mask is ENOMEM without an IOMMU and goes unnoticed as a bus address', () => {
    const outcomes = [DIRECT, BUS].map((spec) => mappingMachine({ ...spec, maskBits: 32 }).map([[0n, PAGE]]));
    expect(outcomes.map(told)).toEqual(['ENOMEM', 'mapped']);
    expect(outcomes[1]?.defects).toContain('bus-addr-ignores-dma-mask');
  });

  test('a missing argument is EINVAL with a WARN', () => {
    const { kernel, importer, provider, log, resv } = mappingMachine();
    const ranges = PhysVecArray.of([[BAR_START, PAGE]]);
    const attach = { dmabuf: { resv }, dev: importer };
    const outcomes = [
      physVecToSgt(kernel, undefined, provider, ranges, PAGE, 0),
      physVecToSgt(kernel, { dmabuf: undefined, dev: importer }, provider, ranges, PAGE, 0),
      physVecToSgt(kernel, attach, undefined, ranges, PAGE, 0),
    ];
    expect(outcomes.map(told)).toEqual(['EINVAL', 'EINVAL', 'EINVAL']);
    expect(log.warns).toHaveLength(3);
  });

  test('a kernel with lock debugging dies of a NULL attachment before it tests for one', () => {
    const { kernel, provider } = mappingMachine({ lockdep: true });
    expect(told(physVecToSgt(kernel, undefined, provider, PhysVecArray.of([]), 0n, 0))).toBe('crashed');
  });
});

describe('the intended kernel', () => {
  test('links ranges one after the other, beyond 4 GiB too', () => {
    const { domain, map } = mappingMachine({ intended: true });
    const starts = [0n, 8n * GIB, 16n * GIB, 32n * GIB];
    const outcome = map(starts.map((start) => [start, 3n * GIB]));
    const first = mapped(outcome).mapping.table.dmaAddressBits(0);
    const leadsTo = starts.map((_, i) => domain?.iovaToPhys((first + BigInt(i) * 3n * GIB) as Iova));
    expect(leadsTo).toEqual(starts.map((start) => BAR_START + start));
  });
});

describe('the table', () => {
  test('has bus addresses range by range, never merged', () => {
    const machine = mappingMachine({ ...BUS, busOffset: 0x6000_0000n });
    const outcome = machine.map([
      [0n, PAGE],
      [PAGE, PAGE],
    ]);
    expect(entries(outcome, BAR_START + 0x6000_0000n)).toEqual([
      [0n, 0x1000],
      [PAGE, 0x1000],
    ]);
  });

  test('has no CPU side', () => {
    const { table } = mapped(mappingMachine(BUS).map([[0n, 8n * GIB]])).mapping;
    expect([table.nents, table.origNents]).toEqual([3, 0]);
  });

  const cuts: [string, MappingMachineSpec, [bigint, number][]][] = [
    [
      '7.3',
      {},
      [
        [0n, 0xfffff000],
        [0xfffff000n, 0xfffff000],
        [0x1ffffe000n, 0x2000],
      ],
    ],
    [
      '7.2.8',
      { kernel: '7.2.8' },
      [
        [0n, 0xfffff000],
        [0xfffff000n, 0xfffff000],
        [0x1ffffe000n, 0x2000],
      ],
    ],
    [
      '7.2.7',
      { kernel: '7.2.7' },
      [
        [0n, 0xffffffff],
        [0xffffffffn, 0xffffffff],
        [0x1fffffffen, 2],
      ],
    ],
    [
      '6.19',
      { kernel: '6.19' },
      [
        [0n, 0xffffffff],
        [0xffffffffn, 0xffffffff],
        [0x1fffffffen, 2],
      ],
    ],
    [
      'v8',
      { kernel: '6.19', source: 'v8-series' },
      [
        [0n, 0xffffffff],
        [0xffffffffn, 0xffffffff],
        [0xfffffffen, 2],
      ],
    ],
    [
      'intended 6.19',
      { kernel: '6.19', intended: true },
      [
        [0n, 0xfffff000],
        [0xfffff000n, 0xfffff000],
        [0x1ffffe000n, 0x2000],
      ],
    ],
  ];
  test.each(cuts)('of 8 GiB is cut by %s', (_, spec, expected) => {
    expect(entries(mappingMachine({ ...BUS, ...spec }).map([[0n, 8n * GIB]]), BAR_START)).toEqual(expected);
  });

  test('hides range borders in one run of I/O addresses, where they can be linked at all', () => {
    const machine = mappingMachine({ intended: true });
    const outcome = machine.map([
      [0n, PAGE],
      [0x10000n, 2n * PAGE],
    ]);
    const { table, state } = mapped(outcome).mapping;
    expect([table.nents, table.dmaLen[0]]).toEqual([1, 0x3000]);
    const start = state?.addr ?? 0n;
    const to = (offset: bigint) => machine.domain?.iovaToPhys((start + offset) as never);
    expect([to(0n), to(PAGE), to(2n * PAGE)]).toEqual([BAR_START, BAR_START + 0x10000n, BAR_START + 0x11000n]);
  });
});

describe('freeing', () => {
  const flows: [string, MappingMachineSpec][] = [
    ['bus-addr', BUS],
    ['iova', {}],
    ['direct', DIRECT],
  ];
  test.each(flows)('returns the domain of a %s mapping to where it was and loses the list of entries', (_, spec) => {
    for (const intended of [false, true]) {
      const machine = mappingMachine({ ...spec, intended });
      const before = machine.domain?.snapshot();
      const { mapping } = mapped(machine.map([[0n, GIB]]));
      freeSgt(machine.kernel, { dmabuf: { resv: machine.resv }, dev: machine.importer }, mapping);
      expect(machine.domain?.snapshot()).toEqual(before);
      expect(machine.kernel.memory.leakedEntries).toBe(intended ? 0 : 1);
    }
  });
});

describe('defects are named where they are met', () => {
  const two: [bigint, bigint][] = [
    [0n, PAGE],
    [PAGE, PAGE],
  ];
  const wide: [bigint, bigint][] = Array.from({ length: 2 }, (_, i) => [BigInt(i) * 8n * GIB, 5n * GIB]);
  const cases: [string, MappingMachineSpec, [bigint, bigint][], bigint | undefined][] = [
    ['iova-link-offset-zero', {}, two, undefined],
    ['iova-leak-on-first-link', {}, [[1n, PAGE]], undefined],
    ['iova-leak-on-table-alloc', { fault: (step) => step === 'sg_alloc_table' }, [[0n, PAGE]], undefined],
    ['sg-list-never-freed', BUS, [[0n, PAGE]], undefined],
    ['unwind-unfilled-entries', { maskBits: 34, fault: nthFault('alloc_iova: node', 4) }, wide, 0n],
    ['size-mismatch-only-warned', {}, [[0n, PAGE]], 2n * PAGE],
    ['iova-alloc-ignores-page-offset', {}, [[1n, PAGE]], undefined],
    ['iova-link-rest-of-page', {}, [[0n, 1n]], undefined],
    ['bus-addr-unaligned', BUS, [[0n, 1n]], undefined],
    ['mapped-length-32-bit', { kernel: '7.2.6' }, [[0n, 4n * GIB]], undefined],
    ['unaligned-split', { ...BUS, kernel: '7.2.6' }, [[0n, 4n * GIB]], undefined],
    ['split-distance-32-bit', { ...BUS, source: 'v8-series' }, [[0n, 9n * GIB]], undefined],
    ['unreachable-is-einval', { mapType: 'PCI_P2PDMA_MAP_NOT_SUPPORTED' }, [[0n, PAGE]], undefined],
    [
      'empty-range-fails-iova',
      {},
      [
        [0n, PAGE],
        [PAGE, 0n],
      ],
      undefined,
    ],
    ['bus-addr-ignores-dma-mask', { ...BUS, maskBits: 32 }, [[0n, PAGE]], undefined],
    ['ranges-not-checked-against-bar', BUS, [[-PAGE, PAGE]], undefined],
  ];
  test.each(cases)('%s', (name, spec, pairs, size) => {
    const outcome = mappingMachine(spec).map(pairs, size);
    expect(outcome.defects).toContain(name);
    const intended = mappingMachine({ ...spec, intended: true }).map(pairs, size);
    const row = DMA_BUF_DEFECTS.find((defect) => defect.name === name);
    expect(intended.defects.includes(name)).toBe(false);
    expect(row?.text.length).toBeGreaterThan(20);
  });

  /** The last argument that touches nothing, next to the first that does. */
  const borders: [string, string, MappingMachineSpec, [bigint, bigint][], [bigint, bigint][]][] = [
    [
      'the end of the BAR',
      'ranges-not-checked-against-bar',
      BUS,
      [[BAR_SIZE - PAGE, PAGE]],
      [[BAR_SIZE - PAGE, 2n * PAGE]],
    ],
    ['the start of the BAR', 'ranges-not-checked-against-bar', BUS, [[0n, PAGE]], [[-PAGE, PAGE]]],
    ['the DMA mask', 'bus-addr-ignores-dma-mask', { ...BUS, maskBits: 46 }, [[BAR_SIZE - PAGE, PAGE]], []],
    [
      'the DMA mask exactly',
      'bus-addr-ignores-dma-mask',
      { ...BUS, maskBits: 32, busOffset: -BAR_START },
      [[4n * GIB - PAGE, PAGE]],
      [[4n * GIB - PAGE, PAGE + 1n]],
    ],
    [
      'an empty range at the mask',
      'bus-addr-ignores-dma-mask',
      { ...BUS, maskBits: 32, busOffset: -BAR_START },
      [
        [0n, PAGE],
        [4n * GIB + PAGE, 0n],
      ],
      [[4n * GIB, 1n]],
    ],
    ['an entry', 'unaligned-split', { ...BUS, kernel: '7.2.6' }, [[0n, 4n * GIB - 1n]], [[0n, 4n * GIB]]],
    [
      'two entries',
      'split-distance-32-bit',
      { ...BUS, source: 'v8-series' },
      [[0n, 8n * GIB - 2n]],
      [[0n, 8n * GIB - 1n]],
    ],
    ['an address within a page', 'bus-addr-unaligned', BUS, [[PAGE, PAGE]], [[PAGE + 1n, PAGE]]],
    ['whole pages', 'iova-link-rest-of-page', {}, [[0n, 2n * PAGE]], [[0n, 2n * PAGE - 1n]]],
    ['the page offset of the first range', 'iova-alloc-ignores-page-offset', {}, [[PAGE, PAGE]], [[PAGE + 8n, PAGE]]],
    ['32 bits of length', 'mapped-length-32-bit', { kernel: '7.2.6' }, [[0n, 4n * GIB - PAGE]], [[0n, 4n * GIB]]],
  ];
  test.each(borders)('%s: %s', (_, name, spec, without, having) => {
    expect(mappingMachine(spec).map(without).defects).not.toContain(name);
    if (having.length > 0) expect(mappingMachine(spec).map(having).defects).toContain(name);
  });

  test('what is not to be seen in the arguments of one flow is not told of another', () => {
    const unaligned: [bigint, bigint][] = [[1n, PAGE - 1n]];
    const direct = mappingMachine({ iommu: 'none' }).map(unaligned);
    expect(direct.defects).toEqual(['sg-list-never-freed']);
    const translated = mappingMachine().map(unaligned);
    expect(translated.defects).toContain('iova-link-rest-of-page');
    expect(translated.defects).not.toContain('bus-addr-unaligned');
    const outside = mappingMachine({ iommu: 'none' }).map([[-PAGE, PAGE]]);
    expect(outside.defects).toEqual(['sg-list-never-freed', 'ranges-not-checked-against-bar']);
  });

  test('a range behind an IOMMU that is longer than an entry is unmapped entry by entry', () => {
    const machine = mappingMachine({ maskBits: 36 });
    const { mapping } = mapped(machine.map([[0n, 4n * GIB]], 0n));
    machine.log.drain();
    freeSgt(machine.kernel, { dmabuf: { resv: machine.resv }, dev: machine.importer }, mapping);
    expect(machine.log.defects).toContain('unmap-per-entry');
    expect(machine.log.warns).toHaveLength(2);
  });

  test('a size smaller than the ranges runs past the table and kills the kernel, from 7.2.8 on', () => {
    const small: [bigint, bigint][] = [[0n, 4n * GIB + PAGE]];
    expect(['7.2.6', '7.2.8', '7.3'].map((kernel) => told(mappingMachine({ kernel }).map(small, PAGE)))).toEqual([
      'mapped',
      'crashed',
      'crashed',
    ]);
    expect(told(mappingMachine({ intended: true }).map(small, PAGE))).toBe('EINVAL');
  });

  test('4 GiB through an IOMMU before 7.2.8 is a success without addresses', () => {
    const machine = mappingMachine({ kernel: '7.2.6' });
    expect(entries(machine.map([[0n, 4n * GIB]]), 0n)).toEqual([
      [0n, 0],
      [0n, 0],
    ]);
    expect(machine.log.warns.map((warn) => warn.file)).toEqual(Array(2).fill('drivers/dma-buf/dma-buf-mapping.c'));
  });

  test('the rows have one name and one number each', () => {
    expect(new Set(DMA_BUF_DEFECTS.map(({ name }) => name)).size).toBe(19);
    expect(new Set(DMA_BUF_DEFECTS.map(({ id }) => id)).size).toBe(19);
  });
});

test('an unaligned first range is linked where the intended kernel keeps its offset in the page', () => {
  const machine = mappingMachine({ intended: true });
  const { table } = mapped(
    machine.map([
      [0x10n, PAGE - 0x10n],
      [0x4000n, PAGE],
    ]),
  ).mapping;
  const first = table.dmaAddressBits(0);
  expect(first % PAGE).toBe(0x10n);
  expect(machine.domain?.iovaToPhys(first as never)).toBe((BAR_START + 0x10n) as PhysAddr);
  expect(machine.domain?.iovaToPhys((first + PAGE - 0x10n) as never)).toBe((BAR_START + 0x4000n) as PhysAddr);
});

/** Fails the nth asking for one step. */
function nthFault(step: string, n: number): (asked: string) => boolean {
  let left = n;
  return (asked) => asked === step && --left === 0;
}
