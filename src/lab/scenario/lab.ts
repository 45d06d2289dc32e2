/** A booted machine whose exporters, importers and DMA engines can be used: every step of a scenario is a method. */
import { assert, defined } from '../../base/index.ts';
import { factValue } from '../../capture/index.ts';
import { type DmaBuf, FileTable, type Sleeping } from '../../dma-buf/index.ts';
import type { DmaDomain } from '../../iommu/index.ts';
import { type DeviceLabels, deviceLabels, type PciFunction } from '../../pci/index.ts';
import { formatBdf } from '../../uapi/index.ts';
import { resetMethod, VFIO_PCI, VfioPciDevice } from '../../vfio/index.ts';
import { DeviceCalls } from './device-calls.ts';
import type { LabMachine } from './lab-machine.ts';
import type { LabAddressSpace, LabAttachment, LabBuffer, LabMapping, LabRegion } from './lab-objects.ts';
import { SparseMemory } from './sparse-memory.ts';

/** The memory behind one BAR. */
export interface BarMemory {
  readonly fn: PciFunction;
  readonly bar: number;
  readonly memory: SparseMemory;
}

/** What there is while a scenario runs. */
export class Lab {
  readonly machine: LabMachine;
  /** Descriptors of the one process that exports and imports. */
  readonly files: FileTable = new FileTable();
  readonly buffers: Map<string, LabBuffer> = new Map();
  readonly attachments: Map<string, LabAttachment> = new Map();
  readonly mappings: Map<string, LabMapping> = new Map();
  readonly regions: Map<string, LabRegion> = new Map();
  readonly spaces: Map<string, LabAddressSpace> = new Map();
  /** Memory of the machine, by physical address. */
  readonly ram: SparseMemory = new SparseMemory();
  /** Told of bytes that are looked at, piece by piece: reading is what takes long. */
  looked: (bytes: number) => void = () => {};
  readonly calls: DeviceCalls;
  readonly unplugged: Set<PciFunction> = new Set();
  readonly #bars = new Map<string, SparseMemory>();
  readonly #vfio = new Map<PciFunction, VfioPciDevice>();
  readonly #labels: DeviceLabels;
  #effects: string[] = [];

  constructor(machine: LabMachine) {
    this.machine = machine;
    this.#labels = deviceLabels(machine.topology);
    this.calls = new DeviceCalls((title) => this.effect(`${title} returns`));
  }

  /** What people call a function. */
  nameOf(fn: PciFunction): string {
    return this.#labels.labelOf(fn) ?? formatBdf(fn.bdf);
  }

  /** Notes something that happened because of the step under way. */
  effect(text: string): void {
    this.#effects.push(text);
  }

  /** Hands out what was noted. */
  takeEffects(): readonly string[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** The memory behind a BAR. */
  memoryOf(fn: PciFunction, bar: number): SparseMemory {
    const key = `${fn.index}/${bar}`;
    let memory = this.#bars.get(key);
    if (memory === undefined) {
      memory = new SparseMemory();
      this.#bars.set(key, memory);
    }
    return memory;
  }

  /** Memory behind BARs that something looked at or wrote to. */
  *barMemories(): Generator<BarMemory> {
    for (const [key, memory] of this.#bars) {
      const [index, bar] = key.split('/').map(Number);
      yield { fn: defined(this.machine.topology.functions[index ?? -1], `function ${index}`), bar: bar ?? 0, memory };
    }
  }

  /** The function in the hands of vfio-pci, opened by a user. */
  vfioDevice(fn: PciFunction): VfioPciDevice {
    let device = this.#vfio.get(fn);
    if (device === undefined) {
      const { kernel, topology, intended } = this.machine;
      const resetWorks = factValue(resetMethod(topology, fn)) !== undefined;
      device = new VfioPciDevice({ kernel, topology, fn, driver: VFIO_PCI, resetWorks, intended });
      device.registered = !this.unplugged.has(fn);
      this.#vfio.set(fn, device);
    }
    if (device.openCount === 0 && device.registered) device.open();
    return device;
  }

  /** The same, if vfio-pci has it. */
  openedDevice(fn: PciFunction): VfioPciDevice | undefined {
    return this.#vfio.get(fn);
  }

  /** Does the function answer requests to its memory? */
  answers(fn: PciFunction): boolean {
    return !this.unplugged.has(fn) && this.#vfio.get(fn)?.memoryEnabled() !== false;
  }

  /** Attachment by the name of the step that made it. */
  attachment(name: string): LabAttachment {
    return defined(this.attachments.get(name), `attachment ${name}`);
  }

  /** Mapping by the name of the step that made it; it may have been taken back since. */
  mapping(name: string): LabMapping {
    return defined(this.mappings.get(name), `mapping ${name}`);
  }

  /** Region by the name of the step that made it; it may be deregistered. */
  region(name: string): LabRegion {
    return defined(this.regions.get(name), `region ${name}`);
  }

  /** Address space by the name of the step that made it. */
  space(name: string): LabAddressSpace {
    return defined(this.spaces.get(name), `address space ${name}`);
  }

  /** Drops a reference to a buffer; the last one needs the memory lock of the device, and may have to wait for it. */
  drop(buffer: LabBuffer, put: () => void): void {
    const { dmabuf } = buffer;
    const device = buffer.vfio?.device;
    assert(dmabuf.references > 0, 'a buffer that is held has references');
    if (device === undefined || dmabuf.references > 1) {
      put();
      return;
    }
    this.calls.make(device, `release of ${buffer.name}`, () => atOnce(put));
  }

  /** Pages that are mapped in I/O page tables. */
  mappedPages(): number {
    const domains = new Set<DmaDomain>();
    for (const fn of this.machine.topology.functions) {
      const domain = factValue(this.machine.world.device(fn))?.domain;
      if (domain !== undefined) domains.add(domain);
    }
    for (const { domain } of this.spaces.values()) domains.add(domain);
    let pages = 0;
    for (const { pageTable } of domains) for (const run of pageTable.runs()) pages += run.pages;
    return pages;
  }
}

const NO_WAIT: readonly DmaBuf[] = [];

/** A call that never sleeps once it has the memory lock. */
function* atOnce(run: () => void): Sleeping<void> {
  yield* NO_WAIT;
  run();
}
