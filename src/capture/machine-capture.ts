/**
 * What an input says of a machine: facts only, no judgement. Every reader gives this same shape, and everything
 * further down starts from it.
 */
import type { AddrRange, RawText } from '../base/index.ts';
import type { Bdf } from '../uapi/index.ts';
import type { ConfigSpace } from './config-space.ts';
import type { Fact } from './fact.ts';
import type { Finding } from './finding.ts';

/** What kind of input a capture came from; `report`: text of other kinds, without the output of lspci. */
export type SourceKind = 'sysfs' | 'capture-archive' | 'hwloc' | 'lspci-hex' | 'lspci-text' | 'report' | 'generated';

/** The facts of one machine. */
export interface CapturedMachine {
  readonly source: { readonly kind: SourceKind; readonly name: string };
  /** In the order of the input. No two have the same address. */
  readonly functions: readonly CapturedFunction[];
  /** Root buses that the input names (sysfs `pciDDDD:BB` directories); unreadable in lspci output. */
  readonly rootBuses: Fact<readonly CapturedRootBus[]>;
  readonly kernel: CapturedKernel;
  readonly cpu: Fact<CapturedCpu>;
  /** `/proc/iomem`, in file order. Unreadable also where all addresses are 0 (not read as root). */
  readonly iomem: Fact<readonly IomemEntry[]>;
  /** Known and empty: the machine runs without an IOMMU (no `/sys/kernel/iommu_groups/N`). */
  readonly iommuGroups: Fact<readonly CapturedIommuGroup[]>;
  /** `/sys/class/iommu`: the IOMMUs that the kernel uses. */
  readonly iommus: Fact<readonly CapturedIommu[]>;
  /**
   * The Extended Feature Register that firmware gives for all AMD IOMMUs, which Linux believes before the hardware's:
   * from the ACPI table IVRS or the kernel log. 0: the table holds none. Absent: the machine has no such table.
   */
  readonly ivhdEfr: Fact<bigint>;
  /** What was damaged or odd. */
  readonly findings: readonly Finding[];
}

/** The running kernel. */
export interface CapturedKernel {
  /** `uname -r`, for example `7.3.4+deb13-amd64`. */
  readonly release: Fact<string>;
  /** `/proc/cmdline`, without the newline. */
  readonly cmdline: Fact<string>;
  /** The `CONFIG_…` lines found: name with prefix to value (`y`, `m`, a text); a line `# CONFIG_X is not set` gives `n`. */
  readonly config: Fact<ReadonlyMap<string, string>>;
  /** Names in `/proc/modules`. */
  readonly modules: Fact<readonly string[]>;
}

/** The first processor of `/proc/cpuinfo`. */
export interface CapturedCpu {
  /** `vendor_id` on x86 (`AuthenticAMD`, `GenuineIntel`); absent on machines without that line (arm64). */
  readonly vendorId: Fact<string>;
  /** `cpu family`, decimal in the file. */
  readonly family: Fact<number>;
  readonly modelName: Fact<string>;
}

/** One line of `/proc/iomem`. */
export interface IomemEntry {
  readonly range: AddrRange;
  /** For example `System RAM`, `PCI Bus 0000:00`, `0000:01:00.0`. */
  readonly name: RawText;
  /** Nesting, 0 at the left edge. */
  readonly depth: number;
}

/** A root bus: a `pciDDDD:BB` directory. */
export interface CapturedRootBus {
  readonly domain: number;
  readonly bus: number;
  /** Instance of the ACPI host bridge device (`PNP0A08:01` is 1), the order in which Linux scanned them. */
  readonly firmwareInstance: Fact<number>;
  /** Name of the directory above, when the tree lies below a platform device (`4010000000.pcie`); else absent. */
  readonly platformNode: Fact<string>;
  /** Memory that leads to it, where the input names it with the bus addresses (a kernel log); left out elsewhere. */
  readonly apertures?: readonly CapturedAperture[];
}

/** Memory that leads to a root bus. */
export interface CapturedAperture {
  /** CPU addresses. */
  readonly range: AddrRange;
  /** CPU address minus bus address. */
  readonly offset: bigint;
}

/** One IOMMU group. */
export interface CapturedIommuGroup {
  readonly id: number;
  /** `DMA`, `DMA-FQ`, `identity`, `blocked`, `unmanaged`, or whatever stands in the file. */
  readonly type: Fact<RawText>;
  readonly reservedRegions: Fact<readonly ReservedRegion[]>;
  readonly devices: readonly Bdf[];
}

/** A line of `reserved_regions`. */
export interface ReservedRegion {
  readonly range: AddrRange;
  readonly type: 'direct' | 'direct-relaxable' | 'reserved' | 'msi';
}

/** One IOMMU of `/sys/class/iommu`. Register values as hexadecimal text without 0x, as sysfs prints them. */
export interface CapturedIommu {
  /** `dmar0`, `ivhd0`, `smmu3.0x0000000009050000`. */
  readonly name: string;
  readonly kind: 'intel' | 'amd' | 'smmuv3' | 'virtio' | 'other';
  readonly cap: Fact<string>;
  readonly ecap: Fact<string>;
  readonly features: Fact<string>;
}

/** One PCI function, as the input shows it. */
export interface CapturedFunction {
  readonly bdf: Bdf;
  readonly config: ConfigSpace;
  /** ACS registers that were printed without their place in config space; left out where there are none. */
  readonly printedAcs?: PrintedAcs;
  /**
   * PCI_EXP_TYPE_* where the input tells it in words and not by the register; absent: no PCI Express. Left out where it
   * does not.
   */
  readonly expressType?: Fact<number>;
  /** Attribute files or names printed; they stand in where config space is missing. */
  readonly vendor: Fact<number>;
  readonly device: Fact<number>;
  readonly subsystemVendor: Fact<number>;
  readonly subsystemDevice: Fact<number>;
  /** 24 bits: base class, sub class, programming interface. */
  readonly classCode: Fact<number>;
  readonly revision: Fact<number>;
  /**
   * Devices of the vendor that the printed name stands for, where no number stands beside it: those with which some rule
   * names a device. Empty: the name is whole, and none of those. Left out where that is not known.
   */
  readonly namedDevices?: readonly number[];
  /** Vendor and device in words, where the input printed them. Untrusted text. */
  readonly printedName: Fact<RawText>;
  /**
   * Resources by kernel index: 0-5 BARs, 6 ROM, 7-12 SR-IOV BARs, 13 I/O window, 14 memory window, 15 prefetchable
   * window. CPU addresses.
   */
  readonly resources: Fact<readonly ListedResource[]>;
  /** The bridge above; absent on a root bus. Unreadable: follows from bus numbers in config space. */
  readonly parent: Fact<Bdf>;
  /**
   * A bridge above which is not the next one, of an input that leaves ports out; undefined: only a root port is above,
   * if anything. Left out where no input tells it.
   */
  readonly below?: { readonly bridge: Bdf | undefined };
  /** The root bus whose directory holds the function. */
  readonly rootBus: Fact<{ readonly domain: number; readonly bus: number }>;
  /** The physical function of a virtual function. */
  readonly physfn: Fact<Bdf>;
  readonly driver: Fact<RawText>;
  /** -1 in sysfs is absent here. */
  readonly numaNode: Fact<number>;
  readonly iommuGroup: Fact<number>;
  /** `dma_mask_bits`, `consistent_dma_mask_bits`: 0 ... 64. */
  readonly dmaMaskBits: Fact<number>;
  readonly consistentDmaMaskBits: Fact<number>;
  /** The link attribute files, readable without privilege. */
  readonly link: CapturedLink;
  /** Slot or port label of the firmware. Untrusted text. */
  readonly label: Fact<RawText>;
  /** What the system and the tools of vendors call it, each once; left out where the input tells no name. */
  readonly systemNames?: readonly SystemName[];
  /** `power_state`: D0, D3cold, ... */
  readonly powerState: Fact<string>;
  /** `p2pmem/size`, bytes, where a driver published peer memory. */
  readonly p2pmemSize: Fact<bigint>;
}

/**
 * Who gives a name:
 * - `netdev` (`enp1s0f0`), `rdma` (`mlx5_0`), `nvme` (`nvme0`), `drm` (`card1`, `renderD128`), `accel` (`accel0`): the
 *   classes of `/sys/class`
 * - `nvidia`, `amd`, `intel`: the tool of the vendor, by its number (`GPU3`)
 */
export type SystemNameKind = 'netdev' | 'rdma' | 'nvme' | 'drm' | 'accel' | 'nvidia' | 'amd' | 'intel';

/** A name that the system or a tool gives to a function. Untrusted text. */
export interface SystemName {
  readonly kind: SystemNameKind;
  readonly name: RawText;
}

/** Registers of the ACS capability, 16 bits each, as far as they were printed. */
export interface PrintedAcs {
  readonly cap: number | undefined;
  readonly control: number | undefined;
}

/** `current_link_speed` and its kin: speeds in GT/s (2.5 ... 64), widths in lanes. Absent where there is no link. */
export interface CapturedLink {
  readonly speed: Fact<number>;
  readonly width: Fact<number>;
  readonly maxSpeed: Fact<number>;
  readonly maxWidth: Fact<number>;
}

/** One resource. The range is CPU addresses, half open. */
export interface CapturedResource {
  readonly range: AddrRange;
  /** IORESOURCE_* flags. */
  readonly flags: number;
}

/** Undefined where there is none; `unknown` where none is printed in an input that may have lost its line. */
export type ListedResource = CapturedResource | 'unknown' | undefined;
