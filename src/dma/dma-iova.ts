/**
 * One contiguous run of I/O addresses for several ranges: take the space, link range by range, sync, later destroy.
 * include/linux/dma-mapping.h; iommu-dma, "The dma_iova API".
 */
import { highHalf, type Iova, lowHalf, type PhysAddr } from '../base/index.ts';
import {
  type DmaDomain,
  type Pfn,
  pageCount,
  pageCountOfHalves,
  pageOffset,
  pfnAddress,
  pfnOf,
  pfnOfHalves,
} from '../iommu/index.ts';
import {
  type DmaAttrs,
  type DmaDirection,
  type KernelError,
  type KernelResult,
  kernelError,
  kernelOk,
} from '../uapi/index.ts';
import type { DmaDevice } from './dma-device.ts';
import { DMA_IOMMU_FILE, dmaInfoToProt, iommuDmaAllocIova, iommuDmaFreeIova } from './dma-iommu.ts';

/** A run of I/O addresses. `struct dma_iova_state`. Unused while `size` is 0. */
export interface DmaIovaState {
  /** First byte. */
  addr: Iova;
  /** Bytes asked for; 0: no space was taken. */
  size: bigint;
}

const DONE: KernelResult<undefined> = kernelOk(undefined);
const SIZE_TOP_BIT = 1n << 63n;

/** A state that holds nothing. */
export function newDmaIovaState(): DmaIovaState {
  return { addr: 0n as Iova, size: 0n };
}

/**
 * Does the state hold address space?
 * @kernel dma_use_iova include/linux/dma-mapping.h
 */
export function dmaUseIova(state: DmaIovaState): boolean {
  return state.size !== 0n;
}

/**
 * Takes address space for `size` bytes whose first lies at the page offset of `phys`.
 * @returns false, and an unused state, when the device has no dma-iommu, `size` is unfit or there is no room.
 * @kernel dma_iova_try_alloc drivers/iommu/dma-iommu.c
 */
export function dmaIovaTryAlloc(dev: DmaDevice, state: DmaIovaState, phys: PhysAddr, size: bigint): boolean {
  state.addr = 0n as Iova;
  state.size = 0n;
  const { domain } = dev;
  if (domain === undefined) return false;
  if (size === 0n) {
    dev.log.warnOnce(DMA_IOMMU_FILE, 'dma_iova_try_alloc: size is 0');
    return false;
  }
  if (size >= SIZE_TOP_BIT) {
    dev.log.warnOnce(DMA_IOMMU_FILE, 'dma_iova_try_alloc: top bit of size is set');
    return false;
  }
  const shift = domain.geometry.granuleShift;
  const pad = pageOffset(phys, shift);
  const iova = iommuDmaAllocIova(dev, domain, pageCount(size, pad, shift));
  if (iova === undefined) return false;
  state.addr = (pfnAddress(iova, shift) + BigInt(pad)) as Iova;
  state.size = size;
  return true;
}

/**
 * Maps `size` bytes at `phys` to the run's bytes from `offset`, without telling the IOMMU's caches: {@link dmaIovaSync}
 * does that.
 * @kernel dma_iova_link drivers/iommu/dma-iommu.c
 */
export function dmaIovaLink(
  dev: DmaDevice,
  state: DmaIovaState,
  phys: PhysAddr,
  offset: bigint,
  size: bigint,
  dir: DmaDirection,
  attrs: DmaAttrs,
): KernelResult<undefined> {
  const links = new DmaIovaLinks(dev, state.addr, dir, attrs);
  const at = [highHalf(phys), lowHalf(phys), highHalf(offset), lowHalf(offset)] as const;
  return links.link(...at, highHalf(size), lowHalf(size)) ?? DONE;
}

/**
 * Links range after range into one run of I/O addresses, all with the same direction and attributes: {@link dmaIovaLink}
 * in numbers, because for a million ranges a `bigint` or an object each costs more than the page table.
 */
export class DmaIovaLinks {
  readonly #dev: DmaDevice;
  readonly #prot: number;
  readonly #shift: number;
  /** The run's first page, and its first byte's place there. */
  readonly #firstPfn: Pfn;
  readonly #firstInPage: number;
  /** May parts of pages not be linked? */
  readonly #wholePages: boolean;

  /** @param addr first byte of a run in `dev`'s domain; where it has none every link fails */
  constructor(dev: DmaDevice, addr: Iova, dir: DmaDirection, attrs: DmaAttrs) {
    this.#dev = dev;
    this.#prot = dmaInfoToProt(dir, attrs);
    this.#shift = dev.domain?.geometry.granuleShift ?? 12;
    this.#firstPfn = pfnOf(addr, this.#shift);
    this.#firstInPage = pageOffset(addr, this.#shift);
    this.#wholePages = dev.untrusted && attrs.mmio === true;
  }

  /** Every value in its two halves; undefined on success. */
  link(
    physHigh: number,
    physLow: number,
    offsetHigh: number,
    offsetLow: number,
    sizeHigh: number,
    sizeLow: number,
  ): KernelError | undefined {
    const { domain, log } = this.#dev;
    if (domain === undefined) return kernelError('EOPNOTSUPP', 'dma_iova_link: no dma-iommu');
    const shift = this.#shift;
    const inPageBits = (1 << shift) - 1;
    const pad = physLow & inPageBits;
    if (pad !== 0 && (offsetHigh !== 0 || offsetLow !== 0)) {
      log.warnOnce(DMA_IOMMU_FILE, 'dma_iova_link: offset with an unaligned physical address');
      return kernelError('EIO', 'dma_iova_link: offset with an unaligned physical address');
    }
    if (this.#wholePages && (pad !== 0 || (sizeLow & inPageBits) !== 0)) {
      return kernelError('EPERM', 'dma_iova_link: part of a page for an untrusted device');
    }
    const inPage = this.#firstInPage + (offsetLow & inPageBits) - pad;
    const iova = this.#firstPfn + pfnOfHalves(offsetHigh, offsetLow, shift) + (inPage >> shift);
    const phys = pfnOfHalves(physHigh, physLow, shift);
    const pages = pageCountOfHalves(sizeHigh, sizeLow, pad, shift);
    const errno = domain.pageTable.map(iova, (inPage & inPageBits) !== 0, phys, pages, this.#prot);
    return errno === undefined ? undefined : kernelError(errno, 'dma_iova_link: iommu_map_nosync');
  }
}

/**
 * Makes the linked bytes [`offset`, `offset` + `size`) visible to the device.
 * @kernel dma_iova_sync drivers/iommu/dma-iommu.c
 */
export function dmaIovaSync(
  dev: DmaDevice,
  _state: DmaIovaState,
  _offset: bigint,
  _size: bigint,
): KernelResult<undefined> {
  if (dev.domain === undefined) return kernelError('EOPNOTSUPP', 'dma_iova_sync: no dma-iommu');
  if (dev.domain.fault?.('iotlb_sync_map') === true) return kernelError('EIO', 'dma_iova_sync: iotlb_sync_map');
  return DONE;
}

/**
 * Unmaps [`offset`, `offset` + `size`) of the run and keeps its address space.
 * @kernel dma_iova_unlink drivers/iommu/dma-iommu.c
 */
export function dmaIovaUnlink(dev: DmaDevice, state: DmaIovaState, offset: bigint, size: bigint): void {
  if (dev.domain !== undefined) unlink(dev, dev.domain, state, offset, size);
}

/**
 * Gives the whole run back; nothing may be linked.
 * @kernel dma_iova_free drivers/iommu/dma-iommu.c
 */
export function dmaIovaFree(dev: DmaDevice, state: DmaIovaState): void {
  const { domain } = dev;
  if (domain === undefined) return;
  const shift = domain.geometry.granuleShift;
  const pages = pageCount(state.size, pageOffset(state.addr, shift), shift);
  iommuDmaFreeIova(domain, pfnOf(state.addr, shift), pages, false);
}

/**
 * Unmaps the first `mappedLen` bytes and gives the run back. Before 7.3 only the linked part is given back.
 * @kernel dma_iova_destroy drivers/iommu/dma-iommu.c
 */
export function dmaIovaDestroy(dev: DmaDevice, state: DmaIovaState, mappedLen: bigint): void {
  const { domain } = dev;
  if (domain === undefined) return;
  if (mappedLen !== 0n) {
    const { iova, pages } = unlink(dev, domain, state, 0n, mappedLen);
    if (dev.behaviour.iovaDestroy === 'linked') {
      noteShortFree(dev, domain, state, pages);
      iommuDmaFreeIova(domain, iova, pages, true);
      return;
    }
  }
  dmaIovaFree(dev, state);
}

function noteShortFree(dev: DmaDevice, domain: DmaDomain, state: DmaIovaState, pages: Pfn): void {
  const shift = domain.geometry.granuleShift;
  const allocated = pageCount(state.size, pageOffset(state.addr, shift), shift);
  if (pages !== allocated) dev.log.touchDefect('iova-destroy-frees-linked-length');
}

/** @kernel __iommu_dma_iova_unlink drivers/iommu/dma-iommu.c */
function unlink(
  dev: DmaDevice,
  domain: DmaDomain,
  state: DmaIovaState,
  offset: bigint,
  size: bigint,
): { readonly iova: Pfn; readonly pages: Pfn } {
  const shift = domain.geometry.granuleShift;
  const first = state.addr + offset;
  const iova = pfnOf(first, shift);
  const pages = pageCount(size, pageOffset(first, shift), shift);
  const unmapped = domain.pageTable.unmap(iova, pages);
  if (unmapped !== pages) dev.log.warn(DMA_IOMMU_FILE, '__iommu_dma_iova_unlink: unmapped != size');
  return { iova, pages };
}
