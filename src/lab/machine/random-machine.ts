/** Seeded random machines for properties and benchmarks: every shape the model must bear, none of them likely. */
import { defined, type Prng } from '../../base/index.ts';
import type { MachineCapture } from '../../capture/index.ts';
import { PCI_ACS_CR, PCI_ACS_EC, PCI_ACS_RR, PCI_ACS_SV, PCI_ACS_UF, PCI_EXP_TYPE_LEG_END } from '../../uapi/index.ts';
import { buildMachine } from './build-machine.ts';
import { type DeviceKind, EMPTY_BRIDGE, functionSpec, memoryBar, PORT_ACS_CAP } from './device-kinds.ts';
import type {
  AcsSpec,
  CpuSpec,
  DeviceSpec,
  FunctionSpec,
  HostBridgeSpec,
  IommuSpec,
  MachineSpec,
  MissingFact,
  SriovSpec,
} from './machine-spec.ts';
import { GIB, KIB, MIB } from './place-addresses.ts';

/** What a random machine may have. */
export interface RandomMachineOptions {
  /** How many functions, exactly: ports and virtual functions count. At least 1. */
  readonly functions: number;
  /** Most switches between a root port and an endpoint. Default 3. */
  readonly levels?: number;
  /** Without it any; `none` leaves ACS control clear where a port does not say otherwise. */
  readonly iommu?: 'none' | 'intel' | 'amd' | 'smmuv3';
  /** May there be SR-IOV functions? Default true. */
  readonly virtualFunctions?: boolean;
  /** May there be conventional PCI bridges? Default true. */
  readonly conventional?: boolean;
  /** May facts be missing (config space cut, no CPU, no memory map)? Default false. */
  readonly missing?: boolean;
}

/** A random machine: the same generator state and options give the same machine. */
export function randomMachine(prng: Prng, options: RandomMachineOptions): MachineCapture {
  const built = buildMachine(randomMachineSpec(prng, options));
  return defined(built.ok ? built.value : undefined, built.ok ? '' : `room for a random machine: ${built.error.text}`);
}

/** The plan of a random machine, before numbers are given out. */
export function randomMachineSpec(prng: Prng, options: RandomMachineOptions): MachineSpec {
  const grower = new Grower(prng, options);
  const hostBridges: HostBridgeSpec[] = [];
  let domain = 0;
  let busesLeft = 256;
  while (grower.left > 0) {
    const before = grower.buses;
    const devices = grower.rootBus(Math.min(96, options.functions));
    const used = grower.buses - before + 1;
    if (used > busesLeft || (hostBridges.length > 0 && prng.oneIn(4))) {
      domain++;
      busesLeft = 256;
    }
    busesLeft -= used;
    hostBridges.push(hostBridge(domain, prng.oneIn(3) ? prng.below(4) : undefined, devices));
  }
  return {
    name: 'random machine',
    kernel: { release: '7.3.4', cmdline: 'quiet', config: new Map([['CONFIG_PCI_P2PDMA', 'y']]), modules: [] },
    cpu: defined(prng.pick(CPUS), 'a CPU'),
    memory: 16 * GIB,
    iommu: randomIommu(prng, options),
    hostBridges,
    missing: new Set(options.missing === true ? MISSING.filter(() => prng.oneIn(6)) : []),
  };
}

const MISSING: readonly MissingFact[] = ['cpu', 'iomem', 'iommu', 'kernel', 'root-buses', 'resources'];

const CPUS: readonly CpuSpec[] = [
  { vendorId: 'GenuineIntel', family: 6, modelName: 'Intel' },
  { vendorId: 'AuthenticAMD', family: 0x19, modelName: 'AMD Zen 3' },
  { vendorId: 'AuthenticAMD', family: 0x15, modelName: 'AMD before Zen' },
  { vendorId: undefined, family: undefined, modelName: undefined },
];

/** Host bridges on no allowlist, on it for the same bridge only, and on it. */
const HOST_IDS: readonly (readonly [number, number])[] = [
  [0x8086, 0x29c0],
  [0x8086, 0x2f00],
  [0x8086, 0x09a2],
  [0x8086, 0x2020],
  [0x1022, 0x14a4],
];

function randomIommu(prng: Prng, options: RandomMachineOptions): IommuSpec | undefined {
  const kind = options.iommu ?? defined(prng.pick(['none', 'intel', 'amd', 'smmuv3'] as const), 'an IOMMU');
  const groupType = defined(prng.pick(['DMA', 'DMA-FQ', 'identity'] as const), 'a group type');
  return kind === 'none' ? undefined : { kind, groupType };
}

function hostBridge(domain: number, numaNode: number | undefined, devices: readonly DeviceSpec[]): HostBridgeSpec {
  return {
    domain,
    bus: undefined,
    lastBus: undefined,
    numaNode,
    memoryWindow: undefined,
    prefetchableWindow: undefined,
    platform: undefined,
    behind: undefined,
    devices,
  };
}

/** Grows trees until the functions are used up. */
class Grower {
  /** Functions still to be made. */
  left: number;
  /** Bus numbers used, root buses aside. */
  buses = 0;
  readonly #prng: Prng;
  readonly #options: RandomMachineOptions;
  /** Functions the tree being grown may still take. */
  #quota = 0;

  constructor(prng: Prng, options: RandomMachineOptions) {
    this.#prng = prng;
    this.#options = options;
    this.left = options.functions;
  }

  /** The devices of one root bus with at most `quota` functions below and on it. */
  rootBus(quota: number): DeviceSpec[] {
    this.#quota = quota;
    const devices: DeviceSpec[] = [];
    if (!this.#prng.oneIn(4)) {
      const [vendor, device] = defined(this.#prng.pick(HOST_IDS), 'a host bridge id');
      this.#add(devices, () => functionSpec('host-bridge', { vendor, device }));
    }
    while (this.#room > 0 && devices.length < 32) {
      if (this.#prng.oneIn(12)) this.#add(devices, () => this.#endpoint('integrated'));
      else this.#addPort(devices, 'root-port', this.#options.levels ?? 3);
      if (this.#prng.oneIn(12)) break;
    }
    return devices;
  }

  get #room(): number {
    return Math.min(this.left, this.#quota);
  }

  /** Takes one function from the budget and adds what `make` gives, in a slot of its own. */
  #add(devices: DeviceSpec[], make: () => FunctionSpec): void {
    if (this.#room < 1) return;
    this.#take(1);
    devices.push({ slot: undefined, functions: [make()] });
  }

  #take(count: number): void {
    this.left -= count;
    this.#quota -= count;
  }

  #addPort(devices: DeviceSpec[], kind: DeviceKind, levels: number): void {
    this.#add(devices, () => {
      this.buses++;
      const bridge = { ...EMPTY_BRIDGE, devices: this.#behind(levels) };
      return functionSpec(kind, { bridge, acs: this.#acs(), ...this.#cut() });
    });
  }

  /** What is plugged into a port: a switch, a device, a conventional bus, nothing. */
  #behind(levels: number): DeviceSpec[] {
    const devices: DeviceSpec[] = [];
    if (this.#room < 1 || this.#prng.oneIn(10)) return devices;
    if (levels > 0 && this.#room > 3 && !this.#prng.oneIn(3)) {
      this.#add(devices, () => this.#switch(levels - 1));
    } else if (this.#options.conventional !== false && this.#prng.oneIn(16)) {
      this.#add(devices, () => this.#conventionalBridge('pcie-to-pci-bridge', 2));
    } else devices.push(this.#device());
    return devices;
  }

  #switch(levels: number): FunctionSpec {
    this.buses++;
    const ports: DeviceSpec[] = [];
    const wanted = 1 + this.#prng.below(4);
    while (ports.length < wanted && this.#room > 0) this.#addPort(ports, 'downstream-port', levels);
    const acs = this.#prng.oneIn(8) ? this.#acs() : undefined;
    return functionSpec('upstream-port', { bridge: { ...EMPTY_BRIDGE, devices: ports }, acs, ...this.#cut() });
  }

  #conventionalBridge(kind: DeviceKind, levels: number): FunctionSpec {
    this.buses++;
    const devices: DeviceSpec[] = [];
    const wanted = this.#prng.below(4);
    while (devices.length < wanted && this.#room > 0) {
      const deeper = levels > 0 && this.#prng.oneIn(3);
      const make = () => (deeper ? this.#conventionalBridge('pci-bridge', levels - 1) : functionSpec('pci-device'));
      this.#add(devices, make);
    }
    return functionSpec(kind, { bridge: { ...EMPTY_BRIDGE, devices }, ...this.#cut() });
  }

  /** One device of one to eight functions, one in five with virtual functions. */
  #device(): DeviceSpec {
    if (this.#options.virtualFunctions !== false && this.#prng.oneIn(5)) {
      this.#take(1);
      const numVfs = Math.min(this.#room, this.#prng.below(9));
      this.#take(numVfs);
      const sriov: SriovSpec = {
        totalVfs: Math.max(numVfs, 8),
        numVfs,
        firstOffset: undefined,
        stride: undefined,
        vfDevice: 0x101e,
        bars: [memoryBar(MIB, '64-pref')],
        vfDriver: this.#prng.oneIn(2) ? 'vfio-pci' : undefined,
      };
      return { slot: undefined, functions: [{ ...this.#endpoint('nic'), sriov }] };
    }
    const count = Math.min(this.#room, this.#prng.oneIn(3) ? 1 + this.#prng.below(8) : 1);
    this.#take(count);
    return { slot: undefined, functions: Array.from({ length: count }, () => this.#endpoint('endpoint')) };
  }

  #endpoint(kind: DeviceKind): FunctionSpec {
    const spec = functionSpec(kind);
    const size = 64 * KIB * 2 ** this.#prng.below(10);
    // 32-bit BARs take a window of 1 MiB in every bridge above: only as many as fit below 4 GiB.
    const small = this.#options.functions <= 1000 && this.#prng.oneIn(8);
    const legacy = spec.pcie?.link !== undefined && this.#prng.oneIn(10);
    return {
      ...spec,
      rom: 0,
      bars: [memoryBar(small ? 64 * KIB : size, small ? '32' : '64-pref')],
      ...(legacy && spec.pcie ? { pcie: { ...spec.pcie, type: PCI_EXP_TYPE_LEG_END } } : {}),
      acs: this.#prng.oneIn(10) ? this.#acs() : undefined,
      busMaster: !this.#prng.oneIn(20),
      serial: this.#prng.oneIn(3) ? BigInt(this.#prng.next()) : undefined,
      ...this.#cut(),
    };
  }

  /** No capability, a full one, or an odd one; control as Linux sets it, clear, or any bits. */
  #acs(): AcsSpec | undefined {
    if (this.#prng.oneIn(4)) return undefined;
    const cap = defined(
      this.#prng.pick([PORT_ACS_CAP, PORT_ACS_CAP, USUAL, PORT_ACS_CAP | PCI_ACS_EC]),
      'a capability',
    );
    const any = this.#prng.below(0x80) & cap;
    const ctrl = this.#prng.pick([undefined, 0, 0, cap & USUAL, PCI_ACS_RR, PCI_ACS_CR, PCI_ACS_SV | PCI_ACS_UF, any]);
    const egressVector = (cap & PCI_ACS_EC) === 0 ? [] : [this.#prng.oneIn(2) ? 0 : this.#prng.next()];
    return { cap, ctrl, egressVector };
  }

  /** Sometimes config space was cut: not root (64 bytes), an old reader (256), or not read at all. */
  #cut(): { readonly configBytes?: number } {
    if (this.#options.missing !== true || !this.#prng.oneIn(12)) return {};
    return { configBytes: defined(this.#prng.pick([0, 64, 256]), 'a length') };
  }
}

const USUAL: number = PCI_ACS_SV | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF;
