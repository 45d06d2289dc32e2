/**
 * A described machine as arguments of QEMU: its tree, ports with and without ACS, BARs by size, processor and IOMMU.
 * Ids are those of QEMU's devices. What QEMU has nothing for is refused with a sentence.
 */
import { hex } from '../../src/base/index.ts';
import { factValue } from '../../src/capture/index.ts';
import {
  deviceKind,
  type HostBridge,
  type MachineIommu,
  PCI_CLASS_SYSTEM_IOMMU,
  type PciFunction,
  type PciTopology,
} from '../../src/pci/index.ts';
import {
  bdfBus,
  bdfDevice,
  bdfFunction,
  formatBdf,
  IORESOURCE_MEM,
  IORESOURCE_PREFETCH,
  PCI_EXP_TYPE_DOWNSTREAM,
  PCI_EXP_TYPE_PCI_BRIDGE,
  PCI_EXP_TYPE_ROOT_PORT,
  PCI_EXP_TYPE_UPSTREAM,
} from '../../src/uapi/index.ts';
import type { Arch } from './arch.ts';
import { Unavailable } from './packages.ts';

/** Arguments, and what stands in for what. */
export interface QemuMachine {
  readonly arch: Arch;
  /** Several root buses of an arm64 machine are found by its firmware alone. */
  readonly uefi: boolean;
  readonly args: readonly string[];
  /** Devices that are plugged in later. */
  readonly plugged: readonly string[];
  readonly cpu: string;
  readonly iommu: 'none' | MachineIommu;
  /** Sentences. */
  readonly standIns: readonly string[];
}

/** Slots of the root bus that the emulated chipset and IOMMUs take. */
const TAKEN_SLOTS: Readonly<Record<Arch, readonly number[]>> = { amd64: [0, 1, 0x1e, 0x1f], arm64: [0] };
const MEBIBYTE = 0x10_0000n;
/** The largest BAR that is made; larger ones become as large. */
const LARGEST_BAR = 0x1_0000_0000n;

/**
 * Translates. `later`: endpoints that are not there at boot, each alone below its port.
 * @throws Unavailable with one sentence for what QEMU has not
 */
export function qemuMachine(topology: PciTopology, later: readonly PciFunction[] = []): QemuMachine {
  const iommu = factValue(topology.platform.iommu) ?? 'none';
  const arch = iommu === 'smmuv3' || factValue(topology.platform.architecture) === 'arm64' ? 'arm64' : 'amd64';
  if (arch === 'arm64' && iommu !== 'none' && iommu !== 'smmuv3') refuse(`an IOMMU of the kind ${iommu} on ${arch}`);
  const virtual = topology.functions.find(({ physfn }) => physfn !== undefined);
  if (virtual !== undefined) refuse(`virtual functions that are there at boot (${formatBdf(virtual.bdf)})`);
  const zen = factValue(topology.platform.zen);
  const cpu = arch === 'arm64' ? 'neoverse-n1' : zen === true ? 'EPYC' : 'Skylake-Server-v4';
  if (arch === 'arm64' && later.length > 0) refuse('plugging in while what an arm64 guest says takes standard output');
  for (const fn of later) {
    const alone =
      fn.parent !== undefined && topology.functions.every((other) => other === fn || other.parent !== fn.parent);
    if (!alone || fn.buses.state === 'known')
      refuse(`plugging in ${formatBdf(fn.bdf)}: it is no endpoint alone below a port`);
  }
  const writer = new Writer(topology, later, arch);
  for (const [index, bridge] of topology.hostBridges.entries()) writer.hostBridge(bridge, index);
  const units: Record<typeof iommu, readonly string[]> = {
    none: [],
    smmuv3: [],
    intel: ['-device', 'intel-iommu,intremap=on,caching-mode=off,aw-bits=48'],
    amd: ['-device', 'amd-iommu'],
    virtio: ['-device', 'virtio-iommu-pci,bus=pcie.0,addr=1e.0'],
  };
  const chipset =
    arch === 'arm64'
      ? `virt,accel=tcg,gic-version=3${iommu === 'smmuv3' ? ',iommu=smmuv3' : ''}`
      : 'q35,accel=tcg,kernel-irqchip=split';
  const base = `-M ${chipset} -cpu ${cpu} -m 1G -smp 1 -display none -nodefaults -no-reboot`;
  const args = [...base.split(' '), ...units[iommu], ...writer.args];
  const uefi = arch === 'arm64' && topology.hostBridges.length > 1;
  return { arch, uefi, args, plugged: writer.plugged, cpu, iommu, standIns: [...writer.standIns] };
}

function refuse(what: string): never {
  throw new Unavailable(`QEMU has nothing for ${what}`);
}

class Writer {
  readonly args: string[] = [];
  readonly plugged: string[] = [];
  readonly standIns = new Set<string>();
  readonly #topology: PciTopology;
  readonly #later: readonly PciFunction[];
  readonly #arch: Arch;
  #next = 1;

  constructor(topology: PciTopology, later: readonly PciFunction[], arch: Arch) {
    this.#topology = topology;
    this.#later = later;
    this.#arch = arch;
  }

  hostBridge(bridge: HostBridge, index: number): void {
    if (bridge.domain !== 0) refuse(`the PCI domain ${hex(bridge.domain)}`);
    const root = factValue(this.#topology.capture.rootBuses)?.find(({ bus }) => bus === bridge.bus);
    if (root?.platformNode.state === 'known' && this.#topology.hostBridges.length > 1)
      refuse('several host bridges of a device tree');
    const translating = (factValue(bridge.windows) ?? []).some(({ offset }) => offset !== 0n);
    if (translating) refuse('host bridges that translate addresses');
    let bus = 'pcie.0';
    if (index > 0) {
      const endpoint = bridge.rootFunctions.find((fn) => !isOfChipset(fn) && fn.buses.state !== 'known');
      if (endpoint !== undefined) refuse(`the endpoint ${formatBdf(endpoint.bdf)} on a root bus beside the first`);
      bus = `px${this.#next++}`;
      this.#device(`pxb-pcie,id=${bus},bus=pcie.0,bus_nr=${bridge.bus},addr=${(0x10 + index).toString(16)}`);
    }
    this.#bus(
      bus,
      bridge.rootFunctions.filter((fn) => !isOfChipset(fn)),
      index === 0 ? TAKEN_SLOTS[this.#arch] : [],
    );
  }

  /** The functions of a bus, slot by slot; those on `taken` slots move to free ones. */
  #bus(bus: string, functions: readonly PciFunction[], taken: readonly number[]): void {
    const slots = new Map<number, PciFunction[]>();
    for (const fn of functions) {
      const slot = slots.get(bdfDevice(fn.bdf)) ?? [];
      slots.set(bdfDevice(fn.bdf), slot);
      slot.push(fn);
    }
    const used = new Set([...taken, ...slots.keys()]);
    for (const [described, members] of slots) {
      let slot = described;
      if (taken.includes(described)) {
        for (slot = 3; used.has(slot); ) slot++;
        used.add(slot);
      }
      this.#slot(bus, slot, members);
    }
  }

  #slot(bus: string, slot: number, members: readonly PciFunction[]): void {
    const multi = members.length > 1 || members.some((fn) => bdfFunction(fn.bdf) > 0);
    if (!members.some((fn) => bdfFunction(fn.bdf) === 0)) {
      this.standIns.add('a test device stands in function 0 of slots whose function 0 is left out');
      this.#device(`pci-testdev,bus=${bus},addr=${slot.toString(16)}.0,multifunction=on`);
    }
    for (const fn of members) {
      const first = multi && bdfFunction(fn.bdf) === 0 ? ',multifunction=on' : '';
      this.#function(fn, `bus=${bus},addr=${slot.toString(16)}.${bdfFunction(fn.bdf)}${first}`);
    }
  }

  #function(fn: PciFunction, place: string): void {
    if (fn.buses.state !== 'known') {
      const device = `${this.#endpoint(fn)},${place}`;
      if (this.#later.includes(fn)) this.plugged.push(device);
      else this.#device(device);
      return;
    }
    const id = `b${this.#next++}`;
    this.#device(`${this.#bridge(fn)},id=${id},${place}`);
    const below = this.#topology.functions.filter((child) => child.parent === fn && child.physfn === undefined);
    this.#bus(id, below, []);
  }

  #bridge(fn: PciFunction): string {
    const number = this.#next++;
    const slot = `chassis=${number},slot=${number}`;
    const hasAcs = fn.acs.state === 'known';
    switch (fn.pcie.state === 'known' ? fn.pcie.value.type : undefined) {
      case PCI_EXP_TYPE_ROOT_PORT:
        return hasAcs ? `pcie-root-port,${slot}` : `pcie-root-port,disable-acs=on,${slot}`;
      case PCI_EXP_TYPE_UPSTREAM:
        return 'x3130-upstream';
      case PCI_EXP_TYPE_DOWNSTREAM:
        if (!hasAcs) return `xio3130-downstream,${slot}`;
        this.standIns.add(
          'switch ports with ACS are root ports below a switch: they call themselves so, and act alike',
        );
        return `pcie-root-port,${slot}`;
      case PCI_EXP_TYPE_PCI_BRIDGE:
        return 'pcie-pci-bridge';
      case undefined:
        return `pci-bridge,chassis_nr=${number}`;
      default:
        return refuse(`the bridge ${formatBdf(fn.bdf)}`);
    }
  }

  /** By what its memory looks like to others: one BAR, prefetchable or not, of that size. */
  #endpoint(fn: PciFunction): string {
    const kind = deviceKind(fn);
    const bars = fn.resources.slice(0, 6).filter((bar) => bar !== undefined && (bar.flags & IORESOURCE_MEM) !== 0);
    const sizes = bars.map((bar) => (bar === undefined ? 0n : bar.cpu.end - bar.cpu.start));
    const largest = sizes.reduce((most, size) => (size > most ? size : most), 0n);
    const wide = bars.some((bar) => bar !== undefined && (bar.flags & IORESOURCE_PREFETCH) !== 0);
    if (kind === 'nvme') return `nvme,serial=s${this.#next++}`;
    this.standIns.add('endpoints are devices of QEMU with a BAR of the size of their largest one, at most 4 GiB');
    if (!wide && largest <= MEBIBYTE) return 'edu';
    const size = largest > LARGEST_BAR ? LARGEST_BAR : largest < MEBIBYTE ? MEBIBYTE : largest;
    return `pci-testdev,membar=${size / MEBIBYTE}M`;
  }

  #device(text: string): void {
    this.args.push('-device', text);
  }
}

/** What every emulated machine has of its own, or makes from other arguments. */
function isOfChipset(fn: PciFunction): boolean {
  const kind = deviceKind(fn);
  const isIommu = factValue(fn.ids.baseAndSubClass) === PCI_CLASS_SYSTEM_IOMMU;
  return isIommu || kind === 'host-bridge' || (bdfBus(fn.bdf) === 0 && bdfDevice(fn.bdf) === 0x1f);
}
