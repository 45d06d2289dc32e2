/** Which IOMMU a boot runs with, and whether Linux then turns ACS on. */
import { factValue } from '../capture/index.ts';
import {
  acsRequested,
  anyIommuRequestsAcs,
  iommuOfMaker,
  isDeviceTree,
  type MachineIommu,
  type PciTopology,
} from '../pci/index.ts';
import type { KernelCmdline, KernelVersion } from '../uapi/index.ts';

/** Modes people ask for. */
export type IommuMode = 'off' | 'dma' | 'dma-fq' | 'pt';

/** Kernel parameters that bring a mode about, whichever IOMMU the machine has. */
export const IOMMU_MODE_PARAMETERS: Readonly<Record<IommuMode, string>> = {
  off: 'intel_iommu=off amd_iommu=off',
  dma: 'intel_iommu=on iommu.passthrough=0 iommu.strict=1',
  'dma-fq': 'intel_iommu=on iommu.passthrough=0 iommu.strict=0',
  pt: 'intel_iommu=on iommu.passthrough=1',
};

/** The mode of that name; undefined where there is none. */
export function iommuModeOf(text: string): IommuMode | undefined {
  return IOMMU_MODES.get(text);
}

const IOMMU_MODES: ReadonlyMap<string, IommuMode> = new Map(
  (Object.keys(IOMMU_MODE_PARAMETERS) as IommuMode[]).map((mode) => [mode, mode]),
);

/** What a boot does with the machine's IOMMU. Undefined: not known. */
export interface IommuBoot {
  readonly iommu: MachineIommu | undefined;
  /**
   * The IOMMU is not in the input (one that is off leaves no trace) and was supposed from the question; `iommu` is then its
   * kind, as far as the processor tells.
   */
  readonly supposed: boolean;
  /** Does Linux use it? */
  readonly runs: boolean | undefined;
  /** Does Linux turn ACS on by itself? */
  readonly acs: boolean | undefined;
}

/** Judges a boot with `cmdline`. `asked`: the mode that the question asks for, if any. */
export function iommuBoot(
  topology: PciTopology,
  kernel: KernelVersion,
  cmdline: KernelCmdline,
  asked: IommuMode | undefined,
): IommuBoot {
  const seen = factValue(topology.platform.iommu);
  const askedOn = asked !== undefined && asked !== 'off';
  const wanted = askedOn || (asked === undefined && cmdline.intel.on === true);
  const iommu = seen ?? (wanted ? iommuOfMaker(factValue(topology.platform.cpuMaker)) : undefined);
  const runsNow = factValue(topology.platform.iommuInUse) === true;
  const supposed = seen === undefined && !runsNow && (askedOn || iommu !== undefined);
  if (seen === undefined && isOff(topology, cmdline, asked)) {
    return { iommu, supposed: false, runs: false, acs: isAmdHidden(topology) ? undefined : false };
  }
  const config = factValue(topology.capture.kernel.config);
  const facts = { iommu, kernel, cmdline, config, deviceTree: isDeviceTree(topology) };
  // Every kind of IOMMU but those of a device tree asks for ACS; which kind it is does not matter then.
  const acs = iommu === undefined && askedOn ? anyIommuRequestsAcs(topology, kernel) : acsRequested(facts);
  return { iommu, supposed, runs: asked === undefined ? iommuRuns(iommu, cmdline, acs) : askedOn, acs };
}

/** Switched off by the question, or by the option for VT-d in a machine that can have no other. */
function isOff(topology: PciTopology, cmdline: KernelCmdline, asked: IommuMode | undefined): boolean {
  if (asked !== undefined) return asked === 'off';
  return cmdline.intel.on === false && factValue(topology.platform.architecture) === 'x86' && !isAmdHidden(topology);
}

/**
 * An AMD IOMMU shows its PCI function even when off, so what shows nothing is VT-d switched off, or no IOMMU. lspci
 * output need not show all functions: that of an AMD machine may lack this one.
 */
function isAmdHidden({ capture, platform }: PciTopology): boolean {
  const printed = capture.source.kind === 'lspci-text' || capture.source.kind === 'lspci-hex';
  return printed && iommuOfMaker(factValue(platform.cpuMaker)) === 'amd';
}

function iommuRuns(
  iommu: MachineIommu | undefined,
  cmdline: KernelCmdline,
  acs: boolean | undefined,
): boolean | undefined {
  switch (iommu) {
    case undefined:
      return undefined;
    case 'intel':
      // VT-d: ACS is asked for exactly when DMA remapping is to be used.
      return acs;
    case 'amd':
      return !cmdline.amd.off && !cmdline.iommu.off;
    case 'smmuv3':
    case 'virtio':
      return true;
  }
}
