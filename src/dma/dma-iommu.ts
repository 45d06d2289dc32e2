/**
 * Mapping one range behind a translating IOMMU, and what the runs of `dma-iova.ts` share with it: getting I/O addresses
 * and giving them back. drivers/iommu/dma-iommu.c.
 */
import type { DmaAddr, Iova, PhysAddr } from '../base/index.ts';
import {
  type DmaDomain,
  IOMMU_CACHE,
  IOMMU_MMIO,
  IOMMU_READ,
  IOMMU_WRITE,
  type Pfn,
  pageCount,
  pageOffset,
  pfnAddress,
  pfnOf,
} from '../iommu/index.ts';
import {
  DMA_BIDIRECTIONAL,
  DMA_FROM_DEVICE,
  DMA_TO_DEVICE,
  type DmaAttrs,
  type DmaDirection,
  type KernelResult,
  kernelError,
  kernelOk,
} from '../uapi/index.ts';
import type { DmaDevice } from './dma-device.ts';

/** Kernel source file of the layer's WARNs. */
export const DMA_IOMMU_FILE = 'drivers/iommu/dma-iommu.c';

const LAST_32BIT_BYTE = 0xffff_ffffn;

/**
 * Takes `pages` pages of I/O address space that `dev` can reach: below 4 GiB first while the device still prefers that,
 * else anywhere below its limit. Undefined when there is no room.
 * @kernel iommu_dma_alloc_iova drivers/iommu/dma-iommu.c
 */
export function iommuDmaAllocIova(dev: DmaDevice, domain: DmaDomain, pages: Pfn): Pfn | undefined {
  const { iovaDomain } = domain;
  if (dev.pci32bitWorkaround && dev.iovaLimit > iovaDomain.last32BitPfn) {
    const low = iovaDomain.allocFast(pages, iovaDomain.last32BitPfn, false);
    if (low !== undefined) return low;
    dev.pci32bitWorkaround = false;
    dev.log.notice(`${dev.name}: Using ${limitBits(dev, domain)}-bit DMA addresses`);
  }
  return iovaDomain.allocFast(pages, dev.iovaLimit, true);
}

function limitBits(dev: DmaDevice, domain: DmaDomain): number {
  const { apertureEnd } = domain.geometry;
  const limit = dev.addressLimit < apertureEnd ? dev.addressLimit : apertureEnd;
  return limit <= LAST_32BIT_BYTE ? 32 : limit.toString(2).length;
}

/**
 * Gives pages back: at once, or through the flush queue when `queued` and the domain has one.
 * @kernel iommu_dma_free_iova drivers/iommu/dma-iommu.c
 */
export function iommuDmaFreeIova(domain: DmaDomain, iova: Pfn, pages: Pfn, queued: boolean): void {
  if (queued && domain.flushQueue !== undefined) domain.flushQueue.add(iova, pages);
  else domain.iovaDomain.freeFast(iova, pages);
}

/**
 * Maps one range behind a translating IOMMU. Every failure is ENOMEM.
 * @kernel iommu_dma_map_phys drivers/iommu/dma-iommu.c
 */
export function iommuDmaMapPhys(
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

/**
 * Unmaps `pages` pages, WARNs if the page table removed another amount, and gives the address space back.
 * @kernel __iommu_dma_unmap drivers/iommu/dma-iommu.c
 */
export function iommuDmaUnmap(dev: DmaDevice, domain: DmaDomain, iova: Pfn, pages: Pfn): void {
  const unmapped = domain.pageTable.unmap(iova, pages);
  if (unmapped !== pages) dev.log.warn(DMA_IOMMU_FILE, '__iommu_dma_unmap: unmapped != size');
  iommuDmaFreeIova(domain, iova, pages, true);
}

/**
 * Page permissions of a direction.
 * @kernel dma_info_to_prot drivers/iommu/dma-iommu.c
 */
export function dmaInfoToProt(dir: DmaDirection, attrs: DmaAttrs): number {
  const memory = attrs.mmio === true ? IOMMU_MMIO : IOMMU_CACHE;
  if (dir === DMA_BIDIRECTIONAL) return memory | IOMMU_READ | IOMMU_WRITE;
  if (dir === DMA_TO_DEVICE) return memory | IOMMU_READ;
  return dir === DMA_FROM_DEVICE ? memory | IOMMU_WRITE : 0;
}
