export {
  DmaBufAttachment,
  type DmaBufAttachOps,
  dmaBufAttach,
  dmaBufDetach,
  dmaBufDynamicAttach,
} from './attachment.ts';
export { DMA_BUF_DEFECTS, type DmaBufDefect, type DmaBufDefectName, type DmaBufSource } from './defects.ts';
export { DmaBuf, type DmaBufExportInfo, type DmaBufOps, dmaBufExport } from './dma-buf.ts';
export { dmaBufFd, dmaBufGet, FileTable, type OtherFile } from './dma-buf-fd.ts';
export {
  type DmaBufFaultStep,
  type DmaBufKernel,
  type DmaBufKernelSpec,
  dmaBufKernel,
  type PeerProvider,
} from './dma-buf-kernel.ts';
export type { DmaBufRules, DmaBufVariant } from './dma-buf-rules.ts';
export { DmaResv, type DmaResvUsage } from './dma-resv.ts';
export * from './drm/index.ts';
export { type EntryOrigin, type EntryPiece, entryOrigins } from './entry-origin.ts';
export { freeSgt } from './free-sgt.ts';
export {
  dmaBufInvalidateMappings,
  dmaBufMapAttachment,
  dmaBufPin,
  dmaBufUnmapAttachment,
  dmaBufUnpin,
} from './map-attachment.ts';
export type { MappingAttachment, MappingRequest } from './mapping-request.ts';
export * from './mixed/index.ts';
export * from './older/index.ts';
export { physVecToSgt } from './phys-vec-to-sgt.ts';
export type {
  MapFlow,
  PhysVecCrashed,
  PhysVecFailed,
  PhysVecMapped,
  PhysVecToSgtOutcome,
  SgtMapping,
} from './sgt-mapping.ts';
export { type Progress, proceed, type RevocableBuffer, type Sleeping, stopAccess } from './sleeping.ts';
