/** The chains of exporters and importers that negotiate, with their first step failing, then their second, and so on. */
import { describe, expect, test } from 'vitest';
import {
  type DmaBuf,
  dmaBufDetach,
  dmaBufDynamicAttach,
  dmaBufFd,
  dmaBufMappingAttach,
  exportVram,
  FileTable,
  interconnectImporter,
  mapInterconnect,
  sgtImporter,
  unmapInterconnect,
  type VramDmaBuf,
} from '../../src/dma-buf/index.ts';
import { DmaDomain } from '../../src/iommu/index.ts';
import { Ioas } from '../../src/iommufd/index.ts';
import {
  IOMMU_IOAS_MAP_FIXED_IOVA,
  IOMMU_IOAS_MAP_READABLE,
  IOMMU_IOAS_MAP_WRITEABLE,
  type KernelResult,
} from '../../src/uapi/index.ts';
import { vfioWriteCommand } from '../../src/vfio/index.ts';
import { domainState } from '../support/domain-state.ts';
import { type MappingMachineSpec, mappingMachine } from '../support/mapping-machine.ts';
import { finished, mapLocked, QUIET_IMPORTER, unmapLocked, vfioMachine } from '../support/vfio-machine.ts';

const PAGE = 0x1000n;
const IOVA = 0x4000_0000n;
const ALL = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE | IOMMU_IOAS_MAP_WRITEABLE;
const STEPS_BOUND = 60;
const LEAVES_ADDRESSES = ['iova-leak-on-first-link', 'iova-leak-on-table-alloc'];

type Fault = (step: string) => boolean;
/** What is left, counted; translations as they are. */
type Left = Readonly<Record<string, unknown>>;
type Chain = (spec: MappingMachineSpec, fault: Fault) => { left: Left; taken: unknown; defects: readonly string[] };

function ioasOf(
  machine: {
    kernel: ReturnType<typeof mappingMachine>['kernel'];
    domain: DmaDomain | undefined;
    importer: ReturnType<typeof mappingMachine>['importer'];
    log: ReturnType<typeof mappingMachine>['log'];
  },
  fault: Fault,
): { ioas: Ioas; domains: DmaDomain[] } {
  const geometry = machine.domain?.geometry;
  const ioas = new Ioas(machine.kernel);
  if (geometry === undefined) return { ioas, domains: [] };
  const { log } = machine;
  const domains = [1, 2].map(
    () => new DmaDomain({ type: 'DMA', geometry, behaviour: machine.importer.behaviour, log, fault }),
  );
  for (const domain of domains) ioas.attachDomain(domain);
  return { ioas, domains };
}

function vfioIoas(revoke: boolean): Chain {
  return (spec, fault) => {
    const machine = vfioMachine({ ...spec, fault, device: { fault } });
    const ranges = [
      { offset: 0n, length: PAGE },
      { offset: 4n * PAGE, length: 2n * PAGE },
    ];
    const fd = machine.feature({ regionIndex: 0, ranges });
    const { ioas, domains } = ioasOf(machine, fault);
    const [buffer] = machine.device.dmabufs;
    const dmabuf = buffer?.dmabuf;
    if (fd.ok) {
      const mapped = ioas.mapFile({
        files: machine.files,
        fd: fd.value,
        start: 0n,
        length: 3n * PAGE,
        iova: IOVA,
        flags: ALL,
      });
      if (revoke) finished(vfioWriteCommand(machine.device, 0));
      if (mapped.ok) ioas.unmap(IOVA, 3n * PAGE);
      machine.files.close(fd.value);
    }
    return {
      left: {
        references: dmabuf?.references ?? 0,
        attachments: dmabuf?.attachments.length ?? 0,
        buffers: machine.device.dmabufs.length,
        lists: (buffer as { physLists?: number } | undefined)?.physLists ?? 0,
        translations: domains.flatMap((domain) => domain.pageTable.runs()).length,
      },
      taken: domainState(machine.domain).taken,
      defects: machine.log.defects,
    };
  };
}

function vram(
  use: (
    dmabuf: DmaBuf,
    machine: ReturnType<typeof mappingMachine>,
    files: FileTable,
    fd: KernelResult<number>,
    fault: Fault,
  ) => DmaDomain[],
): Chain {
  return (spec, fault) => {
    const machine = mappingMachine({ ...spec, fault });
    const { kernel, provider: aperture } = machine;
    const blocks = [
      { offset: 0n, length: PAGE },
      { offset: 0x10_0000n, length: 2n * PAGE },
    ];
    const interconnect = { link: 'hive', base: 0x7000n };
    const made = exportVram({ kernel, aperture, blocks, peer2peer: true, interconnect });
    const files = new FileTable();
    const dmabuf = made.ok ? made.value : undefined;
    let domains: DmaDomain[] = [];
    if (dmabuf !== undefined) {
      const fd = dmaBufFd(files, dmabuf);
      domains = use(dmabuf, machine, files, fd, fault);
      if (fd.ok) files.close(fd.value);
    }
    const { memory } = kernel;
    return {
      left: {
        references: dmabuf?.references ?? 0,
        attachments: dmabuf?.attachments.length ?? 0,
        pins: (dmabuf?.priv as VramDmaBuf | undefined)?.pins ?? 0,
        live: memory.liveEntries,
        leaked: memory.leakedEntries,
        translations: [...domains.flatMap((domain) => domain.pageTable.runs()), ...domainState(machine.domain).mapped]
          .length,
      },
      taken: domainState(machine.domain).taken,
      defects: machine.log.defects,
    };
  };
}

const CHAINS: Readonly<Record<string, Chain>> = {
  'ranges of vfio in an address space': vfioIoas(false),
  'ranges of vfio that are revoked from it': vfioIoas(true),
  'blocks of a GPU in an address space': vram((_dmabuf, machine, files, fd, fault) => {
    const { ioas, domains } = ioasOf(machine, fault);
    if (!fd.ok) return domains;
    const mapped = ioas.mapFile({ files, fd: fd.value, start: 0n, length: 3n * PAGE, iova: IOVA, flags: ALL });
    if (mapped.ok) ioas.unmap(IOVA, 3n * PAGE);
    return domains;
  }),
  'blocks of a GPU as a table': vram((dmabuf, { kernel, importer }) => {
    const attach = dmaBufDynamicAttach(kernel, dmabuf, importer, QUIET_IMPORTER);
    if (!attach.ok) return [];
    const outcome = mapLocked(kernel, attach.value);
    if (outcome.outcome === 'mapped') unmapLocked(kernel, attach.value, outcome);
    dmaBufDetach(kernel, dmabuf, attach.value);
    return [];
  }),
  'blocks of a GPU over its own link': vram((dmabuf, { kernel, importer }) => {
    const wants = [interconnectImporter('hive'), sgtImporter(importer, true)];
    const attach = dmaBufMappingAttach(kernel, dmabuf, wants, QUIET_IMPORTER);
    if (!attach.ok) return [];
    dmabuf.resv.lock();
    expect(mapInterconnect(attach.value)).toEqual({
      ok: true,
      value: [
        { address: 0x7000n, length: PAGE },
        { address: 0x8000n, length: 2n * PAGE },
      ],
    });
    unmapInterconnect(attach.value);
    dmabuf.resv.unlock();
    dmaBufDetach(kernel, dmabuf, attach.value);
    return [];
  }),
};

const KERNELS: readonly (readonly [string, MappingMachineSpec])[] = [
  ['first posting', { mappingTypes: 'complete' }],
  ['first posting, with debugging', { mappingTypes: 'complete', dmabufDebug: true, lockdep: true }],
  ['intended', { mappingTypes: 'complete', intended: true, lockdep: true }],
];

describe.each(Object.keys(CHAINS).flatMap((name) => KERNELS.map(([kernel, spec]) => [name, kernel, spec] as const)))(
  '%s, %s',
  (name, _kernel, spec) => {
    test('a step that fails leaves nothing', () => {
      const chain = CHAINS[name] as Chain;
      let all = 0;
      chain(spec, () => ++all < 0);
      expect(all).toBeGreaterThan(2);
      expect(all).toBeLessThan(STEPS_BOUND);
      const pristine = domainState(mappingMachine(spec).domain).taken;
      for (let failing = 0; failing <= all; failing++) {
        let steps = 0;
        const { left, taken, defects } = chain(spec, () => ++steps === failing);
        const nothing = Object.fromEntries(Object.keys(left).map((key) => [key, 0]));
        expect({ failing, ...left }).toEqual({ failing, ...nothing });
        const leaks = LEAVES_ADDRESSES.some((defect) => defects.includes(defect));
        if (!leaks) expect({ failing, taken }).toEqual({ failing, taken: pristine });
      }
    });
  },
);
