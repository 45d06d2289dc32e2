/**
 * Every chain of export, attach, map, unmap, detach and release, with its first step failing, then its second, and so
 * on: what is left afterwards is nothing, but what a named defect of that kernel explains.
 */
import { describe, expect, test } from 'vitest';
import {
  type DmaBufAttachOps,
  dmaBufDetach,
  dmaBufDynamicAttach,
  dmaBufExport,
  dmaBufMapAttachment,
  dmaBufUnmapAttachment,
  freeSgt,
  physVecToSgt,
} from '../../src/dma-buf/index.ts';
import { PhysVecArray } from '../../src/scatterlist/index.ts';
import { DMA_BIDIRECTIONAL, kernelOk } from '../../src/uapi/index.ts';
import { domainState } from '../support/domain-state.ts';
import { BAR_START, type MappingMachine, type MappingMachineSpec, mappingMachine } from '../support/mapping-machine.ts';

const PAGE = 0x1000n;
const MIB = 1n << 20n;
const GIB = 1n << 30n;
const STEPS_BOUND = 60;

/** Defects that leave I/O addresses taken. */
const LEAVES_ADDRESSES: readonly string[] = [
  'iova-leak-on-first-link',
  'iova-leak-on-table-alloc',
  'iova-destroy-frees-linked-length',
  'unmap-per-entry',
];
/** Defects that leave page table entries behind. */
const LEAVES_LEAVES: readonly string[] = ['unmap-per-entry', 'mapped-length-32-bit', 'smmu-block-over-table'];

interface Chain {
  readonly name: string;
  readonly spec: MappingMachineSpec;
  readonly ranges: readonly (readonly [bigint, bigint])[];
  readonly dynamic: boolean;
}

const SHAPES: readonly Omit<Chain, 'name'>[] = [
  {
    spec: { mapType: 'PCI_P2PDMA_MAP_BUS_ADDR' },
    ranges: [
      [0n, PAGE],
      [GIB, 5n * GIB],
    ],
    dynamic: true,
  },
  {
    spec: { iommu: 'none' },
    ranges: [
      [0n, PAGE],
      [GIB, 5n * GIB],
    ],
    dynamic: false,
  },
  { spec: {}, ranges: [[0n, 3n * PAGE]], dynamic: true },
  {
    spec: {},
    ranges: [
      [0n, PAGE],
      [2n * MIB, 2n * MIB],
    ],
    dynamic: false,
  },
  { spec: {}, ranges: [[0n, 5n * GIB]], dynamic: false },
  {
    spec: { iommu: 'smmuv3' },
    ranges: [
      [0n, PAGE],
      [2n * MIB, 2n * MIB],
    ],
    dynamic: true,
  },
  {
    spec: { maskBits: 34 },
    ranges: [
      [0n, 3n * GIB],
      [4n * GIB, PAGE],
      [8n * GIB, 5n * GIB],
    ],
    dynamic: true,
  },
  {
    spec: { maskBits: 34, iommu: 'smmuv3' },
    ranges: [
      [0n, 3n * GIB],
      [8n * GIB, 5n * GIB],
    ],
    dynamic: true,
  },
];

const KERNELS: readonly MappingMachineSpec[] = [
  { kernel: '6.19' },
  { kernel: '7.2.6' },
  { kernel: '7.2.12' },
  { kernel: '7.3' },
  { kernel: '7.3', intended: true },
  { kernel: '7.0', dmabufDebug: true },
  { kernel: '7.3', intended: true, dmabufDebug: true },
];

const CHAINS: readonly Chain[] = KERNELS.flatMap((kernel) =>
  (['DMA', 'DMA-FQ'] as const).flatMap((domainType) =>
    SHAPES.map((shape, index) => ({
      ...shape,
      spec: { ...shape.spec, ...kernel, domainType },
      name: `${kernel.intended === true ? 'intended ' : ''}${kernel.kernel}${kernel.dmabufDebug === true ? ' with debugging' : ''}, ${domainType}, shape ${index}`,
    })),
  ),
);

const IMPORTER: DmaBufAttachOps = { allowPeer2peer: true, invalidateMappings: () => undefined };

interface Run {
  readonly machine: MappingMachine;
  /** Steps that were asked whether they fail. */
  readonly steps: number;
  readonly pins: number;
  readonly released: boolean;
  readonly references: number;
  readonly attachments: number;
}

/** Runs the chain with step number `failing` failing (0: none). */
function run({ spec, ranges, dynamic }: Chain, failing: number): Run {
  let steps = 0;
  let pins = 0;
  let released = false;
  const machine = mappingMachine({ ...spec, fault: () => ++steps === failing });
  const { kernel, importer, provider } = machine;
  const vec = PhysVecArray.of(ranges.map(([offset, len]) => [BAR_START + offset, len]));
  const made = dmaBufExport(kernel, {
    size: vec.totalLength(),
    ops: {
      pin: () => {
        pins++;
        return kernelOk(undefined);
      },
      unpin: () => pins--,
      map: (attach, dir) => physVecToSgt(kernel, attach, provider, vec, vec.totalLength(), dir),
      unmap: (attach, mapping) => freeSgt(kernel, attach, mapping),
      release: () => {
        released = true;
      },
    },
  });
  if (!made.ok) return { machine, steps, pins, released: true, references: 0, attachments: 0 };
  const dmabuf = made.value;
  const attach = dmaBufDynamicAttach(kernel, dmabuf, importer, dynamic ? IMPORTER : undefined);
  if (attach.ok) {
    dmabuf.resv.lock();
    const outcome = dmaBufMapAttachment(kernel, attach.value, DMA_BIDIRECTIONAL);
    if (outcome.outcome === 'mapped') dmaBufUnmapAttachment(kernel, attach.value, outcome.mapping, DMA_BIDIRECTIONAL);
    dmabuf.resv.unlock();
    dmaBufDetach(kernel, dmabuf, attach.value);
  }
  dmabuf.put();
  return { machine, steps, pins, released, references: dmabuf.references, attachments: dmabuf.attachments.length };
}

describe.each(CHAINS)('$name', (chain) => {
  test('a step that fails leaves what a named defect explains, and nothing else', () => {
    const pristine = domainState(mappingMachine(chain.spec).domain);
    const all = run(chain, 0).steps;
    expect(all).toBeLessThan(STEPS_BOUND);
    for (let failing = 0; failing <= all; failing++) {
      const { machine, ...left } = run(chain, failing);
      expect({ failing, ...left }).toMatchObject({ failing, pins: 0, released: true, references: 0, attachments: 0 });
      const { defects } = machine.log;
      const after = domainState(machine.domain);
      const explained = (names: readonly string[]): boolean => names.some((name) => defects.includes(name));
      if (!explained(LEAVES_LEAVES))
        expect({ failing, mapped: after.mapped }).toEqual({ failing, mapped: pristine.mapped });
      if (!explained(LEAVES_ADDRESSES))
        expect({ failing, taken: after.taken }).toEqual({ failing, taken: pristine.taken });
      const { leakedEntries, liveEntries } = machine.kernel.memory;
      expect({ failing, liveEntries }).toEqual({ failing, liveEntries: 0 });
      if (!defects.includes('sg-list-never-freed')) expect(leakedEntries).toBe(0);
      if (chain.spec.intended === true) expect(after).toEqual(pristine);
    }
  });
});

/** [kernel, step that fails, pages left taken] for a page and three pages through an Intel IOMMU. */
const LEFT: readonly [string, string, number][] = [
  ['6.19', 'sg_alloc_table', 4],
  ['7.3', 'sg_alloc_table', 4],
  ['7.3', 'iommu_map: table page', 4],
  ['7.3', 'none', 0],
  ['7.2.12', 'none', 3],
];

test.each(LEFT)('Linux %s with %s failing keeps %i pages of a mapping of four', (kernel, failing, pages) => {
  const machine = mappingMachine({ kernel, fault: (step) => step === failing });
  machine.map([
    [0n, PAGE],
    [PAGE, 3n * PAGE],
  ]);
  const taken = domainState(machine.domain).taken.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  expect(taken).toBe(pages);
});
