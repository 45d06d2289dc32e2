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
 * Is the processor one for which x86 kernels from 5.9 on accept every host bridge? `inferredFrom` is the host bridge or
 * root port that shows it where the input has no `/proc/cpuinfo`.
 */
export type CpuRule =
  | { readonly zen: boolean; readonly inferredFrom?: PciFunction | undefined }
  | { readonly zen: 'unknown'; readonly why: string };

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

/** The rule for a processor that the question names. */
export function chosenCpu(cpu: 'zen' | 'other'): CpuRule {
  return { zen: cpu === 'zen' };
}

function readConfig(capture: MachineCapture): Fact<boolean> {
  const { config } = capture.kernel;
  if (config.state !== 'known') return unreadable('the kernel configuration is not in this input');
  const value = config.value.get('CONFIG_PCI_P2PDMA');
  if (value === undefined) return unreadable('CONFIG_PCI_P2PDMA is not among the configuration lines');
  return known(value === 'y');
}

/**
 * The processor rule for the machine that the input shows.
 * @kernel cpu_supports_p2pdma drivers/pci/p2pdma.c
 */
function cpuSupportsP2pdma({ platform, byBdf }: PciTopology): CpuRule {
  const { zen } = platform;
  if (zen.state !== 'known') return { zen: 'unknown', why: zen.why };
  const { bdf } = zen.evidence;
  return { zen: zen.value, inferredFrom: bdf === undefined ? undefined : byBdf.get(bdf) };
}

/** Is an IOMMU in use: as a what-if has it, else as the input tells. */
export function isIommuInUse({ iommuInUse, topology }: P2pdmaMachine): boolean | 'unknown' {
  return iommuInUse ?? factValue(topology.platform.iommuInUse) ?? 'unknown';
}
