export {
  type DefaultDomainType,
  type DomainTypeChoice,
  type DomainTypeReason,
  defaultDomainType,
} from './default-domain-type.ts';
export { DMA_DEFECTS, type DmaBehaviour, dmaBehaviourOf } from './dma-behaviour.ts';
export { DmaDomain, type DmaDomainSnapshot, type DmaDomainSpec, type DmaDomainType } from './dma-domain.ts';
export type { FaultHook, FaultStep } from './fault-hook.ts';
export { type DomainGeometry, type PageTableKind, pageSizeBitmap } from './geometry.ts';
export * from './group/index.ts';
export {
  IOMMU_CACHE,
  IOMMU_MMIO,
  IOMMU_READ,
  IOMMU_WRITE,
  type IoPageTable,
  type LeafRun,
} from './io-page-table.ts';
export { IovaDomain, type IovaDomainSnapshot, type IovaDomainSpec } from './iova-domain.ts';
export {
  type DmaInference,
  type GeometryBoot,
  type GeometryChoices,
  type InferredGeometry,
  type IommuKind,
  machineGeometry,
} from './machine-geometry.ts';
export { type Pfn, pageCount, pageCountOfHalves, pageOffset, pfnAddress, pfnOf, pfnOfHalves } from './pfn.ts';
export { reservedOfGroup, reserveForDevice, usualRegions } from './reservations.ts';
