/** Mapping one physical range: `dma_map_phys` and its kin. kernel/dma/mapping.c, drivers/iommu/dma-iommu.c. */
import type { DmaAddr, Iova, PhysAddr } from '../base/index.ts';
import { type DmaDomain, pageCount, pageOffset, pfnAddress, pfnOf } from '../iommu/index.ts';
import { type DmaDirection, type KernelResult, kernelError, kernelOk } from '../uapi/index.ts';
import { dmaDirectMapPhys } from './direct.ts';
import { DMA_ATTR_MMIO, type DmaAttrs } from './dma-attrs.ts';
import type { DmaDevice } from './dma-device.ts';
import { dmaInfoToProt, iommuDmaAllocIova, iommuDmaFreeIova, iommuDmaUnmap } from './dma-iommu.ts';

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

/** @kernel iommu_dma_map_phys drivers/iommu/dma-iommu.c */
function iommuDmaMapPhys(
  dev: DmaDevice,
  domain: DmaDomain,
  phys: PhysAddr,
  size: bigint,
  dir: DmaDirection,
  attrs: DmaAttrs,
): KernelResult<DmaAddr> {
  const shift = domain.geometry.granuleShift;
  const pad = pageOffset(phys, shift);
  const pages = pageCount(size, pad, shift);
  const iova = iommuDmaAllocIova(dev, domain, pages);
  if (iova === undefined) return kernelError('ENOMEM', 'iommu_dma_map_phys: iommu_dma_alloc_iova');
  const errno = domain.pageTable.map(iova, false, pfnOf(phys, shift), pages, dmaInfoToProt(dir, attrs));
  if (errno !== undefined) {
    iommuDmaFreeIova(domain, iova, pages, false);
    return kernelError('ENOMEM', `iommu_dma_map_phys: iommu_map: ${errno}`);
  }
  return kernelOk({ space: 'iova', addr: (pfnAddress(iova, shift) + BigInt(pad)) as Iova });
}
