export { dmaDirectAsIsLimit } from './direct.ts';
export { type DirectDma, DmaDevice, type DmaDeviceSpec, type DmaRange, PLAIN_DIRECT_DMA } from './dma-device.ts';
export {
  DmaIovaLinks,
  type DmaIovaState,
  dmaIovaDestroy,
  dmaIovaFree,
  dmaIovaLink,
  dmaIovaSync,
  dmaIovaTryAlloc,
  dmaIovaUnlink,
  dmaUseIova,
  newDmaIovaState,
} from './dma-iova.ts';
export { buildDmaWorld, DmaWorld, type DmaWorldOptions, type UserSpace, type WhatIfBoot } from './dma-world.ts';
export { dmaBitMask, dmaMapPhys, dmaMapResource, dmaSetMaskAndCoherent, dmaUnmapPhys } from './mapping.ts';
