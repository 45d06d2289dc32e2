/** One importer, one BAR, one kernel: the smallest machine that maps a buffer. */
import type { BusAddr, PhysAddr } from '../../src/base/index.ts';
import { DmaDevice, dmaBitMask, PLAIN_DIRECT_DMA } from '../../src/dma/index.ts';
import {
  type DmaBufKernel,
  type DmaBufRules,
  type DmaBufSource,
  DmaResv,
  dmaBufKernel,
  type PeerProvider,
  type PhysVecToSgtOutcome,
  physVecToSgt,
} from '../../src/dma-buf/index.ts';
import { DmaDomain, type DmaDomainType, dmaBehaviourOf } from '../../src/iommu/index.ts';
import { PhysVecArray } from '../../src/scatterlist/index.ts';
import { DMA_BIDIRECTIONAL, KernelLog, type MapType, parseKernelRelease } from '../../src/uapi/index.ts';

/** What differs from a 7.3 kernel with a strict Intel IOMMU, through the host bridge. */
export interface MappingMachineSpec {
  readonly kernel?: string;
  readonly intended?: boolean;
  readonly source?: DmaBufSource;
  readonly iommu?: 'none' | 'intel' | 'smmuv3';
  readonly domainType?: DmaDomainType;
  readonly mapType?: MapType;
  readonly maskBits?: number;
  readonly apertureBits?: number;
  readonly busOffset?: bigint;
  readonly lockdep?: boolean;
  readonly dmabufDebug?: boolean;
  readonly moveNotify?: boolean;
  readonly mappingTypes?: DmaBufRules['mappingTypes'];
  /** True makes a step fail, in any layer. */
  readonly fault?: (step: string) => boolean;
}

/** The BAR: 64 GiB at 2^45. */
export const BAR_START = 0x2000_0000_0000n;
const BAR_SIZE = 1n << 36n;

/** The parts of the machine. */
export interface MappingMachine {
  readonly kernel: DmaBufKernel;
  readonly importer: DmaDevice;
  readonly domain: DmaDomain | undefined;
  readonly provider: PeerProvider;
  readonly resv: DmaResv;
  readonly log: KernelLog;
  /** Maps [offset in the BAR, length] pairs; `size` is their sum unless given. */
  map(pairs: readonly (readonly [bigint, bigint])[], size?: bigint): PhysVecToSgtOutcome;
}

/** Builds it. */
export function mappingMachine(spec: MappingMachineSpec = {}): MappingMachine {
  const version = parseKernelRelease(spec.kernel ?? '7.3');
  if (version === undefined) throw new Error(`no kernel: ${spec.kernel}`);
  const log = new KernelLog();
  const behaviour = dmaBehaviourOf(version, spec.intended === true);
  const { fault } = spec;
  const domain =
    spec.iommu === 'none'
      ? undefined
      : new DmaDomain({
          type: spec.domainType ?? 'DMA',
          geometry: {
            kind: spec.iommu === 'smmuv3' ? 'io-pgtable-arm' : 'generic-pt',
            granuleShift: 12,
            pageShifts: [12, 21, 30],
            apertureEnd: (1n << BigInt(spec.apertureBits ?? 48)) - 1n,
            outputBits: 52,
          },
          behaviour,
          log,
          fault,
        });
  const importer = importerDevice(domain, behaviour, log, spec.maskBits ?? 64);
  const cpu = { start: BAR_START, end: BAR_START + BAR_SIZE };
  const busOffset = spec.busOffset ?? 0n;
  const bus = { start: (cpu.start + busOffset) as BusAddr, end: (cpu.end + busOffset) as BusAddr };
  const provider: PeerProvider = { busOffset, resource: { index: 0, cpu, bus, flags: 0x140204 } };
  const kernel = dmaBufKernel({
    version,
    log,
    mapType: () => spec.mapType ?? 'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE',
    intended: spec.intended ?? false,
    source: spec.source ?? 'release',
    lockdep: spec.lockdep ?? false,
    dmabufDebug: spec.dmabufDebug ?? false,
    moveNotify: spec.moveNotify ?? true,
    mappingTypes: spec.mappingTypes ?? 'none',
    fault,
  });
  const resv = new DmaResv();
  const map: MappingMachine['map'] = (pairs, size) => {
    const ranges = PhysVecArray.of(pairs.map(([offset, len]) => [(BAR_START + offset) as PhysAddr, len] as const));
    const attach = { dmabuf: { resv }, dev: importer };
    return physVecToSgt(kernel, attach, provider, ranges, size ?? ranges.totalLength(), DMA_BIDIRECTIONAL);
  };
  return { kernel, importer, domain, provider, resv, log, map };
}

/** A function of the machine as the DMA layer sees it. */
export function importerDevice(
  domain: DmaDomain | undefined,
  behaviour: DmaDevice['behaviour'],
  log: KernelLog,
  maskBits: number,
): DmaDevice {
  return new DmaDevice({
    name: '0000:05:00.0',
    domain,
    behaviour,
    log,
    dmaMask: dmaBitMask(maskBits),
    busDmaLimit: 0n,
    pci32bitWorkaround: true,
    untrusted: false,
    direct: PLAIN_DIRECT_DMA,
  });
}
