/** A driver tells which addresses its device can use. kernel/dma/mapping.c. */
import { type KernelResult, kernelError, kernelOk } from '../uapi/index.ts';
import type { DmaDevice } from './dma-device.ts';

const MASK_32BIT = 0xffff_ffffn;

/** 2^bits - 1; `bits` 0 ... 64. `DMA_BIT_MASK()`. */
export function dmaBitMask(bits: number): bigint {
  return (1n << BigInt(bits)) - 1n;
}

/**
 * Sets the device's DMA masks. With dma-iommu every mask is accepted; dma-direct refuses (-EIO) one under 32 bits that
 * does not cover the memory that must be reachable.
 * @kernel dma_set_mask_and_coherent include/linux/dma-mapping.h
 */
export function dmaSetMaskAndCoherent(dev: DmaDevice, mask: bigint): KernelResult<undefined> {
  if (dev.dmaMask === undefined) return kernelError('EIO', 'dma_set_mask: no dma_mask');
  if (dev.domain === undefined && mask < MASK_32BIT && mask < dev.direct.minimalMask) {
    return kernelError('EIO', 'dma_set_mask: dma_supported');
  }
  dev.dmaMask = mask;
  return kernelOk(undefined);
}
