import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { domainState } from '../../test/support/domain-state.ts';
import {
  BAR_START,
  type MappingMachine,
  type MappingMachineSpec,
  mappingMachine,
} from '../../test/support/mapping-machine.ts';
import type { DmaAddr, Iova, PhysAddr } from '../base/index.ts';
import { IOMMU_CACHE, IOMMU_MMIO } from '../iommu/index.ts';
import { cpuEntries, dmaEntries } from '../scatterlist/index.ts';
import { DMA_BIDIRECTIONAL, type KernelResult, type MapType } from '../uapi/index.ts';
import {
  type DmaBuf,
  type DmaBufAttachment,
  dmaBufDynamicAttach,
  dmaBufMapAttachment,
  dmaBufUnmapAttachment,
  exportMixed,
  type MixedDmaBuf,
  type MixedPart,
  unmapMixed,
} from './index.ts';

const PAGE = 0x1000n;
const RAM = 0x1_2345_6000n;
const BUS: MapType = 'PCI_P2PDMA_MAP_BUS_ADDR';
const PEER = { allowPeer2peer: true, invalidateMappings: () => undefined };

function value<T>(result: KernelResult<T>): T {
  if (!result.ok) throw new Error(`${result.errno} at ${result.at}`);
  return result.value;
}

const ram = (offset: bigint, len: bigint): MixedPart => ({
  paddr: (RAM + offset) as PhysAddr,
  len,
  provider: undefined,
});
const mmio = ({ provider }: MappingMachine, offset: bigint, len: bigint): MixedPart => ({
  paddr: (BAR_START + offset) as PhysAddr,
  len,
  provider,
});

interface Attached {
  readonly machine: MappingMachine;
  readonly exporter: MixedDmaBuf;
  readonly dmabuf: DmaBuf;
  readonly attach: DmaBufAttachment;
}

/** A buffer of the parts that `make` gives, with an importer at it and the lock taken. */
function attached(spec: MappingMachineSpec, make: (machine: MappingMachine) => MixedPart[]): Attached {
  const machine = mappingMachine(spec);
  const dmabuf = value(exportMixed(machine.kernel, make(machine)));
  const attach = value(dmaBufDynamicAttach(machine.kernel, dmabuf, machine.importer, PEER));
  dmabuf.resv.lock();
  return { machine, exporter: dmabuf.ops as MixedDmaBuf, dmabuf, attach };
}

/** Where a DMA address leads: the physical address behind it. */
function leadsTo({ domain, provider }: MappingMachine, dma: DmaAddr): bigint | undefined {
  if (dma.space === 'bus') return dma.addr - provider.busOffset;
  return dma.space === 'iova' ? domain?.iovaToPhys(dma.addr) : dma.addr;
}

/** First and last byte of every page of the DMA side of `entries`, as physical addresses. */
function bytesOf(machine: MappingMachine, entries: Iterable<{ dma: DmaAddr; len: bigint }>): (bigint | undefined)[] {
  return [...entries].flatMap(({ dma, len }) => {
    const places: bigint[] = [];
    for (let at = 0n; at < len; at += PAGE) places.push(at, (at + PAGE < len ? at + PAGE : len) - 1n);
    return places.map((at) => leadsTo(machine, { ...dma, addr: dma.addr + at } as DmaAddr));
  });
}

function bytesOfParts(machine: MappingMachine, parts: readonly MixedPart[]): (bigint | undefined)[] {
  return bytesOf(
    machine,
    parts.map(({ paddr, len }) => ({ dma: { space: 'phys', addr: paddr }, len })),
  );
}

const specs: [string, MappingMachineSpec][] = [
  ['no IOMMU, one switch, translating host bridge', { iommu: 'none', mapType: BUS, busOffset: 0x40_0000_0000n }],
  ['no IOMMU, through the host bridge', { iommu: 'none' }],
  ['Intel IOMMU, one switch', { mapType: BUS, busOffset: 0x40_0000_0000n }],
  ['Intel IOMMU, through the host bridge', {}],
  ['SMMUv3, through the host bridge, 7.2.6', { iommu: 'smmuv3', kernel: '7.2.6' }],
];

describe.each(specs)('a buffer of RAM and device memory, %s', (_, spec) => {
  const make = (machine: MappingMachine): MixedPart[] => [
    ram(0n, 2n * PAGE),
    mmio(machine, 0x8000n, PAGE),
    ram(0x10_0000n, PAGE),
    mmio(machine, 0n, 3n * PAGE),
  ];

  test('leads every byte to its place, by table and by ranges alike', () => {
    const { machine, exporter, attach } = attached(spec, make);
    const outcome = dmaBufMapAttachment(machine.kernel, attach, DMA_BIDIRECTIONAL);
    if (outcome.outcome !== 'mapped') throw new Error(outcome.outcome);
    const ranges = value(exporter.mapRanges(attach, DMA_BIDIRECTIONAL));
    const entries = [...dmaEntries(outcome.mapping.table)].map(({ dmaAddress, dmaLength }) => {
      return { dma: dmaAddress, len: BigInt(dmaLength) };
    });
    const expected = bytesOfParts(machine, exporter.parts);
    expect(bytesOf(machine, entries)).toEqual(expected);
    expect(bytesOf(machine, ranges.dmaParts)).toEqual(expected);
    expect(ranges.parts).toBe(exporter.parts);
    expect([...cpuEntries(outcome.mapping.table)]).toEqual([]);
    unmapMixed(ranges);
    dmaBufUnmapAttachment(machine.kernel, attach, outcome.mapping, DMA_BIDIRECTIONAL);
    expect(domainState(machine.domain)).toEqual({ taken: domainState(mappingMachine(spec).domain).taken, mapped: [] });
    expect(machine.kernel.memory.leakedEntries).toBe(0);
  });

  test('goes by bus address only where the switches know the memory, and RAM never does', () => {
    const { exporter, attach } = attached(spec, make);
    const spaces = value(exporter.mapRanges(attach, DMA_BIDIRECTIONAL)).dmaParts.map(({ dma }) => dma.space);
    const other = spec.iommu === 'none' ? 'phys' : 'iova';
    const device = spec.mapType === BUS ? 'bus' : other;
    expect(spaces).toEqual([other, device, other, device]);
  });
});

describe('behind an IOMMU', () => {
  test('RAM is mapped as memory and device memory as MMIO, in one run', () => {
    const { machine, exporter, attach } = attached({}, (m) => [ram(0n, PAGE), mmio(m, 0n, PAGE)]);
    const { run, dmaParts } = value(exporter.mapRanges(attach, DMA_BIDIRECTIONAL));
    expect(run?.size).toBe(2n * PAGE);
    expect(dmaParts[1]?.dma.addr).toBe((dmaParts[0]?.dma.addr ?? 0n) + PAGE);
    const kinds = machine.domain?.pageTable.runs().map(({ prot }) => prot & (IOMMU_CACHE | IOMMU_MMIO));
    expect(kinds).toEqual([IOMMU_CACHE, IOMMU_MMIO]);
  });

  test('parts that meet within a page get addresses of their own, with their place in the page', () => {
    const { machine, exporter, attach } = attached({}, (m) => [ram(0x800n, 0x900n), mmio(m, 0x100n, 0x80n)]);
    const { run, dmaParts } = value(exporter.mapRanges(attach, DMA_BIDIRECTIONAL));
    expect(run).toBeUndefined();
    expect(dmaParts.map(({ dma }) => machine.domain?.iovaToPhys(dma.addr as Iova))).toEqual([
      RAM + 0x800n,
      BAR_START + 0x100n,
    ]);
  });

  test('only the first part may begin and the last end within a page of a run', () => {
    const { machine, exporter, attach } = attached({}, (m) => [ram(0x800n, 0x800n), mmio(m, 0n, 0x80n)]);
    const { run, dmaParts } = value(exporter.mapRanges(attach, DMA_BIDIRECTIONAL));
    expect(run?.size).toBe(0x880n);
    expect(machine.domain?.iovaToPhys(dmaParts[1]?.dma.addr as Iova)).toBe(BAR_START);
  });
});

describe('refusals leave nothing behind', () => {
  const parts = (m: MappingMachine): MixedPart[] => [ram(0n, PAGE), mmio(m, 0n, PAGE), ram(PAGE, PAGE)];
  const rows: [string, string, MappingMachineSpec][] = [
    ['the importer cannot reach the BAR', 'EINVAL', { mapType: 'PCI_P2PDMA_MAP_NOT_SUPPORTED' }],
    ['a bus address beyond the mask', 'ENOMEM', { mapType: BUS, maskBits: 32 }],
    ['memory beyond the mask', 'ENOMEM', { iommu: 'none', maskBits: 32 }],
    ['no page for a page table', 'ENOMEM', { fault: nth('iommu_map: table page', 2) }],
    ['the IOMMU cannot be synced', 'EIO', { fault: nth('iotlb_sync_map', 1) }],
    ['no table', 'ENOMEM', { fault: nth('sg_alloc_table', 1) }],
  ];
  test.each(rows)('%s: %s', (_, errno, spec) => {
    const { machine, attach } = attached(spec, parts);
    const before = domainState(machine.domain);
    expect(dmaBufMapAttachment(machine.kernel, attach, DMA_BIDIRECTIONAL)).toMatchObject({ outcome: 'failed', errno });
    expect(domainState(machine.domain)).toEqual(before);
    expect(machine.kernel.memory.leakedEntries).toBe(0);
  });

  test('a bus address that ends with the mask is not beyond it', () => {
    const far = 0x1_0000_0000n - PAGE;
    const spec: MappingMachineSpec = { mapType: BUS, maskBits: 32, busOffset: -BAR_START };
    for (const [length, ok] of [
      [PAGE, true],
      [PAGE + 1n, false],
    ] as const) {
      const { exporter, attach } = attached(spec, (m) => [mmio(m, far, length)]);
      expect(exporter.mapRanges(attach, DMA_BIDIRECTIONAL).ok).toBe(ok);
    }
  });

  test('parts with addresses of their own: the first goes when the second fails', () => {
    const { machine, attach } = attached({ fault: nth('iommu_map: table page', 2) }, (m) => [
      ram(0x800n, PAGE),
      mmio(m, 0n, PAGE),
    ]);
    const before = domainState(machine.domain);
    expect(dmaBufMapAttachment(machine.kernel, attach, DMA_BIDIRECTIONAL)).toMatchObject({ errno: 'ENOMEM' });
    expect(domainState(machine.domain)).toEqual(before);
  });

  test('an importer that needs pages may have RAM only', () => {
    const machine = mappingMachine();
    const attach = (part: MixedPart) =>
      dmaBufDynamicAttach(machine.kernel, value(exportMixed(machine.kernel, [part])), machine.importer, undefined);
    expect(attach(ram(0n, PAGE)).ok).toBe(true);
    expect(attach(mmio(machine, 0n, PAGE))).toMatchObject({ errno: 'EOPNOTSUPP' });
  });

  test('a buffer of nothing has no table', () => {
    const { machine, attach } = attached({}, () => []);
    expect(dmaBufMapAttachment(machine.kernel, attach, DMA_BIDIRECTIONAL)).toMatchObject({ errno: 'EINVAL' });
  });
});

/** Fails the nth of the steps with this name. */
function nth(step: string, which: number): (asked: string) => boolean {
  let seen = 0;
  return (asked) => asked === step && ++seen === which;
}

test('whatever the parts, table and ranges lead to the same bytes, each once and in order', () => {
  const partArb = fc.record({
    isRam: fc.boolean(),
    place: fc.bigInt(0n, 1n << 20n),
    pages: fc.bigInt(1n, 4n),
    cut: fc.constantFrom(0n, 0n, 0x234n),
  });
  const specArb = fc.constantFrom(...specs.map(([, spec]) => spec));
  fc.assert(
    fc.property(specArb, fc.array(partArb, { minLength: 1, maxLength: 5 }), (spec, drawn) => {
      const { machine, exporter, attach } = attached(spec, (m) =>
        drawn.map(({ isRam, place, pages, cut }) =>
          (isRam ? ram : mmio.bind(undefined, m))(place * PAGE + cut, pages * PAGE - cut),
        ),
      );
      const outcome = dmaBufMapAttachment(machine.kernel, attach, DMA_BIDIRECTIONAL);
      if (outcome.outcome !== 'mapped') throw new Error(outcome.at);
      const ranges = value(exporter.mapRanges(attach, DMA_BIDIRECTIONAL));
      const entries = [...dmaEntries(outcome.mapping.table)];
      const asRanges = entries.map(({ dmaAddress, dmaLength }) => ({ dma: dmaAddress, len: BigInt(dmaLength) }));
      const expected = bytesOfParts(machine, exporter.parts);
      expect(bytesOf(machine, asRanges)).toEqual(expected);
      expect(bytesOf(machine, ranges.dmaParts)).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});

test('a part longer than an entry is cut at a page', () => {
  const { machine, attach } = attached({ mapType: BUS }, (m) => [ram(0n, PAGE), mmio(m, 0n, 1n << 32n)]);
  const outcome = dmaBufMapAttachment(machine.kernel, attach, DMA_BIDIRECTIONAL);
  if (outcome.outcome !== 'mapped') throw new Error(outcome.outcome);
  expect(
    [...dmaEntries(outcome.mapping.table)].map(({ dmaAddress, dmaLength }) => [dmaAddress.space, dmaLength]),
  ).toEqual([
    ['iova', 0x1000],
    ['bus', 0xffff_f000],
    ['bus', 0x1000],
  ]);
});

test('the copy that a debug kernel hands out keeps the space of every entry', () => {
  const { machine, attach } = attached({ mapType: BUS, dmabufDebug: true }, (m) => [ram(0n, PAGE), mmio(m, 0n, PAGE)]);
  const outcome = dmaBufMapAttachment(machine.kernel, attach, DMA_BIDIRECTIONAL);
  if (outcome.outcome !== 'mapped') throw new Error(outcome.outcome);
  expect([...cpuEntries(outcome.mapping.table)].map(({ dmaAddress }) => dmaAddress.space)).toEqual(['iova', 'bus']);
  dmaBufUnmapAttachment(machine.kernel, attach, outcome.mapping, DMA_BIDIRECTIONAL);
  expect(machine.kernel.memory.leakedEntries).toBe(0);
});
