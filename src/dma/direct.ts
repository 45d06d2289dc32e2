/** Mapping without an IOMMU: MMIO through dma-direct. kernel/dma/direct.c. */
import { hex, type PhysAddr, U64_MAX, u64 } from '../base/index.ts';
import { type DmaAttrs, type KernelResult, kernelError, kernelOk } from '../uapi/index.ts';
import type { DmaDevice } from './dma-device.ts';

/** What `dma_mapping_error()` turns every failed mapping into. */
const MAPPING_ERROR = 'ENOMEM';

/**
 * The DMA address of `size` bytes of MMIO at `phys` for a device without translation. Nothing is kept, so there is
 * nothing to unmap. Every failure is -ENOMEM; `at` says which check it was.
 * @kernel dma_direct_map_phys kernel/dma/direct.c
 */
export function dmaDirectMapPhys(
  dev: DmaDevice,
  phys: PhysAddr,
  size: bigint,
  attrs: DmaAttrs,
): KernelResult<PhysAddr> {
  const refusal = bounceError(dev, attrs);
  if (refusal !== undefined) return kernelError(MAPPING_ERROR, `dma_direct_map_phys: ${refusal}`);
  const dma = dev.behaviour.directTranslatesMmio ? physToDma(dev, phys) : phys;
  if (dma === undefined) return overflow(dev, U64_MAX, size, 'no DMA range holds the address');
  if (needsUnencrypted(dev, attrs)) return overflow(dev, dma, size, 'the device must use unencrypted memory');
  if (u64(dma + size - 1n) > dev.addressLimit) return overflow(dev, dma, size, 'beyond the mask or bus limit');
  return kernelOk(dma as PhysAddr);
}

/**
 * The last byte up to which the DMA address of any range is its physical address, so that mapping the range does nothing
 * and succeeds. Undefined where only {@link dmaDirectMapPhys} can tell.
 */
export function dmaDirectAsIsLimit(dev: DmaDevice, attrs: DmaAttrs): bigint | undefined {
  if (dev.domain !== undefined || dev.dmaMask === undefined) return undefined;
  if (bounceError(dev, attrs) !== undefined || needsUnencrypted(dev, attrs)) return undefined;
  const translated = dev.behaviour.directTranslatesMmio && dev.direct.rangeMap !== undefined;
  return translated ? undefined : dev.addressLimit;
}

/** Why MMIO cannot be mapped for a device whose memory is bounced; undefined when it can. */
function bounceError(dev: DmaDevice, attrs: DmaAttrs): string | undefined {
  const { memoryEncryption, swiotlbForce } = dev.direct;
  const { directTranslatesMmio, guestForcesSwiotlb } = dev.behaviour;
  if (swiotlbForce || (memoryEncryption === 'guest' && guestForcesSwiotlb)) {
    return directTranslatesMmio || attrs.ccShared !== true ? 'swiotlb is forced' : undefined;
  }
  return !directTranslatesMmio && attrs.ccShared === true ? 'shared memory without bouncing' : undefined;
}

function needsUnencrypted(dev: DmaDevice, attrs: DmaAttrs): boolean {
  return dev.behaviour.directTranslatesMmio && dev.direct.memoryEncryption === 'guest' && attrs.ccShared !== true;
}

/** @kernel translate_phys_to_dma include/linux/dma-direct.h */
function physToDma(dev: DmaDevice, phys: bigint): bigint | undefined {
  const map = dev.direct.rangeMap;
  if (map === undefined) return phys;
  const range = map.find((r) => phys >= r.cpuStart && phys - r.cpuStart < r.size);
  return range === undefined ? undefined : u64(range.dmaStart + (phys - range.cpuStart));
}

function overflow(dev: DmaDevice, dma: bigint, size: bigint, why: string): KernelResult<never> {
  dev.log.warnOnce(dev.behaviour.directWarnFile, 'dma_direct_map_phys: DMA addr overflow');
  const limits = `mask ${hex(dev.dmaMask ?? 0n)}, bus limit ${hex(dev.busDmaLimit)}`;
  dev.log.notice(`${dev.name}: DMA addr ${hex(dma)}+${size} overflow (${limits}).`);
  return kernelError(MAPPING_ERROR, `dma_direct_map_phys: ${why}`);
}
