/** Writes the tables of docs/mapping-types.md: every exporter against every importer, as the model answers. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PhysAddr } from '../src/base/index.ts';
import {
  type DmaBuf,
  type DmaBufAttachment,
  dmaBufAttach,
  dmaBufDynamicAttach,
  dmaBufFd,
  dmaBufMappingAttach,
  dmaBufPin,
  exportMixed,
  exportPhys,
  exportVram,
  FileTable,
  interconnectImporter,
  sgtImporter,
} from '../src/dma-buf/index.ts';
import { DmaDomain } from '../src/iommu/index.ts';
import { Ioas } from '../src/iommufd/index.ts';
import { type UverbsDevice, uverbsDmabufAlloc } from '../src/rdma/index.ts';
import { PhysVecArray } from '../src/scatterlist/index.ts';
import {
  IOMMU_IOAS_MAP_FIXED_IOVA,
  IOMMU_IOAS_MAP_READABLE,
  IOMMU_IOAS_MAP_WRITEABLE,
  type KernelError,
} from '../src/uapi/index.ts';
import { BAR_START, type MappingMachineSpec } from '../test/support/mapping-machine.ts';
import { BAR0, mapLocked, QUIET_IMPORTER, type VfioMachine, vfioMachine } from '../test/support/vfio-machine.ts';

const PAGE_FILE = 'docs/mapping-types.md';
const ROOT = new URL('..', import.meta.url).pathname;
const PAGE = 0x1000n;
const IOVA = 0x4000_0000n;
const ALL = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE | IOMMU_IOAS_MAP_WRITEABLE;
const LINK = 'hive';

type Export = (machine: VfioMachine) => DmaBuf | KernelError;

const RAM = { paddr: 0x1234_5000n as PhysAddr, len: PAGE, provider: undefined };
const BLOCKS = [
  { offset: 0n, length: PAGE },
  { offset: 0x10_0000n, length: PAGE },
];

function made(result: { readonly ok: true; readonly value: DmaBuf } | KernelError): DmaBuf | KernelError {
  return result.ok ? result.value : result;
}

const EXPORTERS: readonly (readonly [string, Export])[] = [
  ['VFIO, one range of a BAR', (machine) => machine.exported([0n, 2n * PAGE]).dmabuf],
  ['VFIO, two ranges', (machine) => machine.exported([0n, PAGE], [4n * PAGE, PAGE]).dmabuf],
  ['RAM (heaps, udmabuf, most DRM drivers)', ({ kernel }) => made(exportMixed(kernel, [RAM, RAM]))],
  [
    'RAM and device memory in one buffer',
    ({ kernel, provider }) => made(exportMixed(kernel, [RAM, { paddr: BAR_START as PhysAddr, len: PAGE, provider }])),
  ],
  [
    'a GPU, two blocks of its memory',
    ({ kernel, provider: aperture }) => made(exportVram({ kernel, aperture, blocks: BLOCKS, peer2peer: true })),
  ],
  [
    'a GPU with a link of its own',
    ({ kernel, provider: aperture }) =>
      made(exportVram({ kernel, aperture, blocks: BLOCKS, peer2peer: true, interconnect: { link: LINK, base: 0n } })),
  ],
  [
    'addresses alone (EGM of nvgrace-gpu)',
    ({ kernel }) => made(exportPhys(kernel, PhysVecArray.of([[BAR_START, 2n * PAGE]]), 2n * PAGE)),
  ],
  ['an RDMA doorbell', doorbell],
];

function doorbell({ kernel, device }: VfioMachine): DmaBuf | KernelError {
  const adapter: UverbsDevice = {
    kernel,
    fn: device.fn,
    p2pdma: true,
    mmapEntries: new Map([[0n, { start: BAR0, end: BAR0 + 2n * PAGE }]]),
    buffers: new Map(),
    removed: false,
  };
  const files = new FileTable();
  const fd = uverbsDmabufAlloc(adapter, files, 0n);
  return fd.ok ? (files.file(fd.value) as DmaBuf) : fd;
}

const IMPORTERS: readonly (readonly [string, (machine: VfioMachine, dmabuf: DmaBuf) => string])[] = [
  [
    'peer memory, given back when told (mlx5, amdgpu, xe)',
    (machine, dmabuf) => tableFor(machine, dynamic(machine, dmabuf)),
  ],
  ['peer memory, pinned (efa, mana, bnxt_re)', (machine, dmabuf) => pinnedTableFor(machine, pinned(machine, dmabuf))],
  [
    'pages (V4L2, generic DRM)',
    (machine, dmabuf) => tableFor(machine, dmaBufAttach(machine.kernel, dmabuf, machine.importer)),
  ],
  ['iommufd', listFor],
  ['a link of its own, else a table', linkFor],
];

type Attached = ReturnType<typeof dmaBufAttach>;

function dynamic({ kernel, importer }: VfioMachine, dmabuf: DmaBuf): Attached {
  return dmaBufDynamicAttach(kernel, dmabuf, importer, QUIET_IMPORTER);
}

function pinned({ kernel, importer }: VfioMachine, dmabuf: DmaBuf): Attached {
  const warns = kernel.rules.mappingTypes === 'none' ? {} : { invalidateMappings: () => undefined };
  return dmaBufDynamicAttach(kernel, dmabuf, importer, { allowPeer2peer: true, ...warns });
}

function tableFor({ kernel }: VfioMachine, attached: Attached): string {
  if (!attached.ok) return `-${attached.errno} at attach`;
  const outcome = mapLocked(kernel, attached.value);
  return outcome.outcome === 'mapped' ? 'table' : `-${outcome.outcome === 'failed' ? outcome.errno : 'EFAULT'} at map`;
}

/** A driver that pins does so before it maps. */
function pinnedTableFor(machine: VfioMachine, attached: Attached): string {
  if (!attached.ok) return tableFor(machine, attached);
  const { resv } = attached.value.dmabuf;
  resv.lock();
  const held = dmaBufPin(machine.kernel, attached.value);
  resv.unlock();
  return held.ok ? tableFor(machine, attached) : `-${held.errno} at pin`;
}

function listFor({ kernel, domain: own, importer, log }: VfioMachine, dmabuf: DmaBuf): string {
  if (own === undefined) return '';
  const ioas = new Ioas(kernel);
  ioas.attachDomain(new DmaDomain({ type: 'DMA', geometry: own.geometry, behaviour: importer.behaviour, log }));
  const files = new FileTable();
  const fd = dmaBufFd(files, dmabuf);
  if (!fd.ok) return `-${fd.errno}`;
  const mapped = ioas.mapFile({ files, fd: fd.value, start: 0n, length: 2n * PAGE, iova: IOVA, flags: ALL });
  if (mapped.ok) return 'physical list';
  const step = /attach|match/.test(mapped.at) ? 'attach' : 'map';
  return `-${mapped.errno} at ${step}`;
}

function linkFor(machine: VfioMachine, dmabuf: DmaBuf): string {
  const { kernel, importer } = machine;
  if (kernel.rules.mappingTypes === 'none') return tableFor(machine, dynamic(machine, dmabuf));
  const wants = [interconnectImporter(LINK), sgtImporter(importer, true)];
  const attached = dmaBufMappingAttach(kernel, dmabuf, wants, QUIET_IMPORTER);
  if (!attached.ok) return `-${attached.errno} at attach`;
  return isTable(attached.value) ? tableFor(machine, attached) : 'link addresses';
}

function isTable({ mapType }: DmaBufAttachment): boolean {
  return mapType?.type.name === 'DMA Mapped Scatter Gather Table';
}

/** Exporter by importer, within one switch. */
function table(spec: MappingMachineSpec): string {
  const full: MappingMachineSpec = { mapType: 'PCI_P2PDMA_MAP_BUS_ADDR', ...spec };
  const head = ['exporter', ...IMPORTERS.map(([name]) => name)];
  const rows = EXPORTERS.map(([name, make]) => [
    name,
    ...IMPORTERS.map(([, use]) => {
      const machine = vfioMachine(full);
      const dmabuf = make(machine);
      return 'errno' in dmabuf ? 'not exported' : use(machine, dmabuf);
    }),
  ]);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const TABLES: readonly (readonly [string, MappingMachineSpec])[] = [
  ['7.3', {}],
  ['mapping-types-rfc1', { mappingTypes: 'complete' }],
  ['out of reach, 7.3', { mapType: 'PCI_P2PDMA_MAP_NOT_SUPPORTED' }],
  ['out of reach, mapping-types-rfc1', { mappingTypes: 'complete', mapType: 'PCI_P2PDMA_MAP_NOT_SUPPORTED' }],
];

/** The page as it should be now: what stands between the marks is made anew. */
export function mappingTypesPage(): string {
  const page = readFileSync(join(ROOT, PAGE_FILE), 'utf8');
  return TABLES.reduce((text, [name, spec]) => {
    const [from, to] = [`<!-- table: ${name} -->`, '<!-- end -->'];
    const start = text.indexOf(from) + from.length;
    const end = text.indexOf(to, start);
    return `${text.slice(0, start)}\n${table(spec)}\n${text.slice(end)}`;
  }, page);
}

if (process.argv[1] === import.meta.filename) writeFileSync(join(ROOT, PAGE_FILE), mappingTypesPage());
