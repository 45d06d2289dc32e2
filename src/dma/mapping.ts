/** What drivers call: which addresses a device can use, and mapping one physical range. kernel/dma/mapping.c. */
import type { DmaAddr, PhysAddr } from '../base/index.ts';
import { pageCount, pageOffset, pfnOf } from '../iommu/index.ts';
import {
  DMA_ATTR_MMIO,
  type DmaAttrs,
  type DmaDirection,
  type KernelResult,
  kernelError,
  kernelOk,
} from '../uapi/index.ts';
import { dmaDirectMapPhys } from './direct.ts';
import type { DmaDevice } from './dma-device.ts';
import { iommuDmaMapPhys, iommuDmaUnmap } from './dma-iommu.ts';

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

const MAPPING_FILE = 'kernel/dma/mapping.c';

/**
 * The DMA address of `size` bytes of MMIO at `phys`: an I/O address behind a translating IOMMU, else a physical one.
 * Every failure is -ENOMEM (`dma_mapping_error()`); `at` says what really went wrong.
 * @kernel dma_map_phys kernel/dma/mapping.c
 */
export function dmaMapPhys(
  dev: DmaDevice,
  phys: PhysAddr,
  size: bigint,
  dir: DmaDirection,
  attrs: DmaAttrs,
): KernelResult<DmaAddr> {
  if (dev.dmaMask === undefined) {
    dev.log.warnOnce(MAPPING_FILE, 'dma_map_phys: no dma_mask');
    return kernelError('ENOMEM', 'dma_map_phys: no dma_mask');
  }
  if (dev.domain === undefined) {
    const direct = dmaDirectMapPhys(dev, phys, size, attrs);
    return direct.ok ? kernelOk({ space: 'phys', addr: direct.value }) : direct;
  }
  if (attrs.ccShared === true) return kernelError('ENOMEM', 'dma_map_phys: shared memory through an IOMMU');
  return iommuDmaMapPhys(dev, dev.domain, phys, size, dir, attrs);
}

/**
 * Undoes {@link dmaMapPhys}. `addr` and `size` are taken as they are: callers that pass others than they got unmap
 * others. Without an IOMMU there is nothing to undo.
 * @kernel dma_unmap_phys kernel/dma/mapping.c
 */
export function dmaUnmapPhys(dev: DmaDevice, addr: bigint, size: bigint): void {
  const { domain } = dev;
  if (domain === undefined) return;
  const shift = domain.geometry.granuleShift;
  iommuDmaUnmap(dev, domain, pfnOf(addr, shift), pageCount(size, pageOffset(addr, shift), shift));
}

/**
 * Maps MMIO, as drivers asked for before `dma_map_phys` existed.
 * @kernel dma_map_resource kernel/dma/mapping.c
 */
export function dmaMapResource(dev: DmaDevice, phys: PhysAddr, size: bigint, dir: DmaDirection): KernelResult<DmaAddr> {
  return dmaMapPhys(dev, phys, size, dir, DMA_ATTR_MMIO);
}
