/** What P2PDMA looks at beside the tree: kernel, its configuration, the processor, and settings of a what-if. */
import { type Fact, factValue, known, type MachineCapture, mapFact, unreadable } from '../capture/index.ts';
import {
  type AcsView,
  capturedAcsFacts,
  capturedAcsView,
  type HostBridge,
  type PciFunction,
  type PciTopology,
} from '../pci/index.ts';
import type { KernelVersion } from '../uapi/index.ts';
import {
  assumedKernel,
  chosenVersion,
  distributionOption,
  type KernelChoice,
  kernelChoice,
  type P2pOption,
} from './kernels/index.ts';

/** The machine as P2PDMA sees it. */
export interface P2pdmaMachine {
  readonly topology: PciTopology;
  /** The upstream release whose rules are applied. */
  readonly kernel: KernelVersion;
  /** Which kernel that stands for, and which others it may follow. */
  readonly kernelChoice: KernelChoice;
  /** Where `kernel` comes from: the input, the user, or (neither being there) the newest release known. */
  readonly kernelSource: KernelChoice['source'];
  /** CONFIG_PCI_P2PDMA; unreadable counts as on, and reports say that it was assumed. */
  readonly configP2pdma: Fact<boolean>;
  /** Where the configuration was not in the input, who knows how that kernel is built. Fits after "by". */
  readonly configSource: string | undefined;
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

/** Settings of a question that stand above what the input says. */
export interface MachineChoices {
  readonly kernel?: KernelVersion | KernelChoice | undefined;
  readonly cpu?: 'zen' | 'other' | undefined;
  readonly acs?: AcsView;
  readonly hostBridgeIds?: P2pdmaMachine['hostBridgeIds'];
}

/** Puts together what a question needs. */
export function p2pdmaMachine(topology: PciTopology, choices: MachineChoices = {}): P2pdmaMachine {
  const chosen = choices.kernel ?? readKernel(topology.capture);
  const kernel = kernelOf(topology, chosen);
  return {
    topology,
    ...kernel,
    cpu: choices.cpu === undefined ? cpuSupportsP2pdma(topology) : chosenCpu(choices.cpu),
    acs: choices.acs ?? capturedAcsView(topology, capturedAcsFacts(topology, kernel.kernel)),
    hostBridgeIds: choices.hostBridgeIds,
  };
}

/** The parts of a machine that follow from its kernel. */
export type MachineKernel = Pick<
  P2pdmaMachine,
  'kernel' | 'kernelChoice' | 'kernelSource' | 'configP2pdma' | 'configSource'
>;

/** The machine's kernel, of a choice. Configuration lines of the input count for any kernel that is asked about. */
export function kernelOf(topology: PciTopology, kernel: KernelVersion | KernelChoice): MachineKernel {
  const choice = 'major' in kernel ? chosenVersion(kernel) : kernel;
  const config = kernelOption({ topology, kernelChoice: choice }, 'CONFIG_PCI_P2PDMA');
  return {
    kernel: choice.version,
    kernelChoice: choice,
    kernelSource: choice.source,
    configP2pdma: mapFact(config.value, (value) => value === 'y'),
    configSource: config.source,
  };
}

function readKernel({ kernel }: MachineCapture): KernelChoice {
  const release = factValue(kernel.release);
  if (release === undefined) return assumedKernel();
  return kernelChoice(release, 'read') ?? assumedKernel(true);
}

/**
 * How an option of the kernel is set: by the configuration in the input, else by what is known of kernels that its
 * distribution builds; `source` says who knows. `m` counts as on.
 */
export function kernelOption(
  { topology, kernelChoice: choice }: Pick<P2pdmaMachine, 'topology' | 'kernelChoice'>,
  option: P2pOption,
): { readonly value: Fact<'y' | 'n'>; readonly source: string | undefined } {
  const { config } = topology.capture.kernel;
  const line = factValue(config)?.get(option);
  if (line !== undefined) return { value: known(line === 'n' ? 'n' : 'y'), source: undefined };
  const architecture = factValue(topology.platform.architecture);
  const built = choice.parsed && distributionOption(choice.parsed, option, architecture);
  if (built !== undefined) return { value: known(built.value), source: built.source };
  const why =
    config.state === 'known'
      ? `${option} is not among the configuration lines`
      : 'the kernel configuration is not in this input';
  return { value: unreadable(why), source: undefined };
}

/** The rule for a processor that the question names. */
export function chosenCpu(cpu: 'zen' | 'other'): CpuRule {
  return { zen: cpu === 'zen' };
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
