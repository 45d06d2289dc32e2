/** One PCI function of the topology, decoded, and the host bridge it stands below. include/linux/pci.h `struct pci_dev`, `struct pci_host_bridge`. */
import type { AddrRange } from '../base/index.ts';
import type { CapturedFunction, Fact } from '../capture/index.ts';
import type { Bdf } from '../uapi/index.ts';

/** A function and where it stands. Built once by `buildTopology`, not changed afterwards. */
export interface PciFunction {
  /** Position in `PciTopology.functions`, 0 ... n-1; children come after their parents' bus in address order. */
  readonly index: number;
  readonly bdf: Bdf;
  readonly captured: CapturedFunction;
  readonly ids: PciIds;
  /** Header type without the multi-function bit (0 normal, 1 bridge, 2 CardBus). */
  readonly headerType: Fact<number>;
  /** Header type bit 7, or found as function > 0 of its slot; never set for a virtual function. */
  readonly multiFunction: boolean;
  /** PCI Express capability; absent: conventional PCI. */
  readonly pcie: Fact<PcieCapability>;
  /** Bridges: the bus numbers behind. Absent for other functions. */
  readonly buses: Fact<BridgeBuses>;
  readonly hostBridge: HostBridge;
  /**
   * `pci_upstream_bridge()` of the function itself: the bridge device of its bus; undefined on a root bus. For the
   * P2PDMA walk of a virtual function, ask that of `physfn` first (see `upstreamBridge`).
   */
  readonly parent: PciFunction | undefined;
  /**
   * Is it certain that `parent` is the bridge above (or that there is none)? `why` it is not, when bus numbers or
   * the physical function of a virtual one are not in the input; `parent` is then the best that is known.
   */
  readonly placement: Placement;
  /** The physical function, for a virtual function. */
  readonly physfn: PciFunction | undefined;
  /** Resources by kernel index (0-5 BAR, 6 ROM, 7-12 VF BAR, 13-15 bridge windows). */
  readonly resources: readonly (PciResource | undefined)[];
  /** BARs of which only the address is known, not the size (a hex dump without text). */
  readonly unsizedBars: readonly UnsizedBar[];
  readonly acs: Fact<AcsCapability>;
  readonly sriov: Fact<SriovCapability>;
  readonly ats: Fact<AtsCapability>;
  readonly pasid: Fact<PasidCapability>;
  readonly rebar: Fact<readonly ResizableBar[]>;
  /** Device serial number, 64 bits. */
  readonly serial: Fact<bigint>;
  readonly link: Fact<PcieLink>;
  /** Command register: memory decode and bus mastering. */
  readonly command: Fact<{ readonly memory: boolean; readonly busMaster: boolean }>;
  /** MSI or MSI-X enabled now. */
  readonly msiEnabled: Fact<boolean>;
}

/** Is the place of a function in the tree certain? `bounds`: what bus numbers tell of one that is not. */
export type Placement =
  | { readonly certain: true }
  | { readonly certain: false; readonly why: string; readonly bounds?: PlaceBounds };

/** What is known of a place that is not. */
export interface PlaceBounds {
  /** The highest bus number, not above its own, that is surely a root bus; undefined: none is seen. */
  readonly rootBus: number | undefined;
  /** It stands below that root bus, and no bridge above it leads to another bus that has functions. */
  readonly alone: boolean;
  /** Bus of the topmost bridge, of an input that leaves out ports but shows what is below one root port. */
  readonly branch?: number;
}

/** A BAR whose size the input does not show. */
export interface UnsizedBar {
  /** Kernel resource index, 0-5. */
  readonly index: number;
  readonly busAddress: bigint;
  /** IORESOURCE_* flags. */
  readonly flags: number;
}

/** What a function says it is. */
export interface PciIds {
  readonly vendor: Fact<number>;
  readonly device: Fact<number>;
  readonly subsystemVendor: Fact<number>;
  readonly subsystemDevice: Fact<number>;
  /** 24 bits. */
  readonly classCode: Fact<number>;
  /** Its upper 16 bits, base and sub class: known more often, a list prints no programming interface. */
  readonly baseAndSubClass: Fact<number>;
  readonly revision: Fact<number>;
}

/** PCI Express capability (id 0x10). Offsets and fields: PCIe Base Spec, "PCI Express Capability Structure". */
export interface PcieCapability {
  /** PCI_EXP_TYPE_*, 0 ... 15. */
  readonly type: number;
  /** Port number, LnkCap bits 31:24. */
  readonly portNumber: Fact<number>;
  /** Bytes: 128 << DevCap bits 2:0. */
  readonly maxPayloadSupported: Fact<number>;
  /** Bytes: 128 << DevCtl bits 7:5. */
  readonly maxPayload: Fact<number>;
  /** Bytes: 128 << DevCtl bits 14:12. */
  readonly maxReadRequest: Fact<number>;
  /** DevCtl2 bit 5. */
  readonly ariForwarding: Fact<boolean>;
}

/** Bus numbers of a bridge. */
export interface BridgeBuses {
  readonly primary: number;
  readonly secondary: number;
  readonly subordinate: number;
}

/** One BAR, ROM or bridge window. */
export interface PciResource {
  /** Kernel resource index. */
  readonly index: number;
  /** CPU addresses, half open. Closed windows are not listed; unassigned BARs have IORESOURCE_UNSET. */
  readonly cpu: AddrRange;
  /** The same bytes as PCI bus addresses. Equal to `cpu` on machines whose host bridges do not translate. */
  readonly bus: AddrRange;
  /**
   * Set where the input shows no bus address, and nothing shows that host bridges of its machine do not translate:
   * `bus` then stands for the case that they do not.
   */
  readonly busAssumed?: true;
  /** IORESOURCE_* flags. */
  readonly flags: number;
}

/** Access Control Services registers; bits PCI_ACS_*. */
export interface AcsCapability {
  /** Offset of the capability in config space; undefined where the input does not tell it. */
  readonly offset: number | undefined;
  /** Capability register, 16 bits; 0 for bits that are not known. */
  readonly cap: number;
  /** Bits of `cap` that are known, where some are not: an input with the Control register alone. */
  readonly capKnown?: number | undefined;
  /** Control register, 16 bits. */
  readonly ctrl: number;
  /** Egress Control Vector, one bit per port, where the EC capability bit is set. */
  readonly egressVector: Fact<readonly number[]>;
}

/** SR-IOV capability of a physical function. */
export interface SriovCapability {
  readonly enabled: boolean;
  readonly memoryEnabled: boolean;
  readonly totalVfs: number;
  readonly numVfs: number;
  readonly firstOffset: number;
  readonly stride: number;
  readonly vfDevice: number;
}

/** Address Translation Services. */
export interface AtsCapability {
  readonly enabled: boolean;
  /** Invalidate queue depth, 1 ... 32. */
  readonly queueDepth: number;
}

/** Process Address Space IDs. */
export interface PasidCapability {
  readonly enabled: boolean;
  /** Bits, 1 ... 20. */
  readonly width: number;
}

/** One resizable BAR. */
export interface ResizableBar {
  readonly bar: number;
  /** Bytes. */
  readonly size: bigint;
  /** Sizes it could have, bytes, ascending. */
  readonly supported: readonly bigint[];
}

/** The link above a function. Speeds in GT/s, widths in lanes; each may be unknown by itself. */
export interface PcieLink {
  readonly speed: Fact<number>;
  readonly width: Fact<number>;
  readonly maxSpeed: Fact<number>;
  readonly maxWidth: Fact<number>;
}

/** One root bus. Two root buses are two host bridges, also within one domain. */
export interface HostBridge {
  readonly index: number;
  readonly domain: number;
  /** Root bus number. */
  readonly bus: number;
  /** Functions on the root bus, ascending by devfn: the first is what the kernel looks up in its allowlist. */
  readonly rootFunctions: readonly PciFunction[];
  /** All functions below, the root bus included, ascending by address. */
  readonly functions: readonly PciFunction[];
  /** Memory windows from `/proc/iomem`; unreadable where the input has none. */
  readonly windows: Fact<readonly HostBridgeWindow[]>;
  /** Order in which Linux scanned host bridges (ACPI instance); unreadable in lspci output. */
  readonly firmwareInstance: Fact<number>;
}

/** An aperture of a host bridge. Bus address = CPU address - offset (mod 2^64). */
export interface HostBridgeWindow {
  /** CPU addresses. */
  readonly cpu: AddrRange;
  /** CPU minus bus address, modulo 2^64; 0 on PCs. */
  readonly offset: bigint;
}
