/**
 * Does Linux turn ACS on by itself? It does where it finds an IOMMU, translated or pass-through alike, and on every
 * machine that a device tree describes.
 */
import { factValue } from '../../capture/index.ts';
import { type KernelCmdline, type KernelVersion, kernelAtLeast, kernelVersion } from '../../uapi/index.ts';
import { capturedCmdline } from '../machine-cmdline.ts';
import type { MachineIommu } from '../platform/index.ts';
import type { PciTopology } from '../topology.ts';
import type { AcsFacts } from './acs-view.ts';

/** What the answer for a boot depends on. */
export interface AcsRequestFacts {
  readonly iommu: MachineIommu | 'none' | undefined;
  readonly kernel: KernelVersion;
  readonly cmdline: KernelCmdline;
  /** `CONFIG_...` of the kernel, as captured; undefined where not known. */
  readonly config: ReadonlyMap<string, string> | undefined;
  /** Is the machine described by a device tree? Undefined: not known. */
  readonly deviceTree: boolean | undefined;
}

/**
 * Does a boot with these facts set `pci_acs_enable`? Undefined: not known. Recorded: `amd_iommu=off` leaves ACS on,
 * `intel_iommu=off` leaves it off; with a device tree ACS is on without any IOMMU, with ACPI it is not.
 * @kernel pci_request_acs drivers/pci/pci.c
 */
export function acsRequested(facts: AcsRequestFacts): boolean | undefined {
  const { cmdline, config } = facts;
  if (facts.deviceTree === true) return deviceTreeRequests(facts.kernel);
  switch (facts.iommu) {
    case undefined:
      return undefined;
    case 'none':
      return false;
    case 'amd':
      return cmdline.iommu.off ? undefined : true;
    case 'virtio':
      return true;
    case 'smmuv3':
      return facts.deviceTree === false ? true : deviceTreeRequests(facts.kernel);
    case 'intel': {
      if (cmdline.iommu.off) return false;
      if (cmdline.intel.on !== undefined) return cmdline.intel.on;
      const builtOn = ['CONFIG_INTEL_IOMMU_DEFAULT_ON', 'CONFIG_INTEL_IOMMU_DEFAULT_ON_INTGPU_OFF'];
      // Built off, firmware can still ask for it in its DMAR table, which is in no input.
      return builtOn.some((name) => config?.get(name) === 'y') ? true : undefined;
    }
  }
}

/** Before 7.0 ports were set up when discovered, with a device tree before the request for ACS came. */
function deviceTreeRequests(kernel: KernelVersion | undefined): true | undefined {
  return kernel !== undefined && kernelAtLeast(kernel, kernelVersion(7, 0)) ? true : undefined;
}

/** Does a boot with an IOMMU of a kind that is not known set `pci_acs_enable`? Undefined: that depends on the kind. */
export function anyIommuRequestsAcs(topology: PciTopology, kernel: KernelVersion): boolean | undefined {
  if (factValue(topology.platform.architecture) === 'x86' || isDeviceTree(topology) === false) return true;
  return deviceTreeRequests(kernel);
}

/** Did the captured kernel set `pci_acs_enable`? Undefined: the capture does not tell. */
export function runningAcsRequested(
  topology: PciTopology,
  kernel: KernelVersion | undefined,
  cmdline: KernelCmdline | undefined,
): boolean | undefined {
  const { capture } = topology;
  if (isDeviceTree(topology) === true) return deviceTreeRequests(kernel);
  if (topology.functions.some((fn) => fn.captured.iommuGroup.state === 'known')) {
    // An input without the tree (lspci) does not show whether this SMMU stands in a device tree.
    const smmu = factValue(capture.iommus)?.some(({ kind }) => kind === 'smmuv3') === true;
    return smmu && isDeviceTree(topology) === undefined ? deviceTreeRequests(kernel) : true;
  }
  // With amd_iommu=off the IOMMU's PCI function is still there, and ACS is on.
  if (factValue(topology.platform.iommu) === 'amd')
    return cmdline === undefined || cmdline.iommu.off ? undefined : true;
  return capture.iommuGroups.state === 'known' ? false : undefined;
}

/** What a capture tells of what decides about isolation besides the registers. `kernel`: the one that was running. */
export function capturedAcsFacts(topology: PciTopology, kernel: KernelVersion | undefined): AcsFacts {
  const iommu = factValue(topology.platform.iommu);
  return {
    amdIommu: iommu === undefined ? undefined : iommu === 'amd',
    requested: runningAcsRequested(topology, kernel, capturedCmdline(topology)),
  };
}

/** Is the machine described by a device tree? Undefined: the capture does not tell. */
export function isDeviceTree(topology: PciTopology): boolean | undefined {
  return factValue(topology.capture.rootBuses)?.some(({ platformNode }) => platformNode.state === 'known');
}
