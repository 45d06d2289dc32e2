/**
 * VFIO_DEVICE_FEATURE_DMA_BUF: every check in the order of the kernel, then the export.
 * drivers/vfio/pci/vfio_pci_dmabuf.c.
 */
import { U64_MAX } from '../base/index.ts';
import { dmaBufExport, dmaBufFd, type FileTable } from '../dma-buf/index.ts';
import {
  type KernelResult,
  kernelError,
  kernelOk,
  O_ACCMODE,
  O_CLOEXEC,
  O_NONBLOCK,
  VFIO_DEVICE_FEATURE_GET,
  VFIO_DEVICE_FEATURE_PROBE,
  VFIO_DEVICE_FEATURE_SET,
  VFIO_PCI_ROM_REGION_INDEX,
} from '../uapi/index.ts';
import {
  DMA_BUF_RANGE_SIZE,
  type DmaBufFeature,
  decodeDmaBufFeature,
  decodeRanges,
  FEATURE_DMA_BUF_SIZE,
  FEATURE_HEADER_SIZE,
  type FeatureHeader,
  type RegionRange,
  type UserMemory,
} from './feature-layout.ts';

import { VfioDmaBuf } from './vfio-dma-buf.ts';
import type { VfioPciDevice } from './vfio-pci-device.ts';

/** The largest array that the kernel copies from a process: 4 MiB. */
const MAX_RANGES: number = (4 << 20) / DMA_BUF_RANGE_SIZE;
const TOP_BIT = 1n << 63n;

/**
 * Answers the feature once the header is known to be sound.
 * @returns a new descriptor, or 0 for a PROBE.
 * @kernel vfio_pci_core_feature_dma_buf drivers/vfio/pci/vfio_pci_dmabuf.c
 */
export function vfioPciCoreFeatureDmaBuf(
  device: VfioPciDevice,
  files: FileTable,
  header: FeatureHeader,
  memory: UserMemory,
): KernelResult<number> {
  const { getDmabufPhys } = device.driver;
  if (getDmabufPhys === undefined) return failed('EOPNOTSUPP', 'the driver exports nothing');
  const wanted = checkFeature(header);
  if (!wanted.ok) return wanted;
  if (!wanted.value) return kernelOk(0);
  const fixed = memory.read(FEATURE_HEADER_SIZE, FEATURE_DMA_BUF_SIZE);
  if (fixed === undefined) return failed('EFAULT', 'the request cannot be read');
  const request = decodeDmaBufFeature(fixed);
  if (request.nrRanges === 0 || request.flags !== 0) return failed('EINVAL', 'no ranges, or flags');
  const region = checkRegion(device, request.regionIndex);
  if (!region.ok) return region;
  const ranges = copyRanges(device, request.nrRanges, memory);
  if (!ranges.ok) return ranges;
  const checked = validateDmabufInput(device, ranges.value);
  if (!checked.ok) return checked;
  if (device.fault?.('vfio_pci_dma_buf') === true) return failed('ENOMEM', 'object');
  if (device.fault?.('phys_vec') === true) return failed('ENOMEM', 'phys_vec');
  const phys = getDmabufPhys(device, request.regionIndex, ranges.value);
  if (!phys.ok) return phys;
  if (!device.registered) return failed('ENODEV', 'the device is going away');
  const fileFlags = request.openFlags & (O_ACCMODE | O_NONBLOCK);
  const buffer = new VfioDmaBuf(device, phys.value, fileFlags, (request.openFlags & O_CLOEXEC) !== 0);
  return exportBuffer(device, files, buffer);
}

/**
 * Is it a GET with enough payload? False: a PROBE that is answered by 0.
 * @kernel vfio_check_feature include/linux/vfio.h
 */
function checkFeature({ argsz, flags }: FeatureHeader): KernelResult<boolean> {
  if ((flags & VFIO_DEVICE_FEATURE_SET) !== 0) return failed('EINVAL', 'SET');
  if ((flags & VFIO_DEVICE_FEATURE_PROBE) !== 0) return kernelOk(false);
  if ((flags & VFIO_DEVICE_FEATURE_GET) === 0) return failed('EINVAL', 'neither GET nor PROBE');
  const payload = argsz - FEATURE_HEADER_SIZE;
  return payload < FEATURE_DMA_BUF_SIZE ? failed('EINVAL', 'argsz is too small') : kernelOk(true);
}

/** The region must be a BAR; newer kernels ask that vfio holds it, too. */
function checkRegion(device: VfioPciDevice, regionIndex: DmaBufFeature['regionIndex']): KernelResult<undefined> {
  if (regionIndex >= VFIO_PCI_ROM_REGION_INDEX) return failed('ENODEV', 'the region is no BAR');
  if (!device.rules.checksClaimedBar || device.hasClaimed(regionIndex)) return kernelOk(undefined);
  const isFake = device.driver.fakeBars.has(regionIndex);
  if (isFake && !device.rules.has('nvgrace-fake-bar-not-claimed')) return kernelOk(undefined);
  if (isFake) device.kernel.log.touchDefect('nvgrace-fake-bar-not-claimed');
  return failed('ENODEV', 'the BAR is not held');
}

/** `argsz` is not compared with the number of ranges. */
function copyRanges(device: VfioPciDevice, count: number, memory: UserMemory): KernelResult<RegionRange[]> {
  if (count > MAX_RANGES || device.fault?.('memdup_array_user') === true) {
    return failed('ENOMEM', 'memdup_array_user');
  }
  const bytes = memory.read(FEATURE_HEADER_SIZE + FEATURE_DMA_BUF_SIZE, count * DMA_BUF_RANGE_SIZE);
  return bytes === undefined ? failed('EFAULT', 'the ranges cannot be read') : kernelOk(decodeRanges(bytes));
}

/** @kernel validate_dmabuf_input drivers/vfio/pci/vfio_pci_dmabuf.c */
function validateDmabufInput({ kernel }: VfioPciDevice, ranges: readonly RegionRange[]): KernelResult<undefined> {
  const inPage = (1n << BigInt(kernel.rules.pageShift)) - 1n;
  let sum = 0n;
  for (const { offset, length } of ranges) {
    if (length === 0n) return failed('EINVAL', 'an empty range');
    if (((offset | length) & inPage) !== 0n) return failed('EINVAL', 'a range is not page aligned');
    sum += length;
    if (sum > U64_MAX) return failed('EINVAL', 'the sum of the lengths overflows');
  }
  return sum >= TOP_BIT ? failed('EINVAL', 'the sum of the lengths has its top bit set') : kernelOk(undefined);
}

/** Makes the buffer, revoked where memory decoding is off just now, and a descriptor for it. */
function exportBuffer(device: VfioPciDevice, files: FileTable, buffer: VfioDmaBuf): KernelResult<number> {
  const { kernel, rules } = device;
  const exported = dmaBufExport(kernel, { ops: buffer.operations(kernel), priv: buffer, size: buffer.size });
  if (!exported.ok) return exported;
  buffer.dmabuf = exported.value;
  device.lockMemory();
  buffer.dmabuf.resv.lock();
  buffer.revoked = !device.memoryEnabled();
  device.dmabufs.push(buffer);
  buffer.dmabuf.resv.unlock();
  device.unlockMemory();
  const fd = dmaBufFd(files, buffer.dmabuf);
  if (fd.ok) return fd;
  buffer.dmabuf.put();
  if (rules.has('vfio-fd-failure-double-free')) {
    kernel.log.notice('BUG: double free in vfio_pci_core_feature_dma_buf');
    kernel.log.touchDefect('vfio-fd-failure-double-free');
  }
  return fd;
}

function failed(errno: 'EFAULT' | 'EINVAL' | 'ENODEV' | 'ENOMEM' | 'EOPNOTSUPP', why: string): KernelResult<never> {
  return kernelError(errno, `vfio_pci_core_feature_dma_buf: ${why}`);
}
