/** What importers of several kinds get of memory that VFIO exports, and where the "no" comes: at attach or at map. */
import type { Situation } from '../diagnose/index.ts';
import type { DmaDevice, DmaWorld, UserSpace } from '../dma/index.ts';
import {
  type DmaBufAttachment,
  type DmaBufAttachOps,
  type DmaBufKernel,
  dmaBufAttach,
  dmaBufDynamicAttach,
  dmaBufExport,
  dmaBufFd,
  dmaBufKernel,
  dmaBufMapAttachment,
  dmaBufMappingAttach,
  FileTable,
  interconnectImporter,
  type MapFlow,
  sgtImporter,
} from '../dma-buf/index.ts';
import { Ioas } from '../iommufd/index.ts';
import { calcMapTypeAndDist } from '../p2pdma/index.ts';
import type { PciFunction } from '../pci/index.ts';
import { type IommuStage, pageTableTranslation, proveTable } from '../route/index.ts';
import { PhysVecArray, type SgTable } from '../scatterlist/index.ts';
import {
  DMA_BIDIRECTIONAL,
  type Errno,
  IOMMU_IOAS_MAP_FIXED_IOVA,
  IOMMU_IOAS_MAP_READABLE,
  IOMMU_IOAS_MAP_WRITEABLE,
  O_RDWR,
} from '../uapi/index.ts';
import { VFIO_PCI, VfioDmaBuf, VfioPciDevice } from '../vfio/index.ts';
import { buildWorld, iommuStage, type MapVariant, variantRules } from './map-answer.ts';
import type { BarMemory } from './map-question.ts';
import { situationRouter } from './situation-router.ts';

/**
 * - `dynamic`: a driver that can use peer memory and gives it back when told (mlx5, amdgpu, xe)
 * - `static`: a driver that needs memory with pages (V4L2, the generic code of DRM)
 * - `iommufd`: the address space of a device in the hands of user space
 * - `own-link`: a driver that would rather use a link of its own, and takes a table else; with mapping types only
 */
export const COMPARED_IMPORTERS = ['dynamic', 'static', 'iommufd', 'own-link'] as const;

/** One of them. */
export type ComparedImporter = (typeof COMPARED_IMPORTERS)[number];

/** The kernel that is asked, and under which settings. */
export interface ComparedKernel {
  /** As it was asked for: `7.3`, `mapping-types-rfc1`. */
  readonly name: string;
  readonly variant: MapVariant;
  readonly situation: Situation;
}

/** Does every byte reach the memory, in order? `open`: the hardware on the way is not known well enough. */
export type ImportProof = 'proved' | 'open' | 'refuted';

/** What one importer got. */
export type ImportAnswer = {
  readonly importer: ComparedImporter;
  /** Names of the defects that were met. */
  readonly defects: readonly string[];
} & (
  | { readonly state: 'unknown'; readonly why: string }
  | { readonly state: 'refused'; readonly step: 'attach' | 'map'; readonly errno: Errno; readonly at: string }
  | {
      readonly state: 'table';
      readonly flow: MapFlow;
      readonly entries: number;
      readonly proof: ImportProof;
    }
  | { readonly state: 'list'; readonly ranges: number; readonly iova: bigint; readonly proof: ImportProof }
);

/** Where lists are mapped: above what any group reserves on a PC. */
const IOVA = 0x1_0000_0000n;
const ALL = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE | IOMMU_IOAS_MAP_WRITEABLE;
const OWN_LINK = 'a link of its own';

/** Asks one kernel for every kind of importer, each in a machine without other mappings. */
export function answerImports(kernel: ComparedKernel, memory: BarMemory, client: PciFunction): readonly ImportAnswer[] {
  return COMPARED_IMPORTERS.map((importer) => answerImport(kernel, memory, client, importer));
}

/** Asks one kernel for one kind of importer. */
export function answerImport(
  { situation, variant }: ComparedKernel,
  memory: BarMemory,
  client: PciFunction,
  importer: ComparedImporter,
): ImportAnswer {
  const unknown = (why: string): ImportAnswer => ({ importer, defects: [], state: 'unknown', why });
  const { mapType } = calcMapTypeAndDist(situation.machine, memory.provider.owner, client);
  if (mapType === 'unknown') return unknown('the verdict for this pair is unknown');
  const world = buildWorld(situation, { variant });
  if (world === undefined) return unknown('whether an IOMMU runs is not known; say it with --iommu');
  const kernel = dmaBufKernel({
    version: situation.machine.kernel,
    mapType: () => mapType,
    log: world.log,
    ...variantRules(variant),
  });
  const buffer = exportMemory(kernel, situation, memory);
  if (importer === 'iommufd') return importList(kernel, situation, world, buffer, memory, client);
  const device = world.device(client);
  if (device.state !== 'known') return unknown(device.state === 'absent' ? 'it has no DMA mask' : device.why);
  return importTable(kernel, importer, device.value, buffer, (table) =>
    prove(situation, memory, client, table, (fn) => iommuStage(world, fn)),
  );
}

function exportMemory(kernel: DmaBufKernel, { machine }: Situation, { provider, ranges }: BarMemory): VfioDmaBuf {
  const { topology } = machine;
  const fn = provider.owner;
  const intended = kernel.rules.checksArguments;
  const device = new VfioPciDevice({ kernel, topology, fn, driver: VFIO_PCI, resetWorks: true, intended });
  device.open();
  const base = provider.resource.cpu.start;
  const phys = PhysVecArray.of(ranges.map(({ offset, length }) => [base + offset, length]));
  const buffer = new VfioDmaBuf(device, { provider, ranges: phys }, O_RDWR, true);
  const exported = dmaBufExport(kernel, { ops: buffer.operations(kernel), priv: buffer, size: buffer.size });
  if (exported.ok) buffer.dmabuf = exported.value;
  device.dmabufs.push(buffer);
  return buffer;
}

function importTable(
  kernel: DmaBufKernel,
  importer: Exclude<ComparedImporter, 'iommufd'>,
  dev: DmaDevice,
  { dmabuf }: VfioDmaBuf,
  proofOf: (table: SgTable) => ImportProof,
): ImportAnswer {
  const refused = (step: 'attach' | 'map', { errno, at }: { errno: Errno; at: string }): ImportAnswer => {
    return { importer, defects: kernel.log.defects, state: 'refused', step, errno, at };
  };
  const attached = attach(kernel, importer, dev, dmabuf);
  if (!attached.ok) return refused('attach', attached);
  dmabuf.resv.lock();
  const outcome = dmaBufMapAttachment(kernel, attached.value, DMA_BIDIRECTIONAL);
  dmabuf.resv.unlock();
  if (outcome.outcome !== 'mapped') {
    return refused('map', outcome.outcome === 'failed' ? outcome : { errno: 'EFAULT', at: outcome.at });
  }
  const { table, flow } = outcome.mapping;
  const { defects } = kernel.log;
  return { importer, defects, state: 'table', flow, entries: table.nents, proof: proofOf(table) };
}

function attach(
  kernel: DmaBufKernel,
  importer: Exclude<ComparedImporter, 'iommufd'>,
  dev: DmaDevice,
  dmabuf: VfioDmaBuf['dmabuf'],
): ReturnType<typeof dmaBufAttach> {
  const ops: DmaBufAttachOps = { allowPeer2peer: true, invalidateMappings: (_: DmaBufAttachment) => undefined };
  if (importer === 'static') return dmaBufAttach(kernel, dmabuf, dev);
  if (importer === 'dynamic' || kernel.rules.mappingTypes === 'none') {
    return dmaBufDynamicAttach(kernel, dmabuf, dev, ops);
  }
  return dmaBufMappingAttach(kernel, dmabuf, [interconnectImporter(OWN_LINK), sgtImporter(dev, true)], ops);
}

function importList(
  kernel: DmaBufKernel,
  situation: Situation,
  world: DmaWorld,
  buffer: VfioDmaBuf,
  memory: BarMemory,
  client: PciFunction,
): ImportAnswer {
  const importer = 'iommufd';
  const type = world.domainType(client);
  if (type.state === 'unreadable') return { importer, defects: [], state: 'unknown', why: type.why };
  const space = world.userSpace(client);
  const refused = (errno: Errno, at: string): ImportAnswer => {
    const step = at.includes('attach') || at.includes('match') ? 'attach' : 'map';
    return { importer, defects: kernel.log.defects, state: 'refused', step, errno, at };
  };
  if (space === undefined) return refused('ENODEV', 'iommufd_device_bind: no IOMMU');
  const ioas = new Ioas(kernel);
  const files = new FileTable();
  const fd = dmaBufFd(files, buffer.dmabuf);
  if (!fd.ok) return refused(fd.errno, fd.at);
  const attached = ioas.attachDomain(space.domain, space.reserved);
  if (!attached.ok) return refused(attached.errno, attached.at);
  const { size: length } = buffer;
  const mapped = ioas.mapFile({ files, fd: fd.value, start: 0n, length, iova: IOVA, flags: ALL });
  if (!mapped.ok) return refused(mapped.errno, mapped.at);
  const proof = prove(situation, memory, client, [[IOVA, length]], (fn) => stageOf(space, world, fn));
  return { importer, defects: kernel.log.defects, state: 'list', ranges: memory.ranges.length, iova: IOVA, proof };
}

function stageOf(space: UserSpace, world: DmaWorld, fn: PciFunction): IommuStage {
  if (!space.members.includes(fn)) return iommuStage(world, fn);
  return { mode: 'translated', table: pageTableTranslation(space.domain) };
}

function prove(
  situation: Situation,
  { provider, ranges }: BarMemory,
  requester: PciFunction,
  table: SgTable | readonly (readonly [bigint, bigint])[],
  iommu: (fn: PciFunction) => IommuStage,
): ImportProof {
  const base = provider.resource.cpu.start;
  const phys = ranges.map(({ offset, length }) => [base + offset, length] as const);
  const router = situationRouter(situation, iommu);
  const proof = proveTable(router, { requester, owner: provider.owner, table, ranges: phys, kind: 'write' });
  if (proof.proved) return 'proved';
  return proof.counterexamples.every(({ problem }) => problem === 'unknown') ? 'open' : 'refuted';
}
