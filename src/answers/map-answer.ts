/** The table that an importer gets for memory of a BAR, and the proof that it reaches that memory. */
import { hex } from '../base/index.ts';
import type { Fact } from '../capture/index.ts';
import type { Situation } from '../diagnose/index.ts';
import { buildDmaWorld, type DmaDevice, type DmaWorld, type DmaWorldOptions, dmaBitMask } from '../dma/index.ts';
import {
  type DmaBufKernel,
  type DmaBufVariant,
  DmaResv,
  dmaBufDynamicAttach,
  dmaBufExport,
  dmaBufKernel,
  type PhysVecToSgtOutcome,
  physVecToSgt,
  sgtPeerExporter,
} from '../dma-buf/index.ts';
import { calcMapTypeAndDist, type Verdict } from '../p2pdma/index.ts';
import type { PciFunction } from '../pci/index.ts';
import { type IommuStage, pageTableTranslation, proveTable, type TableProof } from '../route/index.ts';
import { PhysVecArray, type SgTable } from '../scatterlist/index.ts';
import { DMA_BIDIRECTIONAL, type KernelLogEntries, parseKernelCmdline } from '../uapi/index.ts';
import type { BarMemory } from './map-question.ts';
import { situationRouter } from './situation-router.ts';

/**
 * Which code maps: that of the kernel, what its authors meant, the series as reviewed in November 2025, or the proposed
 * mapping types (first posting, February 2026) on top of the kernel, as posted and as meant.
 */
export type MapVariant = 'release' | 'intended' | 'v8' | 'mapping-types-rfc1' | 'mapping-types-rfc1-intended';

/** What of a kernel a variant decides. */
export function variantRules(
  variant: MapVariant,
): Required<Pick<DmaBufVariant, 'intended' | 'source' | 'mappingTypes'>> {
  return {
    intended: variant === 'intended' || variant === 'mapping-types-rfc1-intended',
    source: variant === 'v8' ? 'v8-series' : 'release',
    mappingTypes: variant.startsWith('mapping-types-rfc1') ? 'complete' : 'none',
  };
}

/** One request for a table. */
export interface MapQuestion {
  readonly memory: BarMemory;
  readonly importer: PciFunction;
  readonly variant: MapVariant;
  /** DMA mask of the importer in bits, 1 ... 64; undefined: as captured, and 64 where the input does not tell. */
  readonly maskBits: number | undefined;
}

/** What came of it. */
export interface MapAnswer {
  readonly question: MapQuestion;
  readonly verdict: Verdict;
  readonly ranges: PhysVecArray;
  readonly result: MapResult;
}

/** The kernel's answer, or what keeps it from being known. */
export type MapResult =
  | { readonly state: 'unknown'; readonly why: string }
  | {
      readonly state: 'answered';
      readonly kernel: DmaBufKernel;
      readonly outcome: PhysVecToSgtOutcome;
      readonly device: DmaDevice;
      /** What the IOMMU does with requests while the table is in use. */
      readonly iommu: (fn: PciFunction) => IommuStage;
      /** Writes and reads over the whole table; undefined where there is no table. */
      readonly proof: { readonly write: TableProof; readonly read: TableProof } | undefined;
      readonly warns: KernelLogEntries['warns'];
      /** What was supposed because the input does not tell, in words. */
      readonly inferred: readonly string[];
    };

/** Maps the memory for the importer as the kernel of `situation` would, in an address space without other mappings. */
export function answerMapping(situation: Situation, question: MapQuestion): MapAnswer {
  const { machine } = situation;
  const { memory, importer } = question;
  const verdict = calcMapTypeAndDist(machine, memory.provider.owner, importer);
  const base = memory.provider.resource.cpu.start;
  const ranges = PhysVecArray.of(memory.ranges.map(({ offset, length }) => [base + offset, length]));
  const answer = (result: MapResult): MapAnswer => ({ question, verdict, ranges, result });
  const { mapType } = verdict;
  if (mapType === 'unknown') return answer({ state: 'unknown', why: 'the verdict for this pair is unknown' });
  const unseen = busAddressesUnseen(memory);
  if (unseen !== undefined && mapType === 'PCI_P2PDMA_MAP_BUS_ADDR') return answer({ state: 'unknown', why: unseen });
  const world = buildWorld(situation, question);
  if (world === undefined)
    return answer({ state: 'unknown', why: 'whether an IOMMU runs is not known; say it with --iommu' });
  const device = importerDevice(world, () => worldWithoutIommu(situation), question, verdict);
  if (device.state !== 'known') {
    const why = device.state === 'unreadable' ? device.why : 'the importer has no DMA mask';
    return answer({ state: 'unknown', why: `${why}; say with --iommu whether and how an IOMMU translates` });
  }
  const kernel = dmaBufKernel({
    version: machine.kernel,
    mapType: () => mapType,
    log: world.log,
    ...variantRules(question.variant),
  });
  const outcome = mapTable(kernel, device.value, memory, ranges);
  const proof =
    outcome.outcome === 'mapped' ? prove(situation, world, question, outcome.mapping.table, ranges) : undefined;
  const inferred = world.inferred.map(({ text }) => text);
  if (unseen !== undefined)
    inferred.push('host bridges that do not translate addresses: no bus address is in this input');
  return answer({
    state: 'answered',
    kernel,
    outcome,
    device: device.value,
    iommu: (fn) => iommuStage(world, fn),
    proof,
    warns: world.log.warns,
    inferred,
  });
}

/** The table of an importer that can use peer memory. Where mapping types are negotiated, attaching may end it. */
function mapTable(
  kernel: DmaBufKernel,
  dev: DmaDevice,
  { provider, ranges: parts }: BarMemory,
  ranges: PhysVecArray,
): PhysVecToSgtOutcome {
  const size = parts.reduce((sum, { length }) => sum + length, 0n);
  const resv = new DmaResv();
  resv.lock();
  const map = (): PhysVecToSgtOutcome =>
    physVecToSgt(kernel, { dmabuf: { resv }, dev }, provider, ranges, size, DMA_BIDIRECTIONAL);
  if (kernel.rules.mappingTypes === 'none') return map();
  const ops = { singleExporterMatch: sgtPeerExporter({ map }, provider), release: () => undefined };
  const exported = dmaBufExport(kernel, { ops, size });
  const importer = { allowPeer2peer: true, invalidateMappings: () => undefined };
  const attached = exported.ok ? dmaBufDynamicAttach(kernel, exported.value, dev, importer) : exported;
  if (attached.ok) return map();
  return { outcome: 'failed', errno: attached.errno, at: attached.at, flow: undefined, defects: [] };
}

/** Why entries that are bus addresses are not known, and what they would be. */
function busAddressesUnseen({ provider }: BarMemory): string | undefined {
  if (provider.resource.busAssumed !== true) return undefined;
  return (
    'the input has its CPU addresses alone, and whether its host bridge translates is not known: if not, the table ' +
    `holds these, from ${hex(provider.resource.cpu.start)} on, else each moved by what the host bridge adds; ` +
    '"lspci -xxxx" has the bus addresses, or "peerpath capture"'
  );
}

/** The DMA side of a machine under its settings; undefined where it is not known whether an IOMMU runs. */
export function buildWorld(situation: Situation, question: Pick<MapQuestion, 'variant'>): DmaWorld | undefined {
  const { machine, boot, groups } = situation;
  const options: DmaWorldOptions = {
    kernel: machine.kernel,
    intended: variantRules(question.variant).intended,
    assumedMaskBits: 64,
  };
  if (boot === undefined) return buildDmaWorld(machine.topology, options);
  if (groups === undefined) return undefined;
  const grouping = groups.state === 'known' ? groups.groups : groups.finest;
  return buildDmaWorld(machine.topology, {
    ...options,
    whatIf: { cmdline: boot.cmdline, grouping: boot.runs === true ? grouping : undefined },
  });
}

function importerDevice(
  world: DmaWorld,
  withoutIommu: () => DmaWorld,
  { importer, maskBits }: MapQuestion,
  verdict: Verdict,
): Fact<DmaDevice> {
  let device = world.device(importer);
  if (device.state === 'unreadable' && verdict.mapType === 'PCI_P2PDMA_MAP_BUS_ADDR') {
    // Bus addresses pass no IOMMU: the address space that is not known is not used.
    device = withoutIommu().device(importer);
  }
  if (device.state === 'known' && maskBits !== undefined) device.value.dmaMask = dmaBitMask(maskBits);
  return device;
}

function worldWithoutIommu({ machine }: Situation): DmaWorld {
  const whatIf = { cmdline: parseKernelCmdline(''), grouping: undefined };
  return buildDmaWorld(machine.topology, { kernel: machine.kernel, assumedMaskBits: 64, whatIf });
}

/** Sends every byte of the table through the modelled fabric. */
function prove(
  situation: Situation,
  world: DmaWorld,
  { importer, memory }: MapQuestion,
  table: SgTable,
  ranges: PhysVecArray,
): { readonly write: TableProof; readonly read: TableProof } {
  const router = situationRouter(situation, (fn) => iommuStage(world, fn));
  const request = { requester: importer, owner: memory.provider.owner, table, ranges } as const;
  return {
    write: proveTable(router, { ...request, kind: 'write' }),
    read: proveTable(router, { ...request, kind: 'read' }),
  };
}

/** What the IOMMU does with a function's requests, from the modelled address spaces. */
export function iommuStage(world: DmaWorld, fn: PciFunction): IommuStage {
  const device = world.device(fn);
  if (device.state !== 'known')
    return { mode: 'unknown', why: 'whether an IOMMU translates for it is not in this input' };
  const { domain } = device.value;
  return domain === undefined ? { mode: 'off' } : { mode: 'translated', table: pageTableTranslation(domain) };
}
