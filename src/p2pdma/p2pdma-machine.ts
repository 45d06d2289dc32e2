/** What P2PDMA looks at beside the tree: kernel, its configuration, the processor, and settings of a what-if. */
import { type Fact, factValue, known, type MachineCapture, unreadable } from '../capture/index.ts';
import {
  type AcsView,
  capturedAcsFacts,
  capturedAcsView,
  type HostBridge,
  type PciFunction,
  type PciTopology,
} from '../pci/index.ts';
import { type KernelVersion, kernelVersion, parseKernelRelease } from '../uapi/index.ts';

/** The machine as P2PDMA sees it. */
export interface P2pdmaMachine {
  readonly topology: PciTopology;
  readonly kernel: KernelVersion;
  /** Where `kernel` comes from: the input, the user, or (neither being there) the newest release known. */
  readonly kernelSource: 'read' | 'chosen' | 'assumed';
  /** CONFIG_PCI_P2PDMA; unreadable counts as on, and reports say that it was assumed. */
  readonly configP2pdma: Fact<boolean>;
  readonly cpu: CpuRule;
  /** ACS registers: as captured, or as a what-if has them. */
  readonly acs: AcsView;
  /** Is an IOMMU in use under a what-if? Undefined: as the input has it. Linux 5.2 and 5.3 ask. */
  readonly iommuInUse?: boolean | 'unknown' | undefined;
  /** Ids that a what-if sees in place of those of the first device of a root bus. */
  readonly hostBridgeIds: ((hostBridge: HostBridge) => HostBridgeIds | undefined) | undefined;
}

/** Vendor and device, 16 bits each. */
export interface HostBridgeIds {
  readonly vendor: number;
  readonly device: number;
}

/**
 * Is the processor one for which x86 kernels from 5.9 on accept every host bridge? `inferredFrom` is the host bridge
 * that shows it where the input has no `/proc/cpuinfo`.
 */
export type CpuRule =
  | { readonly zen: true; readonly inferredFrom: PciFunction | undefined }
  | { readonly zen: false }
  | { readonly zen: 'unknown' };

/** The newest release whose rules are in the tables: taken when neither the input nor the user names one. */
export const NEWEST_KERNEL: KernelVersion = kernelVersion(7, 3);

/** Settings of a question that stand above what the input says. */
export interface MachineChoices {
  readonly kernel?: KernelVersion | undefined;
  readonly cpu?: 'zen' | 'other' | undefined;
  readonly acs?: AcsView;
  readonly hostBridgeIds?: P2pdmaMachine['hostBridgeIds'];
}

/** Puts together what a question needs. */
export function p2pdmaMachine(topology: PciTopology, choices: MachineChoices = {}): P2pdmaMachine {
  const { capture } = topology;
  const release = factValue(capture.kernel.release);
  const read = release === undefined ? undefined : parseKernelRelease(release);
  const kernel = choices.kernel ?? read ?? NEWEST_KERNEL;
  return {
    topology,
    kernel,
    kernelSource: choices.kernel !== undefined ? 'chosen' : read !== undefined ? 'read' : 'assumed',
    configP2pdma: readConfig(capture),
    cpu: choices.cpu === undefined ? cpuSupportsP2pdma(topology) : chosenCpu(choices.cpu),
    acs: choices.acs ?? capturedAcsView(topology, capturedAcsFacts(topology, kernel)),
    hostBridgeIds: choices.hostBridgeIds,
  };
}

function chosenCpu(cpu: 'zen' | 'other'): CpuRule {
  return cpu === 'zen' ? { zen: true, inferredFrom: undefined } : { zen: false };
}

function readConfig(capture: MachineCapture): Fact<boolean> {
  const { config } = capture.kernel;
  if (config.state !== 'known') return unreadable('the kernel configuration is not in this input');
  const value = config.value.get('CONFIG_PCI_P2PDMA');
  if (value === undefined) return unreadable('CONFIG_PCI_P2PDMA is not among the configuration lines');
  return known(value === 'y');
}

const AMD = 0x1022;
const ZEN_FAMILY = 0x17;
/** AMD root complexes that exist only on Zen processors (pci.ids, "Root Complex" of vendor 1022). */
const ZEN_ROOT_COMPLEXES: ReadonlySet<number> = new Set([
  0x1122, 0x1450, 0x1480, 0x14a4, 0x14b5, 0x14d8, 0x14e8, 0x1507, 0x153a, 0x15d0, 0x1630, 0x1645,
]);

/**
 * The processor rule, from `/proc/cpuinfo`. Where that is missing, an AMD root complex that exists on Zen only tells
 * as much; nothing but the processor itself tells that it is not Zen.
 * @kernel cpu_supports_p2pdma drivers/pci/p2pdma.c
 */
function cpuSupportsP2pdma({ capture, hostBridges }: PciTopology): CpuRule {
  const cpu = factValue(capture.cpu);
  if (cpu !== undefined && cpu.vendorId.state !== 'unreadable') {
    if (factValue(cpu.vendorId) !== 'AuthenticAMD') return { zen: false };
    if (cpu.family.state === 'known') return { zen: cpu.family.value >= ZEN_FAMILY, inferredFrom: undefined };
  }
  const inferredFrom = hostBridges
    .map((bridge) => bridge.rootFunctions[0])
    .find((fn) => {
      const device = fn === undefined || factValue(fn.ids.vendor) !== AMD ? undefined : factValue(fn.ids.device);
      return device !== undefined && ZEN_ROOT_COMPLEXES.has(device);
    });
  return inferredFrom === undefined ? { zen: 'unknown' } : { zen: true, inferredFrom };
}

/** Is an IOMMU in use: as a what-if has it, else as the groups of the input tell. */
export function isIommuInUse({ iommuInUse, topology }: P2pdmaMachine): boolean | 'unknown' {
  const { iommuGroups } = topology.capture;
  if (iommuInUse !== undefined) return iommuInUse;
  return iommuGroups.state === 'unreadable' ? 'unknown' : iommuGroups.state === 'known' && iommuGroups.value.length > 0;
}
