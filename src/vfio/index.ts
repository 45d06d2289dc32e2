export {
  vfioCloseDevice,
  vfioDeviceReset,
  vfioFunctionLevelReset,
  vfioHotReset,
  vfioLowPowerEntry,
  vfioLowPowerExit,
  vfioSetPowerState,
  vfioWriteCommand,
} from './device-events.ts';
export {
  type DmaBufFeatureRequest,
  decodeDmaBufFeature,
  decodeFeatureHeader,
  decodeRanges,
  encodeDmaBufFeature,
  type RegionRange,
  UserMemory,
} from './feature-layout.ts';
export { type RegionInfo, vfioRegionInfo } from './region-info.ts';
export {
  type NvgraceMemory,
  nvgraceDriver,
  type PhysStretch,
  VFIO_PCI,
} from './region-phys.ts';
export { type ResetMethod, resetMethod } from './reset-method.ts';
export { VfioDmaBuf, vfioPciDmaBufIommufdMap } from './vfio-dma-buf.ts';
export { vfioDeviceIoctl } from './vfio-ioctl.ts';
export {
  type PciPowerState,
  type RegionPhys,
  type VfioExport,
  VfioPciDevice,
  type VfioPciDeviceSpec,
  type VfioPciDriver,
} from './vfio-pci-device.ts';
export { VFIO_DEFECTS, type VfioDefect, type VfioRules } from './vfio-rules.ts';
