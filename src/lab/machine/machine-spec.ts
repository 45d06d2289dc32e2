/**
 * A machine to be made, before firmware has given out numbers: what is plugged in where, with every default filled in.
 * `buildMachine` turns it into the capture that a reader would give. Plain data; sizes and addresses are numbers below
 * 2^53 (a machine's physical address space has at most 52 bits).
 */

/** One machine. */
export interface MachineSpec {
  readonly name: string;
  readonly kernel: KernelSpec;
  readonly cpu: CpuSpec;
  /** RAM, bytes. */
  readonly memory: number;
  readonly iommu: IommuSpec | undefined;
  /** In the order in which Linux scans them. */
  readonly hostBridges: readonly HostBridgeSpec[];
  /** Facts that the capture is to lack. */
  readonly missing: ReadonlySet<MissingFact>;
}

/** What a capture can lack as a whole. */
export type MissingFact = 'cpu' | 'iomem' | 'iommu' | 'kernel' | 'root-buses' | 'resources';

/** The running kernel. */
export interface KernelSpec {
  readonly release: string;
  readonly cmdline: string;
  readonly config: ReadonlyMap<string, string>;
  readonly modules: readonly string[];
}

/** The first processor. Vendor and family are undefined on arm64, whose cpuinfo has no such lines. */
export interface CpuSpec {
  readonly vendorId: string | undefined;
  readonly family: number | undefined;
  readonly modelName: string | undefined;
}

/** The IOMMU the kernel uses, and the type of every group's domain. */
export interface IommuSpec {
  readonly kind: 'intel' | 'amd' | 'smmuv3';
  readonly groupType: 'DMA' | 'DMA-FQ' | 'identity';
}

/** A half-open range of CPU addresses; bus address = CPU address - offset. */
export interface WindowSpec {
  readonly start: number;
  readonly end: number;
  readonly offset: number;
}

/** One host bridge: a root bus. */
export interface HostBridgeSpec {
  readonly domain: number;
  /** Root bus number; undefined: the first one free after the host bridge before it in this domain. */
  readonly bus: number | undefined;
  /** Highest bus number it may use; undefined: up to the next described root bus of the domain. */
  readonly lastBus: number | undefined;
  readonly numaNode: number | undefined;
  /** Window for what needs 32-bit addresses; undefined: placed below 4 GiB, as large as needed. */
  readonly memoryWindow: WindowSpec | undefined;
  /** Window for 64-bit prefetchable BARs; undefined: placed above RAM; `none`: firmware maps nothing above 4 GiB. */
  readonly prefetchableWindow: WindowSpec | 'none' | undefined;
  /** Directory and node name where the root bus hangs below a platform device (device tree). */
  readonly platform: { readonly directory: string; readonly iomemName: string } | undefined;
  /** The root bus lies inside this endpoint (Intel VMD): its BAR 2 and 4 are the windows. Matched by label. */
  readonly behind: string | undefined;
  readonly devices: readonly DeviceSpec[];
}

/** What stands in one slot: functions 0 ... 7. */
export interface DeviceSpec {
  /** Device number 0 ... 31; undefined: the first free one. */
  readonly slot: number | undefined;
  /** By function number; a hole is a function number without a function. */
  readonly functions: readonly (FunctionSpec | undefined)[];
}

/** One function. */
export interface FunctionSpec {
  readonly vendor: number;
  readonly device: number;
  readonly subsystemVendor: number;
  readonly subsystemDevice: number;
  /** 24 bits. */
  readonly classCode: number;
  readonly revision: number;
  /** Undefined: conventional PCI, 256 bytes of config space. */
  readonly pcie: PcieSpec | undefined;
  /** By BAR number 0 ... 5 (bridges 0 ... 1). A 64-bit BAR takes the next number too. */
  readonly bars: readonly (BarSpec | undefined)[];
  /** Expansion ROM, bytes; 0: none. */
  readonly rom: number;
  readonly acs: AcsSpec | undefined;
  readonly ats: boolean | undefined;
  readonly pasid: boolean | undefined;
  readonly rebar: readonly RebarSpec[];
  readonly sriov: SriovSpec | undefined;
  /** Device serial number, 64 bits. */
  readonly serial: bigint | undefined;
  readonly msi: 'off' | 'msi' | 'msix' | undefined;
  /** Bridges only. */
  readonly bridge: BridgeSpec | undefined;
  readonly driver: string | undefined;
  readonly numaNode: number | undefined;
  readonly label: string | undefined;
  readonly dmaMaskBits: number;
  readonly powerState: string;
  readonly p2pmemSize: number | undefined;
  readonly memoryEnable: boolean;
  readonly busMaster: boolean;
  /** How many bytes of config space the capture shows; undefined: all. */
  readonly configBytes: number | undefined;
}

/** The PCI Express capability. */
export interface PcieSpec {
  /** PCI_EXP_TYPE_*. */
  readonly type: number;
  /** Undefined: no link (integrated endpoints). */
  readonly link: LinkSpec | undefined;
  /** Bytes, 128 ... 4096. */
  readonly maxPayloadSupported: number;
  readonly maxPayload: number;
  readonly maxReadRequest: number;
}

/** A link: speed codes 1 ... 6 (2.5 ... 64 GT/s) and lanes. */
export interface LinkSpec {
  readonly speed: number;
  readonly width: number;
  readonly maxSpeed: number;
  readonly maxWidth: number;
}

/** One BAR. */
export interface BarSpec {
  /** Bytes, a power of two. */
  readonly size: number;
  readonly space: 'io' | 'memory';
  /** 64-bit memory BAR. */
  readonly wide: boolean;
  readonly prefetchable: boolean;
  /** Firmware found no room: the BAR reads 0 and the resource is UNSET. */
  readonly unassigned: boolean;
}

/** Access Control Services: capability bits, and the control register as it is found. */
export interface AcsSpec {
  readonly cap: number;
  /** Undefined: what Linux writes: SV, RR, CR, UF as far as the capability has them with an IOMMU, 0 without. */
  readonly ctrl: number | undefined;
  /** Egress control vector, 32 ports a word; empty without EC. */
  readonly egressVector: readonly number[];
}

/** A resizable BAR: which, and the sizes it could have, bytes. Its size is that of the BAR. */
export interface RebarSpec {
  readonly bar: number;
  readonly supported: readonly number[];
}

/** SR-IOV of a physical function. */
export interface SriovSpec {
  readonly totalVfs: number;
  readonly numVfs: number;
  readonly firstOffset: number | undefined;
  readonly stride: number | undefined;
  readonly vfDevice: number;
  /** Size is that of one virtual function. */
  readonly bars: readonly (BarSpec | undefined)[];
  readonly vfDriver: string | undefined;
}

/** A bridge and what is behind it. */
export interface BridgeSpec {
  readonly devices: readonly DeviceSpec[];
  /** Spare bus numbers and window sizes (bytes) that firmware keeps for hot-plug. */
  readonly reserve: { readonly buses: number; readonly memory: number; readonly prefetchable: number };
  readonly slotNumber: number | undefined;
  readonly hotplug: boolean;
}
