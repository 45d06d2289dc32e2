/** Which IOMMU a boot runs with, and whether Linux then turns ACS on. */
import { factValue, type MachineCapture } from '../capture/index.ts';
import { acsRequested, isDeviceTree, type MachineIommu, machineIommu, type PciTopology } from '../pci/index.ts';
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

/** What a boot does with the machine's IOMMU. Undefined: not known. */
export interface IommuBoot {
  readonly iommu: MachineIommu | undefined;
  /** The IOMMU is not in the input (one that is off leaves no trace) and was supposed from the question. */
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
  const seen = machineIommu(topology);
  const wanted = (asked !== undefined && asked !== 'off') || (asked === undefined && cmdline.intel.on === true);
  const supposed = seen === undefined && wanted ? supposedIommu(topology.capture) : undefined;
  const iommu = seen ?? supposed;
  const config = factValue(topology.capture.kernel.config);
  const facts = { iommu, kernel, cmdline, config, deviceTree: isDeviceTree(topology) };
  // An AMD IOMMU shows its PCI function even when off: what shows nothing is VT-d switched off, or no IOMMU.
  const offOrNone = seen === undefined && (asked === 'off' || (asked === undefined && cmdline.intel.on === false));
  const acs = offOrNone ? false : acsRequested(facts);
  return {
    iommu,
    supposed: supposed !== undefined,
    runs: offOrNone ? false : iommuRuns(iommu, cmdline, asked, acs),
    acs,
  };
}

function supposedIommu(capture: MachineCapture): MachineIommu | undefined {
  switch (factValue(factValue(capture.cpu)?.vendorId ?? { state: 'absent' })) {
    case 'GenuineIntel':
      return 'intel';
    case 'AuthenticAMD':
      return 'amd';
    default:
      return undefined;
  }
}

function iommuRuns(
  iommu: MachineIommu | undefined,
  cmdline: KernelCmdline,
  asked: IommuMode | undefined,
  acs: boolean | undefined,
): boolean | undefined {
  if (asked === 'off' || iommu === 'none') return false;
  switch (iommu) {
    case undefined:
      return undefined;
    case 'intel':
      // VT-d: ACS is asked for exactly when DMA remapping is to be used.
      return acs;
    case 'amd':
      return !cmdline.amd.off && !cmdline.iommu.off;
    case 'smmuv3':
      return true;
  }
}
