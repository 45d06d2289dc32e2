/** Linking in numbers: for a million ranges a `bigint` or an object each costs more than the page table. */
import type { Iova } from '../base/index.ts';
import { type Pfn, pageCountOfHalves, pageOffset, pfnOf, pfnOfHalves } from '../iommu/index.ts';
import { type DmaDirection, type KernelError, kernelError } from '../uapi/index.ts';
import type { DmaAttrs } from './dma-attrs.ts';
import type { DmaDevice } from './dma-device.ts';
import { DMA_IOMMU_FILE, dmaInfoToProt } from './dma-iommu.ts';

/** Links range after range into one run of I/O addresses, all with the same direction and attributes. */
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

  /** As `dmaIovaLink`, every value in two halves of 32 bits; undefined on success. */
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
