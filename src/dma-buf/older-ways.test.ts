import { describe, expect, test } from 'vitest';
import { domainState } from '../../test/support/domain-state.ts';
import {
  BAR_START,
  type MappingMachine,
  type MappingMachineSpec,
  mappingMachine,
} from '../../test/support/mapping-machine.ts';
import { readRepositoryFile } from '../../test/tidy/sources.ts';
import type { DmaAddr } from '../base/index.ts';
import { IOMMU_MMIO, pfnOf } from '../iommu/index.ts';
import { cpuEntries, dmaEntries, PhysVecArray, type SgEntry } from '../scatterlist/index.ts';
import { DMA_BIDIRECTIONAL, type Errno } from '../uapi/index.ts';
import {
  type DmaBufOps,
  DmaResv,
  dmaBufAttach,
  dmaBufExport,
  dmaBufMapAttachment,
  mangleSgTable,
  mapMixed,
  mapResourceTable,
  type PhysVecToSgtOutcome,
  physVecToSgt,
  type TwoSidedEntry,
  unmapResourceTable,
} from './index.ts';

const PAGE = 0x1000n;
const RAM = 0x2345_6000n;
const BUS = 'PCI_P2PDMA_MAP_BUS_ADDR';
const OFFSET = 0x40_0000_0000n;

/** What an importer was given, or why not. */
type Given = Errno | readonly { readonly dma: DmaAddr; readonly len: bigint }[];

interface Scenario {
  readonly name: string;
  readonly machine: MappingMachineSpec;
  /** [CPU physical address, length]. */
  readonly ranges: readonly (readonly [bigint, bigint])[];
}

const ONE = [[BAR_START, 4n * PAGE]] as const;
const TWO = [
  [BAR_START, PAGE],
  [BAR_START + 8n * PAGE, PAGE],
] as const;
const RAM_AND_BAR = [
  [RAM, PAGE],
  [BAR_START, PAGE],
] as const;

const SCENARIOS: readonly Scenario[] = [
  { name: 'one switch, no IOMMU', machine: { iommu: 'none', mapType: BUS }, ranges: ONE },
  {
    name: 'one switch, no IOMMU, host bridge that translates',
    machine: { iommu: 'none', mapType: BUS, busOffset: OFFSET },
    ranges: ONE,
  },
  { name: 'one switch, IOMMU', machine: { mapType: BUS }, ranges: ONE },
  { name: 'through the host bridge, IOMMU', machine: {}, ranges: ONE },
  { name: 'the same, two ranges', machine: {}, ranges: TWO },
  { name: 'the same, two ranges, SMMUv3', machine: { iommu: 'smmuv3' }, ranges: TWO },
  { name: 'through the host bridge, no IOMMU', machine: { iommu: 'none' }, ranges: TWO },
  {
    name: 'a host bridge that is not known to pass peer traffic',
    machine: { mapType: 'PCI_P2PDMA_MAP_NOT_SUPPORTED' },
    ranges: ONE,
  },
  {
    name: 'one switch, no IOMMU, 32-bit importer, BAR above',
    machine: { iommu: 'none', mapType: BUS, maskBits: 32 },
    ranges: ONE,
  },
  { name: '8 GiB, IOMMU', machine: {}, ranges: [[BAR_START, 8n << 30n]] },
  { name: 'part of a page, IOMMU', machine: {}, ranges: [[BAR_START + 0x100n, 0x200n]] },
  { name: 'RAM and device memory, IOMMU', machine: {}, ranges: RAM_AND_BAR },
  {
    name: 'RAM and device memory, one switch, host bridge that translates',
    machine: { iommu: 'none', mapType: BUS, busOffset: OFFSET },
    ranges: RAM_AND_BAR,
  },
];

const WAYS: readonly [string, (scenario: Scenario) => string][] = [
  ['`dma_buf_phys_vec_to_sgt()`, 7.3', (scenario) => cell(scenario, {}, physVecs)],
  ['the same, as intended', (scenario) => cell(scenario, { intended: true }, physVecs)],
  ['`dma_map_resource()`', (scenario) => cell(scenario, {}, resources)],
  ['each part its own way', (scenario) => cell(scenario, {}, mixed)],
];

function cell(scenario: Scenario, spec: MappingMachineSpec, way: (m: MappingMachine, s: Scenario) => Given): string {
  const machine = mappingMachine({ ...scenario.machine, ...spec });
  const given = way(machine, scenario);
  return typeof given === 'string' ? `-${given}` : verdict(machine, scenario, given);
}

function physVecs(machine: MappingMachine, { ranges }: Scenario): Given {
  const outcome = mapPhysVecs(machine, ranges);
  if (outcome.outcome !== 'mapped') return outcome.outcome === 'failed' ? outcome.errno : 'EIO';
  const entries = [...dmaEntries(outcome.mapping.table)];
  return entries.map(({ dmaAddress, dmaLength }) => ({ dma: dmaAddress, len: BigInt(dmaLength) }));
}

function mapPhysVecs(machine: MappingMachine, pairs: Scenario['ranges']): PhysVecToSgtOutcome {
  const ranges = PhysVecArray.of(pairs);
  const attach = { dmabuf: { resv: new DmaResv() }, dev: machine.importer };
  return physVecToSgt(machine.kernel, attach, machine.provider, ranges, ranges.totalLength(), DMA_BIDIRECTIONAL);
}

function resources({ importer }: MappingMachine, { ranges }: Scenario): Given {
  const mapped = mapResourceTable(importer, PhysVecArray.of(ranges), DMA_BIDIRECTIONAL);
  return mapped.ok ? mapped.value.map(({ dma, dmaLength }) => ({ dma, len: BigInt(dmaLength) })) : mapped.errno;
}

function mixed({ kernel, importer, provider }: MappingMachine, { ranges }: Scenario): Given {
  const parts = [...PhysVecArray.of(ranges)].map((range) => {
    return { ...range, provider: range.paddr >= BAR_START ? provider : undefined };
  });
  const mapped = mapMixed(kernel, importer, parts, DMA_BIDIRECTIONAL);
  return mapped.ok ? mapped.value.dmaParts : mapped.errno;
}

/** Looks at the first and last byte of every piece that a range and an entry share. */
function verdict(machine: MappingMachine, { machine: spec, ranges }: Scenario, given: Exclude<Given, Errno>): string {
  let entry = 0;
  let inEntry = 0n;
  const faults = new Set<string>();
  for (const [paddr, len] of ranges) {
    for (let at = 0n; at < len; ) {
      const { dma, len: entryLen } = given[entry] ?? { dma: undefined, len: 0n };
      if (dma === undefined || entryLen === 0n) return 'bytes are missing';
      const piece = entryLen - inEntry < len - at ? entryLen - inEntry : len - at;
      for (const byte of [0n, piece - 1n]) {
        const fault = faultOf(machine, { ...dma, addr: dma.addr + inEntry + byte } as DmaAddr, paddr + at + byte);
        if (fault !== undefined) faults.add(fault);
      }
      at += piece;
      inEntry += piece;
      if (inEntry === entryLen) {
        entry++;
        inEntry = 0n;
      }
    }
  }
  if (faults.size > 0) return [...faults].join(', ');
  if (spec.mapType === 'PCI_P2PDMA_MAP_NOT_SUPPORTED') return 'an address that may lead nowhere';
  const detour = spec.mapType === BUS && given.every(({ dma }) => dma.space === 'iova');
  return detour ? 'right, by the IOMMU instead of the switch' : 'right';
}

/** What is wrong with reaching `paddr` by `dma`: below a host bridge that translates, device memory has bus addresses. */
function faultOf({ domain, importer, provider }: MappingMachine, dma: DmaAddr, paddr: bigint): string | undefined {
  if (dma.addr > importer.addressLimit) return 'an address beyond the DMA mask';
  const isRam = paddr < BAR_START;
  if (dma.space === 'iova') {
    if (domain?.iovaToPhys(dma.addr) !== paddr) return 'another address';
    const prot = domain.pageTable.find(pfnOf(dma.addr, 12))?.prot ?? 0;
    return isRam && (prot & IOMMU_MMIO) !== 0 ? 'RAM taken for registers' : undefined;
  }
  const onBus = isRam ? paddr : paddr + provider.busOffset;
  return dma.addr === onBus ? undefined : 'another address';
}

function addressTable(): string {
  const rows = SCENARIOS.map((scenario) => [scenario.name, ...WAYS.map(([, way]) => way(scenario))]);
  return table(['scenario', ...WAYS.map(([name]) => name)], rows);
}

/** What an importer finds that walks the pages of a table instead of its DMA addresses. */
function cpuSideTable(): string {
  const walk = (entries: readonly TwoSidedEntry[], origNents: number): string => {
    const links = entries.slice(0, origNents).map(({ pageLink }) => pageLink);
    if (links.length === 0) return 'nothing: 0 bytes';
    return links.every((link) => link === 0n) ? 'no page where one should be: it crashes' : 'nonsense: it crashes';
  };
  const ofKernel = (dmabufDebug: boolean): string => {
    const { kernel, importer, provider } = mappingMachine({ dmabufDebug });
    const ranges = PhysVecArray.of(ONE);
    const ops: DmaBufOps = {
      map: (attach, dir) => physVecToSgt(kernel, attach, provider, ranges, ranges.totalLength(), dir),
      unmap: () => undefined,
      release: () => undefined,
    };
    const dmabuf = dmaBufExport(kernel, { ops, size: ranges.totalLength() });
    const attach = dmabuf.ok ? dmaBufAttach(kernel, dmabuf.value, importer) : dmabuf;
    const outcome = attach.ok ? dmaBufMapAttachment(kernel, attach.value, DMA_BIDIRECTIONAL) : undefined;
    if (outcome?.outcome !== 'mapped') throw new Error('not mapped');
    // The entries of the model's tables have no page.
    return walk([...cpuEntries(outcome.mapping.table)].map(pageless), outcome.mapping.table.origNents);
  };
  const { importer } = mappingMachine();
  const older = mapResourceTable(importer, PhysVecArray.of(ONE), DMA_BIDIRECTIONAL);
  if (!older.ok) throw new Error(older.at);
  const entries = older.value;
  return table(
    ['table', 'what it finds'],
    [
      ['`dma_buf_phys_vec_to_sgt()`', ofKernel(false)],
      ['the same, copied by a debug kernel (7.0 and later)', ofKernel(true)],
      ['`dma_map_resource()`, entries without a page', walk(entries, entries.length)],
      [
        '`dma_map_resource()`, mangled (debug kernels to 6.19)',
        walk(mangleSgTable(entries, entries.length), entries.length),
      ],
      ['`dma_map_resource()`, mangled, with the CPU side hidden', walk(mangleSgTable(entries, 0), 0)],
    ],
  );
}

function pageless({ dmaAddress, dmaLength }: SgEntry): TwoSidedEntry {
  return { pageLink: 0n, length: 0, dma: dmaAddress, dmaLength };
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

describe('docs/older-ways.md', () => {
  const page = readRepositoryFile('docs/older-ways.md');

  test('says which scenarios each way gets wrong, as the model finds', () => {
    expect(page).toContain(`\n${addressTable()}\n`);
  });

  test('says what an importer finds on the CPU side', () => {
    expect(page).toContain(`\n${cpuSideTable()}\n`);
  });
});

describe('dma_map_resource() block by block', () => {
  test('cuts blocks at 2 GiB, and each entry has a CPU side of the same length without a page', () => {
    const { importer, domain } = mappingMachine();
    const mapped = mapResourceTable(importer, PhysVecArray.of([[BAR_START, 5n << 30n]]), DMA_BIDIRECTIONAL);
    if (!mapped.ok) throw new Error(mapped.at);
    expect(mapped.value.map(({ dmaLength, length, pageLink }) => [dmaLength, length, pageLink])).toEqual([
      [2 ** 31, 2 ** 31, 0n],
      [2 ** 31, 2 ** 31, 0n],
      [2 ** 30, 2 ** 30, 0n],
    ]);
    unmapResourceTable(importer, mapped.value);
    expect(domainState(domain).mapped).toEqual([]);
  });

  test('leaves nothing mapped where a later block fails', () => {
    let steps = 0;
    const fault = (step: string): boolean => step === 'iommu_map: table page' && ++steps === 2;
    const { importer, domain } = mappingMachine({ fault });
    const before = domainState(domain);
    expect(mapResourceTable(importer, PhysVecArray.of(TWO), DMA_BIDIRECTIONAL)).toMatchObject({ errno: 'ENOMEM' });
    expect(domainState(domain)).toEqual(before);
  });
});

test('mangling changes page pointers but not the marks of the list, only on the CPU side, and is its own inverse', () => {
  const entry = { pageLink: 0xffff_ea00_1234_5602n, length: 0x1000, dmaLength: 0x1000 };
  const entries: TwoSidedEntry[] = [
    { ...entry, dma: { space: 'phys', addr: BAR_START as never } },
    { ...entry, dma: { space: 'phys', addr: (BAR_START + PAGE) as never } },
  ];
  const mangled = mangleSgTable(entries, 1);
  expect(mangled.map(({ pageLink }) => pageLink)).toEqual([0x0000_15ff_edcb_a902n, 0xffff_ea00_1234_5602n]);
  expect(mangled[0]).toMatchObject({ dma: entries[0]?.dma, dmaLength: 0x1000 });
  expect(mangleSgTable(mangled, 1)).toEqual(entries);
});
