/** A function in the hands of vfio-pci, and an importer beside it. */
import { type CapturedResource, known } from '../../src/capture/index.ts';
import type { DmaDevice } from '../../src/dma/index.ts';
import {
  type DmaBufAttachment,
  type DmaBufAttachOps,
  type DmaBufKernel,
  dmaBufDynamicAttach,
  dmaBufMapAttachment,
  dmaBufUnmapAttachment,
  FileTable,
  type PhysVecToSgtOutcome,
  proceed,
  type Sleeping,
} from '../../src/dma-buf/index.ts';
import { buildTopology, type PciTopology } from '../../src/pci/index.ts';
import { DMA_BIDIRECTIONAL, type KernelResult, VFIO_DEVICE_FEATURE } from '../../src/uapi/index.ts';
import {
  type DmaBufFeatureRequest,
  encodeDmaBufFeature,
  UserMemory,
  VFIO_PCI,
  VfioDmaBuf,
  VfioPciDevice,
  type VfioPciDeviceSpec,
  vfioDeviceIoctl,
} from '../../src/vfio/index.ts';
import { bdf, capturedFunction, capturedMachine, configBytes } from '../captured/captured-function.ts';
import { type MappingMachine, type MappingMachineSpec, mappingMachine } from './mapping-machine.ts';

/** BAR 0: 1 MiB of memory. */
export const BAR0 = 0xfe20_0000n;
/** BAR 1: 256 bytes that begin a page of their own. */
const BAR1 = 0xfe40_0000n;
/** BAR 3: 16 KiB with the MSI-X table. */
export const BAR3 = 0xfe50_0000n;
/** BAR 4: 64 GiB, 64-bit. */
export const BAR4 = 0x38_0000_0000_00n;

const MEM = 0x40200;
const MEM_64 = 0x140204;
const IO = 0x40101;

/** The function at 01:00.0, a root port above it, and a neighbour 02:00.0 whose small BAR shares a page. */
export function vfioTopology(): PciTopology {
  const bar = (start: bigint, size: bigint, flags: number): CapturedResource => ({
    range: { start, end: start + size },
    flags,
  });
  const msix = configBytes(256, [0x06, 0x10], [0x34, 0x50], [0x50, 0x11, 0, 3, 0, 3, 0, 0, 0]);
  return buildTopology(
    capturedMachine([
      capturedFunction('0000:00:01.0', configBytes(256, [0x0e, 1], [0x18, 0, 1, 1]), { parent: { state: 'absent' } }),
      capturedFunction('0000:01:00.0', msix, {
        parent: known(bdf('0000:00:01.0')),
        resources: known([
          bar(BAR0, 0x10_0000n, MEM),
          bar(BAR1, 0x100n, MEM),
          bar(0xd000n, 0x20n, IO),
          bar(BAR3, 0x4000n, MEM),
          bar(BAR4, 1n << 36n, MEM_64),
          undefined,
          bar(0xfe60_0000n, 0x800n, 0x46200),
        ]),
      }),
      capturedFunction('0000:00:03.0', configBytes(256), {
        parent: { state: 'absent' },
        resources: known([bar(0xfe70_0000n, 0x100n, MEM), bar(0xfe70_0100n, 0x100n, MEM)]),
        classCode: known(0x030000),
      }),
    ]),
  );
}

/** What a {@link vfioMachine} may differ in. */
export interface VfioMachineSpec extends MappingMachineSpec {
  readonly device?: Partial<VfioPciDeviceSpec>;
  /** The function; default 0000:01:00.0. */
  readonly fn?: string;
  readonly descriptors?: number;
}

/** The parts of the machine. The device is open. */
export interface VfioMachine extends Pick<MappingMachine, 'importer' | 'domain' | 'log' | 'provider'> {
  readonly kernel: DmaBufKernel;
  readonly device: VfioPciDevice;
  readonly files: FileTable;
  /** ioctl(VFIO_DEVICE_FEATURE) with these bytes, by default the encoded request's. */
  feature(request: DmaBufFeatureRequest, bytes?: Uint8Array): KernelResult<number>;
  /** A buffer of these parts of BAR 0. */
  exported(...parts: readonly (readonly [offset: bigint, length: bigint])[]): VfioDmaBuf;
}

/** Builds it: by default a 7.3 kernel, importers through the host bridge with an Intel IOMMU. */
export function vfioMachine(spec: VfioMachineSpec = {}): VfioMachine {
  const mapping = mappingMachine(spec);
  const topology = vfioTopology();
  const fn = topology.byBdf.get(bdf(spec.fn ?? '0000:01:00.0'));
  if (fn === undefined) throw new Error('no such function');
  const { kernel } = mapping;
  const device = new VfioPciDevice({
    kernel,
    topology,
    fn,
    driver: VFIO_PCI,
    resetWorks: true,
    intended: spec.intended ?? false,
    ...spec.device,
  });
  device.open();
  const files = new FileTable(spec.descriptors);
  const feature: VfioMachine['feature'] = (request, bytes = encodeDmaBufFeature(request)) =>
    finished(vfioDeviceIoctl(device, files, VFIO_DEVICE_FEATURE, new UserMemory(bytes)));
  const exported: VfioMachine['exported'] = (...parts) => {
    const ranges = parts.map(([offset, length]) => ({ offset, length }));
    const file = files.file(value(feature({ regionIndex: 0, ranges })));
    if (typeof file !== 'object' || !(file.priv instanceof VfioDmaBuf)) throw new Error('not a buffer of vfio');
    return file.priv;
  };
  return {
    kernel,
    importer: mapping.importer,
    domain: mapping.domain,
    provider: mapping.provider,
    log: mapping.log,
    device,
    files,
    feature,
    exported,
  };
}

/** The value of a call that went well. */
export function value<T>(result: KernelResult<T>): T {
  if (!result.ok) throw new Error(`${result.errno} at ${result.at}`);
  return result.value;
}

/** What a call returns that does not have to wait. */
export function finished<T>(call: Sleeping<T>): T {
  const progress = proceed(call);
  if (progress.state === 'sleeping') throw new Error('the call sleeps');
  return progress.value;
}

/** An importer that can follow, and is not asked to. */
export const QUIET_IMPORTER: DmaBufAttachOps = { allowPeer2peer: true, invalidateMappings: () => undefined };

/** Attaches; fails the test where the exporter refuses. */
export function attachTo(
  kernel: DmaBufKernel,
  buffer: VfioDmaBuf,
  importer: DmaDevice,
  ops: DmaBufAttachOps = QUIET_IMPORTER,
): DmaBufAttachment {
  return value(dmaBufDynamicAttach(kernel, buffer.dmabuf, importer, ops));
}

/** Maps with the lock taken. */
export function mapLocked(kernel: DmaBufKernel, attach: DmaBufAttachment): PhysVecToSgtOutcome {
  attach.dmabuf.resv.lock();
  const outcome = dmaBufMapAttachment(kernel, attach, DMA_BIDIRECTIONAL);
  attach.dmabuf.resv.unlock();
  return outcome;
}

/** Unmaps with the lock taken. */
export function unmapLocked(kernel: DmaBufKernel, attach: DmaBufAttachment, outcome: PhysVecToSgtOutcome): void {
  if (outcome.outcome !== 'mapped') throw new Error('nothing was mapped');
  attach.dmabuf.resv.lock();
  dmaBufUnmapAttachment(kernel, attach, outcome.mapping, DMA_BIDIRECTIONAL);
  attach.dmabuf.resv.unlock();
}
