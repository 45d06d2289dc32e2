export { DMA_BUF_DEFECTS, type DmaBufDefect, type DmaBufDefectName, type DmaBufSource } from './defects.ts';
export {
  type DmaBufFaultStep,
  type DmaBufKernel,
  type DmaBufKernelSpec,
  dmaBufKernel,
  type PeerProvider,
} from './dma-buf-kernel.ts';
export { type DmaBufRules, type DmaBufVariant, dmaBufRulesOf } from './dma-buf-rules.ts';
export { DMA_RESV_USAGES, DmaResv, type DmaResvUsage } from './dma-resv.ts';
export { freeSgt } from './free-sgt.ts';
export type { MappingAttachment, MappingRequest } from './mapping-request.ts';
export { physVecToSgt } from './phys-vec-to-sgt.ts';
export type {
  MapFlow,
  PhysVecCrashed,
  PhysVecFailed,
  PhysVecMapped,
  PhysVecToSgtOutcome,
  SgtMapping,
} from './sgt-mapping.ts';
