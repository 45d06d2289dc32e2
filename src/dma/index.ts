export { dmaDirectAsIsLimit } from './direct.ts';
export { DMA_ATTR_MMIO, type DmaAttrs } from './dma-attrs.ts';
export { type DirectDma, DmaDevice, type DmaDeviceSpec, type DmaRange, PLAIN_DIRECT_DMA } from './dma-device.ts';
export {
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
export { DmaIovaLinks } from './dma-iova-links.ts';
export { dmaBitMask, dmaSetMaskAndCoherent } from './dma-mask.ts';
export { buildDmaWorld, DmaWorld, type DmaWorldOptions, type UserSpace, type WhatIfBoot } from './dma-world.ts';
export { dmaMapPhys, dmaMapResource, dmaUnmapPhys } from './map-phys.ts';
