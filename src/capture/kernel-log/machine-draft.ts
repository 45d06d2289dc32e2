/** What a log says of the machine as a whole, while it is read. */

/** A root bus. */
export interface RootBusDraft {
  readonly domain: number;
  readonly bus: number;
  /** Last bus of its range, where printed. */
  lastBus: number | undefined;
  readonly apertures: ApertureWords[];
  /** Did ACPI announce it? */
  acpi: boolean;
  /** Number of the firmware's device: 1 of `PNP0A08:01`. */
  firmwareInstance: number | undefined;
  /** The platform device above, on device-tree machines. */
  platformNode: string | undefined;
  numaNode: number | undefined;
}

/** Memory that leads to a root bus. */
export interface ApertureWords {
  /** CPU addresses, half open. */
  readonly start: bigint;
  readonly end: bigint;
  /** CPU address minus bus address. */
  readonly offset: bigint;
}

/** An IOMMU that the kernel names. */
export interface IommuWords {
  readonly name: string;
  readonly kind: 'intel' | 'amd' | 'smmuv3' | 'other';
  readonly cap: string | undefined;
  readonly ecap: string | undefined;
}

/** The machine. */
export interface MachineDraft {
  release: string | undefined;
  cmdline: string | undefined;
  cpu: { readonly modelName: string; readonly family: number } | undefined;
  /** By `DDDD:BB`. */
  readonly rootBuses: Map<string, RootBusDraft>;
  /** In the order of the log, by name. */
  readonly iommus: Map<string, IommuWords>;
  /** The features that firmware gives for all AMD IOMMUs. */
  ivhdEfr: bigint | undefined;
  /** What the AMD IOMMUs themselves have, as sysfs writes it, the second register first: `0:29d3`. */
  amdFeatures: string | undefined;
  /** `Translated` or `Passthrough`. */
  defaultDomain: string | undefined;
  /** Are invalidations of translated domains waited for? */
  strict: boolean | undefined;
  /** `intel_iommu=off`, or firmware's word. */
  iommuOff: boolean;
  /** Signatures of ACPI tables, and how many the root table says there are. */
  readonly tables: Set<string>;
  tableCount: number | undefined;
  /** Line of the message that the out-of-tree option `pcie_acs_override` is on. */
  overrideLine: number | undefined;
  /** The root bus of the messages of ACPI that come before its own. */
  pendingRoot: RootBusDraft | undefined;
}

/** A machine of which nothing is known yet. */
export function draftMachine(): MachineDraft {
  return {
    release: undefined,
    cmdline: undefined,
    cpu: undefined,
    rootBuses: new Map(),
    iommus: new Map(),
    ivhdEfr: undefined,
    amdFeatures: undefined,
    defaultDomain: undefined,
    strict: undefined,
    iommuOff: false,
    tables: new Set(),
    tableCount: undefined,
    overrideLine: undefined,
    pendingRoot: undefined,
  };
}

/** Does the log tell anything of the machine? */
export function tellsOfMachine(machine: MachineDraft): boolean {
  const { release, cmdline, cpu, rootBuses, iommus, tables } = machine;
  return (release ?? cmdline ?? cpu) !== undefined || rootBuses.size + iommus.size + tables.size > 0;
}
