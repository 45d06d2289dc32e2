/** The device file's ioctl calls, by number and byte. drivers/vfio/vfio_main.c, drivers/vfio/pci/vfio_pci_core.c. */
import type { FileTable, Sleeping } from '../dma-buf/index.ts';
import {
  type KernelResult,
  kernelError,
  kernelOk,
  VFIO_DEVICE_FEATURE,
  VFIO_DEVICE_FEATURE_DMA_BUF,
  VFIO_DEVICE_FEATURE_GET,
  VFIO_DEVICE_FEATURE_MASK,
  VFIO_DEVICE_FEATURE_PROBE,
  VFIO_DEVICE_FEATURE_SET,
  VFIO_DEVICE_GET_REGION_INFO,
  VFIO_DEVICE_RESET,
  VFIO_REGION_INFO_CAP_MSIX_MAPPABLE,
  VFIO_REGION_INFO_FLAG_CAPS,
} from '../uapi/index.ts';
import { vfioDeviceReset } from './device-events.ts';
import { vfioPciCoreFeatureDmaBuf } from './feature-dma-buf.ts';
import { decodeFeatureHeader, FEATURE_HEADER_SIZE, type UserMemory } from './feature-layout.ts';
import { vfioRegionInfo } from './region-info.ts';

import type { VfioPciDevice } from './vfio-pci-device.ts';

/**
 * ioctl(2) on the device. Knows VFIO_DEVICE_FEATURE, VFIO_DEVICE_GET_REGION_INFO and VFIO_DEVICE_RESET; ENOTTY for
 * others.
 * @returns what the call returns: a descriptor or 0.
 * @kernel vfio_device_fops_unl_ioctl drivers/vfio/vfio_main.c
 */
export function* vfioDeviceIoctl(
  device: VfioPciDevice,
  files: FileTable,
  request: number,
  memory: UserMemory,
): Sleeping<KernelResult<number>> {
  if (request === VFIO_DEVICE_FEATURE) return ioctlDeviceFeature(device, files, memory);
  if (request === VFIO_DEVICE_GET_REGION_INFO) return ioctlRegionInfo(device, memory);
  if (request !== VFIO_DEVICE_RESET) return kernelError('ENOTTY', 'vfio_device_fops_unl_ioctl');
  const reset = yield* vfioDeviceReset(device);
  return reset.ok ? kernelOk(0) : reset;
}

const FEATURE_FLAGS =
  VFIO_DEVICE_FEATURE_MASK | VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_SET | VFIO_DEVICE_FEATURE_PROBE;
const GET_AND_SET = VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_SET;

/**
 * Of all features only the dma-buf one is modelled; others are answered as unknown.
 * @kernel vfio_ioctl_device_feature drivers/vfio/vfio_main.c
 */
function ioctlDeviceFeature(device: VfioPciDevice, files: FileTable, memory: UserMemory): KernelResult<number> {
  const at = 'vfio_ioctl_device_feature';
  const view = memory.read(0, FEATURE_HEADER_SIZE);
  if (view === undefined) return kernelError('EFAULT', at);
  const header = decodeFeatureHeader(view);
  if (header.argsz < FEATURE_HEADER_SIZE) return kernelError('EINVAL', `${at}: argsz`);
  if ((header.flags & ~FEATURE_FLAGS) !== 0) return kernelError('EINVAL', `${at}: unknown flags`);
  const probes = (header.flags & VFIO_DEVICE_FEATURE_PROBE) !== 0;
  if (!probes && (header.flags & GET_AND_SET) === GET_AND_SET) return kernelError('EINVAL', `${at}: GET and SET`);
  const isDmaBuf = (header.flags & VFIO_DEVICE_FEATURE_MASK) === VFIO_DEVICE_FEATURE_DMA_BUF;
  if (!isDmaBuf || !device.rules.hasFeature || !device.configDmabuf) return kernelError('ENOTTY', at);
  return vfioPciCoreFeatureDmaBuf(device, files, header, memory);
}

/** Bytes of `struct vfio_region_info`: argsz, flags, index, cap_offset (u32 each), size, offset (u64 each). */
const REGION_INFO_SIZE = 32;
/** Bytes of `struct vfio_info_cap_header`: id, version (u16 each), next (u32). */
const CAP_HEADER_SIZE = 8;

/** Fills the caller's `struct vfio_region_info`; the capability follows it where `argsz` has room, else only `argsz` says so. */
function ioctlRegionInfo(device: VfioPciDevice, memory: UserMemory): KernelResult<number> {
  const at = 'vfio_pci_ioctl_get_region_info';
  const view = memory.read(0, REGION_INFO_SIZE);
  if (view === undefined) return kernelError('EFAULT', at);
  const argsz = view.getUint32(0, true);
  if (argsz < REGION_INFO_SIZE) return kernelError('EINVAL', `${at}: argsz`);
  const index = view.getUint32(8, true);
  const region = vfioRegionInfo(device, index);
  if (!region.ok) return region;
  const { flags, size, offset } = region.value;
  const capsSize = (flags & VFIO_REGION_INFO_FLAG_CAPS) === 0 ? 0 : CAP_HEADER_SIZE;
  const fits = capsSize > 0 && argsz >= REGION_INFO_SIZE + capsSize;
  const out = new DataView(new ArrayBuffer(REGION_INFO_SIZE));
  out.setUint32(0, capsSize > 0 && !fits ? REGION_INFO_SIZE + capsSize : argsz, true);
  out.setUint32(4, flags, true);
  out.setUint32(8, index, true);
  out.setUint32(12, fits ? REGION_INFO_SIZE : view.getUint32(12, true), true);
  out.setBigUint64(16, size, true);
  out.setBigUint64(24, offset, true);
  if (fits && !memory.write(REGION_INFO_SIZE, msixMappable())) return kernelError('EFAULT', at);
  memory.write(0, new Uint8Array(out.buffer));
  return kernelOk(0);
}

function msixMappable(): Uint8Array {
  const bytes = new Uint8Array(CAP_HEADER_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, VFIO_REGION_INFO_CAP_MSIX_MAPPABLE, true);
  view.setUint16(2, 1, true);
  return bytes;
}
