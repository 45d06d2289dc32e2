/**
 * The chains of real exporters and importers, with their first step failing, then their second, and so on: what is left
 * afterwards is nothing, but what a named defect of that kernel explains.
 */
import { describe, expect, test } from 'vitest';
import type { PhysAddr } from '../../src/base/index.ts';
import {
  type DmaBuf,
  dmaBufDetach,
  dmaBufDynamicAttach,
  dmaBufFd,
  exportMixed,
  FileTable,
} from '../../src/dma-buf/index.ts';
import { DmaDomain } from '../../src/iommu/index.ts';
import { Ioas } from '../../src/iommufd/index.ts';
import { regUserMrDmabuf, type UmemMode } from '../../src/rdma/index.ts';
import { IOMMU_IOAS_MAP_FIXED_IOVA, IOMMU_IOAS_MAP_READABLE, IOMMU_IOAS_MAP_WRITEABLE } from '../../src/uapi/index.ts';
import { vfioCloseDevice, vfioDeviceReset } from '../../src/vfio/index.ts';
import { domainState } from '../support/domain-state.ts';
import { BAR_START, type MappingMachineSpec, mappingMachine } from '../support/mapping-machine.ts';
import {
  finished,
  mapLocked,
  QUIET_IMPORTER,
  unmapLocked,
  type VfioMachine,
  vfioMachine,
} from '../support/vfio-machine.ts';

const PAGE = 0x1000n;
const ALL = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE | IOMMU_IOAS_MAP_WRITEABLE;
const STEPS_BOUND = 60;
const LEAVES_ADDRESSES = ['iova-leak-on-first-link', 'iova-leak-on-table-alloc', 'iova-destroy-frees-linked-length'];

/** What a chain leaves: buffers with references or attachments, mappings, translations, I/O addresses, table entries. */
interface Left {
  readonly references: number;
  readonly attachments: number;
  readonly buffers: number;
  readonly live: number;
  readonly leaked: number;
  readonly taken: unknown;
  readonly mapped: unknown;
  readonly spaces: number;
}

/** Runs one chain; every step asks `fault` whether it fails. */
type Chain = (spec: MappingMachineSpec, fault: (step: string) => boolean) => { left: Left; defects: readonly string[] };

function pages(...parts: readonly (readonly [bigint, bigint])[]): { offset: bigint; length: bigint }[] {
  return parts.map(([offset, length]) => ({ offset: offset * PAGE, length: length * PAGE }));
}

/** A buffer of vfio in use by `use`, and whatever comes of it; the descriptor is closed at the end. */
function vfioChain(
  ranges: readonly (readonly [bigint, bigint])[],
  use: (machine: VfioMachine, fd: number) => DmaDomain[],
): Chain {
  return (spec, fault) => {
    const machine = vfioMachine({ ...spec, fault, device: { fault } });
    const fd = machine.feature({ regionIndex: 0, ranges: pages(...ranges) });
    let dmabuf: DmaBuf | undefined;
    let spaces: DmaDomain[] = [];
    if (fd.ok) {
      dmabuf = machine.files.file(fd.value) as DmaBuf;
      spaces = use(machine, fd.value);
      machine.files.close(fd.value);
    }
    const { memory } = machine.kernel;
    return {
      left: {
        references: dmabuf?.references ?? 0,
        attachments: dmabuf?.attachments.length ?? 0,
        buffers: machine.device.dmabufs.length,
        live: memory.liveEntries,
        leaked: memory.leakedEntries,
        ...domainState(machine.domain),
        spaces: spaces.reduce((sum, domain) => sum + domain.pageTable.runs().length, 0),
      },
      defects: machine.log.defects,
    };
  };
}

const TWO = [
  [0n, 1n],
  [4n, 2n],
] as const;

function register(mode: UmemMode, ranges: readonly (readonly [bigint, bigint])[]): Chain {
  return vfioChain(ranges, (machine, fd) => {
    const { kernel, files, importer, device } = machine;
    const region = regUserMrDmabuf(kernel, {
      files,
      fd,
      offset: 0n,
      size: PAGE,
      dmaDevice: importer,
      mode,
      virtAddr: 0n,
      pageSizes: PAGE,
      fault: (step) => kernel.fault?.(step as never) === true,
    });
    if (region.ok) {
      if (mode !== 'pinned') finished(vfioDeviceReset(device));
      region.value.load();
      region.value.deregister();
    }
    return [];
  });
}

const CHAINS: Readonly<Record<string, Chain>> = {
  'vfio and a dynamic importer': vfioChain([[0n, 3n]], (machine, fd) => {
    const dmabuf = machine.files.file(fd) as DmaBuf;
    const attach = dmaBufDynamicAttach(machine.kernel, dmabuf, machine.importer, QUIET_IMPORTER);
    if (!attach.ok) return [];
    const outcome = mapLocked(machine.kernel, attach.value);
    if (outcome.outcome === 'mapped') unmapLocked(machine.kernel, attach.value, outcome);
    dmaBufDetach(machine.kernel, dmabuf, attach.value);
    finished(vfioCloseDevice(machine.device));
    return [];
  }),
  'vfio and a memory region that faults': register('dynamic', [[0n, 3n]]),
  'vfio and a memory region over two ranges': register('dynamic', TWO),
  'vfio and a memory region that is given up': register('pinned-revocable', [[0n, 3n]]),
  'vfio and a memory region that stays': register('pinned', [[0n, 3n]]),
  'vfio and iommufd': vfioChain([[0n, 3n]], (machine, fd) => {
    const { kernel, files, domain, log, importer } = machine;
    if (domain === undefined) return [];
    const { geometry } = domain;
    const fault = kernel.fault as ((step: string) => boolean) | undefined;
    const spaces = [1, 2, 3].map(
      () => new DmaDomain({ type: 'DMA', geometry, behaviour: importer.behaviour, log, fault }),
    );
    const ioas = new Ioas(kernel);
    const [first, second, third] = spaces as [DmaDomain, DmaDomain, DmaDomain];
    for (const domain of [first, second]) ioas.attachDomain(domain);
    const mapped = ioas.mapFile({ files, fd, start: PAGE, length: 2n * PAGE, iova: 0x4000_0000n, flags: ALL });
    ioas.attachDomain(third);
    if (mapped.ok) ioas.unmap(0x4000_0000n, 2n * PAGE);
    return spaces;
  }),
  'RAM and MMIO of one buffer': (spec, fault) => {
    const machine = mappingMachine({ ...spec, fault });
    const { kernel, provider, importer } = machine;
    const ram = { paddr: 0x1_2345_6000n as PhysAddr, len: PAGE, provider: undefined };
    const bar = { paddr: BAR_START as PhysAddr, len: 2n * PAGE, provider };
    const made = exportMixed(kernel, [ram, bar, ram]);
    const files = new FileTable();
    const dmabuf = made.ok ? made.value : undefined;
    if (dmabuf !== undefined) {
      const fd = dmaBufFd(files, dmabuf);
      const attach = dmaBufDynamicAttach(kernel, dmabuf, importer, QUIET_IMPORTER);
      if (attach.ok) {
        const outcome = mapLocked(kernel, attach.value);
        if (outcome.outcome === 'mapped') unmapLocked(kernel, attach.value, outcome);
        dmaBufDetach(kernel, dmabuf, attach.value);
      }
      if (fd.ok) files.close(fd.value);
    }
    const { liveEntries, leakedEntries } = kernel.memory;
    return {
      left: {
        references: dmabuf?.references ?? 0,
        attachments: dmabuf?.attachments.length ?? 0,
        buffers: 0,
        live: liveEntries,
        leaked: leakedEntries,
        ...domainState(machine.domain),
        spaces: 0,
      },
      defects: machine.log.defects,
    };
  },
};

const KERNELS: readonly (readonly [string, MappingMachineSpec])[] = [
  ['6.19', { kernel: '6.19' }],
  ['7.2.6', { kernel: '7.2.6' }],
  ['7.3', { kernel: '7.3' }],
  ['7.3 with debugging', { kernel: '7.3', dmabufDebug: true, lockdep: true }],
  ['intended 7.3', { kernel: '7.3', intended: true, dmabufDebug: true }],
];

const MACHINES: readonly (readonly [string, MappingMachineSpec])[] = [
  ['through an IOMMU', {}],
  ['without one', { iommu: 'none' }],
  ['through switches', { mapType: 'PCI_P2PDMA_MAP_BUS_ADDR' }],
];

const rows = Object.keys(CHAINS).flatMap((name) =>
  KERNELS.flatMap(([kernel, spec]) =>
    MACHINES.map(([how, more]) => [name, kernel, how, { ...spec, ...more }] as const),
  ),
);

describe.each(rows)('%s, Linux %s, %s', (name, _kernel, _how, spec) => {
  test('a step that fails leaves what a named defect explains, and nothing else', () => {
    const chain = CHAINS[name] as Chain;
    let asked = 0;
    chain(spec, () => ++asked < 0);
    const all = asked;
    expect(all).toBeGreaterThan(2);
    expect(all).toBeLessThan(STEPS_BOUND);
    for (let failing = 0; failing <= all; failing++) {
      let steps = 0;
      const { left, defects } = chain(spec, () => ++steps === failing);
      const explained = (names: readonly string[]): boolean => names.some((defect) => defects.includes(defect));
      const { leaked, taken, ...rest } = left;
      const nothing = { references: 0, attachments: 0, buffers: 0, live: 0, mapped: [], spaces: 0 };
      expect({ failing, ...rest }).toEqual({ failing, ...nothing });
      if (!explained(LEAVES_ADDRESSES))
        expect({ failing, taken }).toEqual({ failing, taken: domainState(mappingMachine(spec).domain).taken });
      if (!defects.includes('sg-list-never-freed')) expect({ failing, leaked }).toEqual({ failing, leaked: 0 });
      if (spec.intended === true) expect(explained([...LEAVES_ADDRESSES, 'sg-list-never-freed'])).toBe(false);
    }
  });
});
