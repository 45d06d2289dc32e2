/** Every function of a machine as a DMA device, with the address spaces that IOMMU groups share. */
import { type AddrRange, type PhysAddr, unshown } from '../base/index.ts';
import {
  type CapturedIommuGroup,
  type Fact,
  factValue,
  known,
  NOT_IN_INPUT,
  type ReservedRegion,
  unreadable,
} from '../capture/index.ts';
import {
  capturedGrouping,
  type DefaultDomainType,
  type DmaBehaviour,
  DmaDomain,
  type DmaInference,
  defaultDomainType,
  dmaBehaviourOf,
  type FaultHook,
  type GeometryChoices,
  type Grouping,
  IOMMU_MMIO,
  IOMMU_WRITE,
  type IommuGroup,
  pfnOf,
  reservedOfGroup,
  reserveForDevice,
  usualRegions,
} from '../iommu/index.ts';
import type { PciFunction, PciTopology } from '../pci/index.ts';
import { formatBdf, type KernelCmdline, KernelLog, type KernelVersion } from '../uapi/index.ts';
import { DmaDevice } from './dma-device.ts';
import { type DmaHardware, dmaHardware } from './dma-hardware.ts';
import { iommuDmaAllocIova } from './dma-iommu.ts';
import { dmaBitMask } from './mapping.ts';

/** Which kernel answers, and what is supposed of the machine. */
export interface DmaWorldOptions {
  readonly kernel: KernelVersion;
  /** As the kernel's authors meant it. */
  readonly intended?: boolean;
  /** Another boot of the machine; left out: the machine as captured. */
  readonly whatIf?: WhatIfBoot;
  readonly geometry?: GeometryChoices;
  /** Where a group's interrupts go on arm64 (the page of `GITS_TRANSLATER`): in no input. Unknown: its page leads nowhere. */
  readonly msiDoorbell?: PhysAddr;
  /** The DMA mask of functions whose mask the input does not tell: 2^n - 1. Left out: such functions stay unknown. */
  readonly assumedMaskBits?: number;
  /** Addresses that the buses above a function carry, `dev->bus_dma_limit`: in no input. Default 0, no limit. */
  readonly busDmaLimit?: (fn: PciFunction) => bigint;
  readonly fault?: FaultHook;
  readonly log?: KernelLog;
}

/** A boot with another command line, or other groups. */
export interface WhatIfBoot {
  readonly cmdline: KernelCmdline;
  /** The groups of that boot; undefined: it runs without an IOMMU. */
  readonly grouping: Grouping | undefined;
}

/** An address space that user space fills: of vfio's devices, by iommufd. */
export interface UserSpace {
  readonly domain: DmaDomain;
  /** The functions that share it: an IOMMU group. */
  readonly members: readonly PciFunction[];
  /** Addresses that it must not use. */
  readonly reserved: readonly AddrRange[];
}

/** The DMA side of a machine, changing as mappings are made. */
export class DmaWorld {
  readonly log: KernelLog;
  readonly behaviour: DmaBehaviour;
  readonly #topology: PciTopology;
  readonly #options: DmaWorldOptions;
  readonly #hardware: DmaHardware;
  readonly #grouping: Grouping | undefined;
  readonly #domains = new Map<number, DmaDomain | undefined>();
  readonly #devices = new Map<PciFunction, Fact<DmaDevice>>();
  readonly #inferred = new Map<string, DmaInference>();

  constructor(topology: PciTopology, options: DmaWorldOptions) {
    this.log = options.log ?? new KernelLog();
    this.behaviour = dmaBehaviourOf(options.kernel, options.intended === true);
    this.#topology = topology;
    this.#options = options;
    this.#hardware = dmaHardware(topology, options.kernel, options.whatIf?.cmdline, options.geometry ?? {});
    this.#grouping = options.whatIf === undefined ? capturedGrouping(topology) : options.whatIf.grouping;
  }

  /** The function as a DMA device, the same one at every call; unreadable where the input does not tell enough. */
  device(fn: PciFunction): Fact<DmaDevice> {
    let device = this.#devices.get(fn);
    if (device === undefined) {
      device = this.#makeDevice(fn);
      this.#devices.set(fn, device);
    }
    return device;
  }

  /** What was supposed so far, because the input does not tell. */
  get inferred(): readonly DmaInference[] {
    return [...this.#inferred.values()];
  }

  /** The kind of default domain of a function's group; absent where it has no group. */
  domainType(fn: PciFunction): Fact<DefaultDomainType> {
    if (this.#options.whatIf === undefined && fn.captured.iommuGroup.state !== 'known') return fn.captured.iommuGroup;
    if (this.#options.whatIf === undefined && this.#grouping === undefined) return NOT_IN_INPUT;
    const group = this.#grouping?.of(fn);
    return group === undefined ? { state: 'absent' } : this.#typeOf(group);
  }

  /** Lets `ms` milliseconds pass everywhere: flush queues and caches. */
  elapse(ms: number): void {
    for (const domain of this.#domains.values()) domain?.elapse(ms);
  }

  /** An empty address space of a function's group, as user space gets one; undefined where the function has no group. */
  userSpace(fn: PciFunction): UserSpace | undefined {
    const group = this.#grouping?.of(fn);
    if (group === undefined) return undefined;
    const { geometry } = this.#hardware;
    const { behaviour, log } = this;
    const domain = new DmaDomain({ type: 'DMA', geometry, behaviour, log, fault: this.#options.fault });
    const kept = this.#regionsOf(group).filter(({ type }) => type !== 'direct-relaxable');
    return { domain, members: group.members.map((member) => member.fn), reserved: kept.map(({ range }) => range) };
  }

  #regionsOf(group: IommuGroup): readonly ReservedRegion[] {
    const { kind } = this.#hardware;
    const captured = factValue(this.#captured(group)?.reservedRegions ?? NOT_IN_INPUT);
    if (captured !== undefined) return reservedOfGroup(kind, captured);
    this.#note({ code: 'reserved-regions', text: 'no regions reserved by firmware: they are not in this input' });
    const members = group.members.map((member) => member.fn);
    return usualRegions(kind, members);
  }

  #typeOf(group: IommuGroup): Fact<DefaultDomainType> {
    const { capture } = this.#topology;
    if (this.#options.whatIf !== undefined) {
      const members = group.members.map((member) => member.fn);
      const choice = defaultDomainType(
        members,
        this.#hardware.unit,
        this.#options.whatIf.cmdline,
        capture.kernel.config,
      );
      if (choice.reasons.includes('pasid-unreadable')) {
        this.#note({ code: 'pasid', text: 'devices without PASID: their capabilities were not read' });
      }
      return known(choice.type);
    }
    const type = this.#captured(group)?.type ?? NOT_IN_INPUT;
    if (type.state !== 'known') return unreadable('the type of the IOMMU group is not in this input');
    const name = unshown(type.value);
    return known(name === 'DMA' || name === 'DMA-FQ' ? name : 'identity');
  }

  #captured(group: IommuGroup): CapturedIommuGroup | undefined {
    const groups = factValue(this.#topology.capture.iommuGroups) ?? [];
    const first = group.members[0]?.fn.bdf;
    return groups.find(({ devices }) => first !== undefined && devices.includes(first));
  }

  #makeDevice(fn: PciFunction): Fact<DmaDevice> {
    const mask = this.#maskOf(fn);
    if (mask.state === 'unreadable') return mask;
    const type = this.domainType(fn);
    if (type.state === 'unreadable') return type;
    const translated = type.state === 'known' && type.value !== 'identity' ? type.value : undefined;
    const group = translated === undefined ? undefined : this.#grouping?.of(fn);
    return known(
      new DmaDevice({
        name: formatBdf(fn.bdf),
        domain: translated === undefined || group === undefined ? undefined : this.#domainOf(group, translated),
        behaviour: this.behaviour,
        log: this.log,
        dmaMask: factValue(mask),
        busDmaLimit: this.#options.busDmaLimit?.(fn) ?? 0n,
        pci32bitWorkaround: this.#hardware.cmdline.iommu.forceDac !== true,
        untrusted: false,
        direct: this.#hardware.direct,
      }),
    );
  }

  #maskOf(fn: PciFunction): Fact<bigint> {
    const { dmaMaskBits } = fn.captured;
    if (dmaMaskBits.state === 'known') return known(dmaBitMask(dmaMaskBits.value));
    const assumed = this.#options.assumedMaskBits;
    if (dmaMaskBits.state === 'absent' || assumed === undefined) return dmaMaskBits;
    this.#note({ code: 'dma-mask', text: `DMA masks of ${assumed} bits` });
    return known(dmaBitMask(assumed));
  }

  #domainOf(group: IommuGroup, type: 'DMA' | 'DMA-FQ'): DmaDomain {
    const made = this.#domains.get(group.number);
    if (made !== undefined) return made;
    const { kind, geometry, inferred } = this.#hardware;
    for (const inference of inferred) this.#note(inference);
    const domain = new DmaDomain({
      type,
      geometry,
      behaviour: this.behaviour,
      log: this.log,
      fault: this.#options.fault,
    });
    this.#domains.set(group.number, domain);
    const members = group.members.map((member) => member.fn);
    const regions = this.#regionsOf(group);
    const first = members[0];
    if (first !== undefined) {
      if (first.hostBridge.windows.state !== 'known') {
        this.#note({
          code: 'host-bridge-windows',
          text: 'no addresses kept free for the host bridge: its windows were not read',
        });
      }
      reserveForDevice(domain, first, regions);
    }
    if (kind === 'smmuv3') this.#takeDoorbell(domain, members);
    return domain;
  }

  /**
   * The first member that uses MSI takes a page of the domain for its interrupts' address.
   * @kernel iommu_dma_get_msi_page drivers/iommu/dma-iommu.c
   */
  #takeDoorbell(domain: DmaDomain, members: readonly PciFunction[]): void {
    const user = members.find((fn) => factValue(fn.msiEnabled) === true);
    if (user === undefined) return;
    const mask = factValue(this.#maskOf(user)) ?? dmaBitMask(32);
    const device = new DmaDevice({
      name: formatBdf(user.bdf),
      domain,
      behaviour: this.behaviour,
      log: this.log,
      dmaMask: mask,
      busDmaLimit: 0n,
      pci32bitWorkaround: this.#hardware.cmdline.iommu.forceDac !== true,
      untrusted: false,
      direct: this.#hardware.direct,
    });
    const iova = iommuDmaAllocIova(device, domain, 1);
    this.#note({ code: 'msi-doorbell', text: 'one page of I/O addresses taken by interrupts where a port uses MSI' });
    const { msiDoorbell } = this.#options;
    if (iova === undefined || msiDoorbell === undefined) return;
    domain.pageTable.map(iova, false, pfnOf(msiDoorbell, domain.geometry.granuleShift), 1, IOMMU_WRITE | IOMMU_MMIO);
  }

  #note(inference: DmaInference): void {
    this.#inferred.set(inference.code, inference);
  }
}

/** The DMA side of a machine, before the first mapping. */
export function buildDmaWorld(topology: PciTopology, options: DmaWorldOptions): DmaWorld {
  return new DmaWorld(topology, options);
}
