export { restoreTable, trimTable, type UmemDmabufRequest, type UmemWindow } from './ib-umem-dmabuf.ts';
export {
  MemoryRegion,
  type MemoryRegionRequest,
  type MemoryTranslation,
  regUserMrDmabuf,
  UMEM_DRIVERS,
  type UmemMode,
  umemModeOf,
} from './memory-region.ts';
export { type IbUmem, ibUmemFindBestPgoff, ibUmemFindBestPgsz, ibUmemNumDmaBlocks, rdmaUmemDmaBlocks } from './umem.ts';
export {
  type UverbsDevice,
  UverbsDmaBuf,
  uverbsDmabufAlloc,
  uverbsMmapEntryRemove,
  uverbsRemoveDevice,
} from './uverbs-dmabuf.ts';
