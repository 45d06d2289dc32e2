/** A dma-buf in the hands of iommufd: one physical range, by the private way. drivers/iommu/iommufd/pages.c. */
import { DmaDevice, PLAIN_DIRECT_DMA } from '../dma/index.ts';
import {
  type DmaBuf,
  type DmaBufAttachment,
  type DmaBufKernel,
  dmaBufDetach,
  dmaBufDynamicAttach,
  dmaBufPin,
  dmaBufUnpin,
} from '../dma-buf/index.ts';
import { dmaBehaviourOf } from '../iommu/index.ts';
import type { PhysVec } from '../scatterlist/index.ts';
import { type KernelResult, kernelError, kernelOk } from '../uapi/index.ts';
import { vfioPciDmaBufIommufdMap } from '../vfio/index.ts';

/**
 * The attachment and the range. No table is made and P2PDMA is not asked: whoever may use the address space reaches the
 * BAR by its CPU physical address.
 * @kernel iopt_pages drivers/iommu/iommufd/io_pagetable.h
 */
export class DmabufPages {
  readonly dmabuf: DmaBuf;
  readonly #kernel: DmaBufKernel;
  readonly #onRevoke: (pages: DmabufPages) => void;
  #attach: DmaBufAttachment | undefined;
  #phys: PhysVec | undefined;

  private constructor(kernel: DmaBufKernel, dmabuf: DmaBuf, onRevoke: (pages: DmabufPages) => void) {
    this.#kernel = kernel;
    this.dmabuf = dmabuf;
    this.#onRevoke = onRevoke;
  }

  /**
   * Attaches with iommufd's own device, pins, and asks for the range. Takes over the caller's reference on success.
   * @param onRevoke called, with the reservation lock held, when the memory is taken away
   * @returns what attaching or pinning gave; EOPNOTSUPP for buffers of others than vfio or of several ranges; ENODEV
   *   while revoked.
   * @kernel iopt_alloc_dmabuf_pages drivers/iommu/iommufd/pages.c
   */
  static open(kernel: DmaBufKernel, dmabuf: DmaBuf, onRevoke: (pages: DmabufPages) => void): KernelResult<DmabufPages> {
    const pages = new DmabufPages(kernel, dmabuf, onRevoke);
    const attached = dmaBufDynamicAttach(kernel, dmabuf, miscDevice(kernel), {
      allowPeer2peer: true,
      invalidateMappings: () => pages.#revoke(),
    });
    if (!attached.ok) return attached;
    pages.#attach = attached.value;
    dmabuf.resv.lock();
    const pinned = dmaBufPin(kernel, attached.value);
    const phys = pinned.ok ? vfioPciDmaBufIommufdMap(attached.value) : pinned;
    if (pinned.ok && !phys.ok) dmaBufUnpin(kernel, attached.value);
    dmabuf.resv.unlock();
    if (!phys.ok) {
      dmaBufDetach(kernel, dmabuf, attached.value);
      return phys;
    }
    pages.#phys = phys.value;
    return kernelOk(pages);
  }

  /** The range; undefined once it was taken away, for good. */
  get phys(): PhysVec | undefined {
    return this.#phys;
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
    if (this.#attach !== undefined) {
      dmabuf.resv.lock();
      dmaBufUnpin(this.#kernel, this.#attach);
      dmabuf.resv.unlock();
      dmaBufDetach(this.#kernel, dmabuf, this.#attach);
    }
    this.#attach = undefined;
    dmabuf.put();
  }

  /** @kernel iopt_revoke_notify drivers/iommu/iommufd/pages.c */
  #revoke(): void {
    if (this.#phys === undefined) return;
    this.#onRevoke(this);
    this.#phys = undefined;
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
