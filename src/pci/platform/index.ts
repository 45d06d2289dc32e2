export type { Evidence, PlatformFact } from './evidence.ts';
export { iommuOfMaker, PCI_CLASS_SYSTEM_IOMMU } from './iommu.ts';
export type { Architecture, CpuMaker, MachineIommu } from './kinds.ts';
export { cmdlineArch, type Platform, platformOf } from './platform.ts';
