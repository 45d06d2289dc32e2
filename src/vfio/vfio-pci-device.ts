/** One PCI function in the hands of vfio-pci. drivers/vfio/pci/vfio_pci_core.c, `struct vfio_pci_core_device`. */
import { assert } from '../base/index.ts';
import type { DmaBufKernel, DmaBufOps, RevocableBuffer } from '../dma-buf/index.ts';
import type { P2pdmaProvider } from '../p2pdma/index.ts';
import type { PciFunction, PciTopology } from '../pci/index.ts';
import type { PhysVecArray } from '../scatterlist/index.ts';
import { IORESOURCE_MEM, type KernelResult, PCI_COMMAND_MEMORY } from '../uapi/index.ts';
import type { RegionRange } from './feature-layout.ts';
import { type VfioRules, vfioRulesOf } from './vfio-rules.ts';

/** What a driver says of parts of one region. */
export interface RegionPhys {
  readonly provider: P2pdmaProvider;
  readonly ranges: PhysVecArray;
}

/** A buffer that a device exported, as the device sees it. */
export interface VfioExport extends Required<Pick<DmaBufOps, 'map' | 'unmap'>>, RegionPhys, RevocableBuffer {
  /** Undefined once the device was closed: then it is revoked for good. */
  device: VfioPciDevice | undefined;
  /** Flags of the file: access mode and O_NONBLOCK, whatever else was asked. */
  readonly fileFlags: number;
  readonly closeOnExec: boolean;
  /** Was it ever revoked? */
  wasRevoked: boolean;
}

/**
 * What a vfio-pci variant driver brings.
 * @kernel vfio_pci_device_ops include/linux/vfio_pci_core.h
 */
export interface VfioPciDriver {
  readonly name: string;
  /** BARs that the driver makes up: they may be missing in the hardware. */
  readonly fakeBars: ReadonlySet<number>;
  /** The physical ranges of parts of a region; undefined: the driver exports nothing. */
  readonly getDmabufPhys:
    | ((device: VfioPciDevice, regionIndex: number, ranges: readonly RegionRange[]) => KernelResult<RegionPhys>)
    | undefined;
}

/** Steps that can be made to fail for lack of memory. */
export type VfioFaultStep = 'memdup_array_user' | 'vfio_pci_dma_buf' | 'phys_vec';

/** What a {@link VfioPciDevice} is made from; what is left out is as usual. */
export interface VfioPciDeviceSpec {
  readonly kernel: DmaBufKernel;
  readonly topology: PciTopology;
  readonly fn: PciFunction;
  readonly driver: VfioPciDriver;
  /** Has the function a way to be reset by itself? See `resetMethod`. */
  readonly resetWorks: boolean;
  /** CONFIG_VFIO_PCI_DMABUF; default true. */
  readonly configDmabuf?: boolean;
  /** BARs that another driver holds or that could not be mapped. */
  readonly unclaimedBars?: ReadonlySet<number>;
  /** Is there something in the expansion ROM? Default: where there is a ROM BAR. */
  readonly romReadable?: boolean;
  /** As the authors meant it, without defects. */
  readonly intended?: boolean;
  readonly fault?: (step: VfioFaultStep) => boolean;
}

/** D0 ... D3cold. */
export type PciPowerState = 0 | 1 | 2 | 3 | 4;

const D3HOT = 3;
const LAST_BAR = 5;

/** The function, as long as it is bound. A user opens it, exports, and closes it. */
export class VfioPciDevice {
  readonly kernel: DmaBufKernel;
  readonly topology: PciTopology;
  readonly fn: PciFunction;
  readonly driver: VfioPciDriver;
  readonly rules: VfioRules;
  readonly resetWorks: boolean;
  readonly configDmabuf: boolean;
  readonly romReadable: boolean;
  readonly fault: VfioPciDeviceSpec['fault'];
  /** Exported buffers, oldest first. */
  readonly dmabufs: VfioExport[] = [];
  /** The command register as the user sees it. */
  virtualCommand = 0;
  powerState: PciPowerState = 0;
  /** False once the driver is unbound. */
  registered = true;
  readonly #unclaimedBars: ReadonlySet<number>;
  #openCount = 0;
  #memoryLockHeld = false;

  constructor(spec: VfioPciDeviceSpec) {
    this.kernel = spec.kernel;
    this.topology = spec.topology;
    this.fn = spec.fn;
    this.driver = spec.driver;
    this.rules = vfioRulesOf(spec.kernel.version, spec.intended === true);
    this.resetWorks = spec.resetWorks;
    this.configDmabuf = spec.configDmabuf ?? true;
    this.romReadable = spec.romReadable ?? true;
    this.fault = spec.fault;
    this.#unclaimedBars = spec.unclaimedBars ?? new Set();
  }

  /** Open files of the device. */
  get openCount(): number {
    return this.#openCount;
  }

  /**
   * The user opens the device: it is enabled, and with it memory decoding where there is a memory BAR.
   * @kernel vfio_pci_core_enable drivers/vfio/pci/vfio_pci_core.c
   */
  open(): void {
    if (this.#openCount++ > 0) return;
    const bars = this.fn.resources.slice(0, LAST_BAR + 1);
    const hasMemory = bars.some((bar) => bar !== undefined && (bar.flags & IORESOURCE_MEM) !== 0);
    this.virtualCommand = hasMemory ? PCI_COMMAND_MEMORY : 0;
    this.powerState = 0;
  }

  /** @returns whether it was the last open file. */
  dropOpen(): boolean {
    assert(this.#openCount > 0, 'only an open device is closed');
    return --this.#openCount === 0;
  }

  /** Bytes of a BAR; 0: it is not there, or is the upper half of another. */
  barSize(bar: number): bigint {
    const resource = bar <= LAST_BAR ? this.fn.resources[bar] : undefined;
    return resource === undefined ? 0n : resource.cpu.end - resource.cpu.start;
  }

  /** Does vfio hold the BAR? */
  hasClaimed(bar: number): boolean {
    return this.barSize(bar) > 0n && !this.#unclaimedBars.has(bar);
  }

  /**
   * Would the function answer an access to its memory?
   * @kernel __vfio_pci_memory_enabled drivers/vfio/pci/vfio_pci_config.c
   */
  memoryEnabled(): boolean {
    const isVirtualFunction = this.fn.physfn !== undefined;
    return this.powerState < D3HOT && (isVirtualFunction || (this.virtualCommand & PCI_COMMAND_MEMORY) !== 0);
  }

  /** @kernel vfio_pci_core_device.memory_lock include/linux/vfio_pci_core.h */
  lockMemory(): void {
    assert(!this.#memoryLockHeld, 'the memory lock is free: another call on the device still sleeps');
    this.#memoryLockHeld = true;
  }

  /** Ends {@link lockMemory}. */
  unlockMemory(): void {
    assert(this.#memoryLockHeld, 'the memory lock is held');
    this.#memoryLockHeld = false;
  }
}
