/**
 * A dma-buf in the hands of iommufd: its physical ranges, of which there is one where they come by the private way, or any
 * number where mapping types are negotiated. drivers/iommu/iommufd/pages.c.
 */
import { u64 } from '../base/index.ts';
import { DmaDevice, PLAIN_DIRECT_DMA } from '../dma/index.ts';
import {
  type DmaBuf,
  type DmaBufAttachment,
  type DmaBufAttachOps,
  type DmaBufKernel,
  type DmaBufPhysList,
  dmaBufDetach,
  dmaBufDynamicAttach,
  dmaBufMappingAttach,
  dmaBufPalMapPhys,
  dmaBufPalUnmapPhys,
  dmaBufPin,
  dmaBufUnpin,
  PAL_IMPORTER,
} from '../dma-buf/index.ts';
import { dmaBehaviourOf, type Pfn, pfnOf } from '../iommu/index.ts';
import { PhysVecArray } from '../scatterlist/index.ts';
import { type KernelResult, kernelError, kernelOk } from '../uapi/index.ts';
import { vfioPciDmaBufIommufdMap } from '../vfio/index.ts';

/** A stretch of a buffer in whole pages. */
export interface PageRun {
  /** CPU physical page. */
  readonly pfn: Pfn;
  readonly pages: Pfn;
}

/**
 * The attachment and the ranges. No table is made and P2PDMA is not asked: whoever may use the address space reaches the
 * memory by its CPU physical address.
 * @kernel iopt_pages drivers/iommu/iommufd/io_pagetable.h
 */
export class DmabufPages {
  readonly dmabuf: DmaBuf;
  readonly #kernel: DmaBufKernel;
  readonly #onRevoke: (pages: DmabufPages) => void;
  #attach: DmaBufAttachment | undefined;
  #phys: PhysVecArray | undefined;
  /** What is to be given back; undefined by the private way. */
  #list: DmaBufPhysList | undefined;

  private constructor(kernel: DmaBufKernel, dmabuf: DmaBuf, onRevoke: (pages: DmabufPages) => void) {
    this.#kernel = kernel;
    this.dmabuf = dmabuf;
    this.#onRevoke = onRevoke;
  }

  /**
   * Attaches and asks for the ranges. Takes over the caller's reference on success.
   * @param onRevoke called, with the reservation lock held, when the memory is taken away
   * @returns what attaching, pinning or mapping gave. By the private way EOPNOTSUPP for buffers of others than vfio or of
   *   several ranges, ENODEV while revoked; by negotiation EINVAL for exporters that list no addresses.
   * @kernel iopt_alloc_dmabuf_pages drivers/iommu/iommufd/pages.c
   */
  static open(kernel: DmaBufKernel, dmabuf: DmaBuf, onRevoke: (pages: DmabufPages) => void): KernelResult<DmabufPages> {
    const pages = new DmabufPages(kernel, dmabuf, onRevoke);
    const opened = kernel.rules.mappingTypes === 'none' ? pages.#openPrivately() : pages.#openByNegotiation();
    return opened.ok ? kernelOk(pages) : opened;
  }

  /** The ranges; undefined once they were taken away, for good. */
  get phys(): PhysVecArray | undefined {
    return this.#phys;
  }

  /**
   * The pages from byte `start` of the buffer on, as the kernel walks its ranges: whole ranges are skipped, then each
   * gives the whole pages it has left. Fewer than `count` where the ranges end before.
   * @param start a multiple of the page size
   */
  *runs(start: bigint, count: Pfn): Generator<PageRun> {
    const { log, rules } = this.#kernel;
    const shift = rules.pageShift;
    const phys = this.#phys ?? [];
    let base = 0n;
    let at = start;
    let left = count;
    for (const { paddr, len } of phys) {
      const end = base + len;
      if (left > 0 && end > at) {
        // After a range with a rest below a page this is before the range, and wraps.
        const offset = at - base;
        const pages = Math.min(left, Number((len - offset) >> BigInt(shift)));
        if (offset < 0n) log.touchDefect('pal-entry-not-whole-pages');
        if (pages > 0) yield { pfn: pfnOf(u64(paddr + offset), shift), pages };
        left -= pages;
        at += BigInt(pages) << BigInt(shift);
      }
      base = end;
    }
    if (left === 0) return;
    log.notice('BUG: out-of-bounds read in pfn_reader_fill_dmabuf');
    log.touchDefect('pal-list-shorter-than-size');
  }

  /**
   * Would a kernel or emulated device be given these pages to read and write? Never: they are no memory.
   * @kernel iommufd_access_pin_pages drivers/iommu/iommufd/device.c
   */
  accessPin(): KernelResult<never> {
    return kernelError('EINVAL', 'iommufd_access_pin_pages: a dma-buf');
  }

  /** Lets go of the buffer. */
  close(): void {
    const { dmabuf } = this;
    const attach = this.#attach;
    if (attach !== undefined) {
      dmabuf.resv.lock();
      if (this.#kernel.rules.mappingTypes === 'none') dmaBufUnpin(this.#kernel, attach);
      this.#giveBack();
      dmabuf.resv.unlock();
      dmaBufDetach(this.#kernel, dmabuf, attach);
    }
    this.#attach = undefined;
    dmabuf.put();
  }

  /** With iommufd's own device, pinned, by the function that vfio has for it. */
  #openPrivately(): KernelResult<undefined> {
    const kernel = this.#kernel;
    const attached = dmaBufDynamicAttach(kernel, this.dmabuf, miscDevice(kernel), this.#ops());
    if (!attached.ok) return attached;
    this.#attach = attached.value;
    this.dmabuf.resv.lock();
    const pinned = dmaBufPin(kernel, attached.value);
    const phys = pinned.ok ? vfioPciDmaBufIommufdMap(attached.value) : pinned;
    if (pinned.ok && !phys.ok) dmaBufUnpin(kernel, attached.value);
    this.dmabuf.resv.unlock();
    if (!phys.ok) return this.#abandon(attached.value, phys);
    this.#phys = PhysVecArray.of([[phys.value.paddr, phys.value.len]]);
    return kernelOk(undefined);
  }

  /** As an importer of addresses and of nothing else. */
  #openByNegotiation(): KernelResult<undefined> {
    const kernel = this.#kernel;
    const attached = dmaBufMappingAttach(kernel, this.dmabuf, [PAL_IMPORTER], this.#ops());
    if (!attached.ok) return attached;
    this.#attach = attached.value;
    this.dmabuf.resv.lock();
    const list = dmaBufPalMapPhys(kernel, attached.value);
    if (list.ok) {
      this.#list = list.value;
      this.#phys = list.value.phys;
    }
    const refused = list.ok ? this.#unfit(list.value.phys) : undefined;
    if (refused !== undefined) this.#giveBack();
    this.dmabuf.resv.unlock();
    if (!list.ok) return this.#abandon(attached.value, list);
    return refused === undefined ? kernelOk(undefined) : this.#abandon(attached.value, refused);
  }

  /** Why the intended code takes no such list. */
  #unfit(phys: PhysVecArray): KernelResult<never> | undefined {
    const { rules } = this.#kernel;
    if (rules.hasMatchDefect('pal-entry-not-whole-pages')) return undefined;
    const inPage = (1n << BigInt(rules.pageShift)) - 1n;
    for (const { paddr, len } of phys) {
      if (((paddr | len) & inPage) !== 0n) return kernelError('EINVAL', 'iopt_map_dmabuf: a range of parts of pages');
    }
    const short = phys.sumOfLengths() < this.dmabuf.size;
    return short ? kernelError('EINVAL', 'iopt_map_dmabuf: fewer addresses than the buffer has bytes') : undefined;
  }

  #ops(): DmaBufAttachOps {
    return { allowPeer2peer: true, invalidateMappings: () => this.#revoke() };
  }

  #abandon(attach: DmaBufAttachment, error: KernelResult<never>): KernelResult<never> {
    dmaBufDetach(this.#kernel, this.dmabuf, attach);
    this.#attach = undefined;
    return error;
  }

  #giveBack(): void {
    if (this.#list !== undefined && this.#attach !== undefined) {
      dmaBufPalUnmapPhys(this.#kernel, this.#attach, this.#list);
    }
    this.#list = undefined;
    this.#phys = undefined;
  }

  /** @kernel iopt_revoke_notify drivers/iommu/iommufd/pages.c */
  #revoke(): void {
    if (this.#phys === undefined) return;
    this.#onRevoke(this);
    this.#giveBack();
  }
}

/** The misc device of iommufd: it does no DMA and is no PCI function. */
function miscDevice(kernel: DmaBufKernel): DmaDevice {
  return new DmaDevice({
    name: 'iommu',
    domain: undefined,
    behaviour: dmaBehaviourOf(kernel.version, false),
    log: kernel.log,
    dmaMask: undefined,
    busDmaLimit: 0n,
    pci32bitWorkaround: false,
    untrusted: false,
    direct: PLAIN_DIRECT_DMA,
  });
}
