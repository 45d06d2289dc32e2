/** A device as the DMA layer sees it. include/linux/device.h `struct device`, the DMA part. */
import { U64_MAX } from '../base/index.ts';
import { type DmaBehaviour, type DmaDomain, pfnOf } from '../iommu/index.ts';
import type { KernelLog } from '../uapi/index.ts';

/** What is fixed when a device appears. */
export interface DmaDeviceSpec {
  /** Name in messages: the function's address. */
  readonly name: string;
  /** Its IOMMU domain; undefined: no translation, so dma-direct. */
  readonly domain: DmaDomain | undefined;
  readonly behaviour: DmaBehaviour;
  /** The machine's log. */
  readonly log: KernelLog;
  /** `*dev->dma_mask`, 2^n - 1; undefined: the device has none and cannot do DMA. */
  readonly dmaMask: bigint | undefined;
  /** `dev->bus_dma_limit`: last address the buses above can carry; 0 is no limit. */
  readonly busDmaLimit: bigint;
  /** Try addresses below 4 GiB first: every PCI device, unless `iommu.forcedac=1`. */
  readonly pci32bitWorkaround: boolean;
  /** Behind an external-facing port. */
  readonly untrusted: boolean;
  readonly direct: DirectDma;
}

/** What dma-direct asks of the platform. */
export interface DirectDma {
  /** `swiotlb=force`, or a restricted DMA pool of the device. */
  readonly swiotlbForce: boolean;
  /** Memory encryption: `host` is AMD SME active on bare metal, `guest` any of SEV, SEV-ES, SEV-SNP, TDX. */
  readonly memoryEncryption: 'none' | 'host' | 'guest';
  /** CPU to DMA address regions (`dma_range_map`); undefined: DMA addresses are CPU addresses. */
  readonly rangeMap: readonly DmaRange[] | undefined;
  /** The last address that a mask must cover to be accepted: min(end of RAM, end of ZONE_DMA). */
  readonly minimalMask: bigint;
}

/** One region of `dma_range_map`. Bytes. */
export interface DmaRange {
  readonly cpuStart: bigint;
  readonly dmaStart: bigint;
  readonly size: bigint;
}

/** A PC without memory encryption: nothing to translate, ZONE_DMA ends at 16 MiB. */
export const PLAIN_DIRECT_DMA: DirectDma = {
  swiotlbForce: false,
  memoryEncryption: 'none',
  rangeMap: undefined,
  minimalMask: 0xff_ffffn,
};

/** One device. Its mask and its preference for 32-bit addresses change with what it does. */
export class DmaDevice {
  readonly name: string;
  readonly domain: DmaDomain | undefined;
  readonly behaviour: DmaBehaviour;
  readonly log: KernelLog;
  readonly busDmaLimit: bigint;
  readonly untrusted: boolean;
  readonly direct: DirectDma;
  /** Cleared for good when the space below 4 GiB was found full once. `dev->iommu->pci_32bit_workaround`. */
  pci32bitWorkaround: boolean;
  #dmaMask: bigint | undefined;
  #iovaLimit = 0;

  constructor(spec: DmaDeviceSpec) {
    this.name = spec.name;
    this.domain = spec.domain;
    this.behaviour = spec.behaviour;
    this.log = spec.log;
    this.busDmaLimit = spec.busDmaLimit;
    this.untrusted = spec.untrusted;
    this.direct = spec.direct;
    this.pci32bitWorkaround = spec.pci32bitWorkaround;
    this.dmaMask = spec.dmaMask;
  }

  /** `*dev->dma_mask`; undefined: none. */
  get dmaMask(): bigint | undefined {
    return this.#dmaMask;
  }

  set dmaMask(mask: bigint | undefined) {
    this.#dmaMask = mask;
    if (this.domain === undefined) return;
    const { apertureEnd, granuleShift } = this.domain.geometry;
    const limit = this.addressLimit;
    this.#iovaLimit = pfnOf(limit < apertureEnd ? limit : apertureEnd, granuleShift);
  }

  /** Last DMA address the device can use: its mask and its bus limit, an absent one not counting. */
  get addressLimit(): bigint {
    const mask = this.#dmaMask ?? 0n;
    if (this.busDmaLimit === 0n) return mask === 0n ? U64_MAX : mask;
    return mask !== 0n && mask < this.busDmaLimit ? mask : this.busDmaLimit;
  }

  /** Last page of I/O address space that may be given to the device, within the aperture of its domain. */
  get iovaLimit(): number {
    return this.#iovaLimit;
  }
}
