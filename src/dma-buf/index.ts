export { dmaBufAttach, dmaBufDetach, dmaBufDynamicAttach } from './attach.ts';
export {
  DMA_BUF_DEFECTS,
  type DmaBufDefect,
  type DmaBufDefectName,
  type DmaBufSource,
  MAPPING_TYPE_DEFECTS,
  type MappingTypeDefect,
  type MappingTypeDefectName,
} from './defects.ts';
export {
  DmaBuf,
  DmaBufAttachment,
  type DmaBufAttachOps,
  type DmaBufExportInfo,
  type DmaBufMappingMatch,
  type DmaBufMappingType,
  type DmaBufMatchArgs,
  type DmaBufOps,
  dmaBufExport,
  type TriedMatch,
} from './dma-buf.ts';
export { dmaBufFd, dmaBufGet, FileTable, type OtherFile } from './dma-buf-fd.ts';
export {
  type DmaBufFaultStep,
  type DmaBufKernel,
  type DmaBufKernelSpec,
  type DmaBufRules,
  type DmaBufVariant,
  dmaBufKernel,
  type PeerProvider,
} from './dma-buf-kernel.ts';
export { freeSgt, physVecToSgt } from './dma-buf-mapping.ts';
export { DmaResv, type DmaResvUsage } from './dma-resv.ts';
export {
  type DrmImport,
  drmGemPrimeImport,
  drmPrimeGemDestroy,
  drmPrimeSgToDmaAddrArray,
  drmValidate,
} from './drm-prime.ts';
export { type EntryOrigin, type EntryPiece, entryOrigins } from './entry-origin.ts';
export {
  dmaBufInvalidateMappings,
  dmaBufMapAttachment,
  dmaBufPin,
  dmaBufUnmapAttachment,
  dmaBufUnpin,
} from './map-attachment.ts';
export { mangleSgTable, mapResourceTable, type TwoSidedEntry, unmapResourceTable } from './map-resource-table.ts';
export * from './mapping-type/index.ts';
export {
  type DmaPart,
  exportMixed,
  MixedDmaBuf,
  type MixedMapping,
  type MixedPart,
  mapMixed,
  unmapMixed,
} from './mixed-dma-buf.ts';
export { exportPhys } from './phys-dma-buf.ts';
export type {
  MapFlow,
  MappingAttachment,
  MappingRequest,
  PhysVecCrashed,
  PhysVecFailed,
  PhysVecMapped,
  PhysVecToSgtOutcome,
  SgtMapping,
} from './sgt-mapping.ts';
export { type Progress, proceed, type RevocableBuffer, type Sleeping, stopAccess } from './sleeping.ts';
export { exportVram, type VramBlock, VramDmaBuf, type VramSpec } from './vram-dma-buf.ts';
