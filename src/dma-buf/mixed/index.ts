export { type DmaPart, type MixedMapping, type MixedPart, mapMixed, unmapMixed } from './map-mixed.ts';
export { exportMixed, MixedDmaBuf } from './mixed-dma-buf.ts';
