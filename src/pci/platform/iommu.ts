/** The IOMMU of a machine. */
import { type CapturedFunction, factValue, type MachineCapture } from '../../capture/index.ts';
import { formatBdf, parseKernelCmdline } from '../../uapi/index.ts';
import { capturedClass } from '../tree.ts';
import { type PlatformFact, shownBy } from './evidence.ts';
import type { Architecture, CpuMaker, MachineIommu } from './kinds.ts';

/** Base and sub class of an IOMMU's own PCI function. */
export const PCI_CLASS_SYSTEM_IOMMU = 0x0806;

const AMD_IOMMU_VENDORS: ReadonlySet<number | undefined> = new Set([0x1022, 0x1d94]);

/** Makers of x86 processors have one kind of IOMMU each. */
const KIND_OF_MAKER: ReadonlyMap<CpuMaker, MachineIommu> = new Map([
  ['intel', 'intel'],
  ['zhaoxin', 'intel'],
  ['amd', 'amd'],
  ['hygon', 'amd'],
]);

/** The IOMMU that a processor of that maker has, if its machine has one. */
export function iommuOfMaker(maker: CpuMaker | undefined): MachineIommu | undefined {
  return maker === undefined ? undefined : KIND_OF_MAKER.get(maker);
}

/**
 * The kind of IOMMU, used or not, by `/sys/class/iommu`, the PCI function of an AMD IOMMU or its firmware table; of one that is in use also
 * by the processor.
 */
export function iommuKindOf(
  capture: MachineCapture,
  maker: PlatformFact<CpuMaker>,
  inUse: PlatformFact<boolean>,
): PlatformFact<MachineIommu> {
  const units = factValue(capture.iommus) ?? [];
  for (const kind of ['intel', 'amd', 'smmuv3', 'virtio'] as const) {
    const unit = units.find((each) => each.kind === kind);
    if (unit !== undefined) return shownBy(kind, 'iommu', unit.name);
  }
  const fn = capture.functions.find(isAmdIommu);
  if (fn !== undefined) return shownBy('amd', 'iommu-function', formatBdf(fn.bdf), fn.bdf);
  if (capture.ivhdEfr.state === 'known') return shownBy('amd', 'firmware-table', 'IVRS');
  const kind = maker.state === 'known' && factValue(inUse) === true ? iommuOfMaker(maker.value) : undefined;
  if (kind !== undefined && maker.state === 'known') return { state: 'known', value: kind, evidence: maker.evidence };
  return { state: 'unreadable', why: 'an IOMMU that is not used leaves no trace' };
}

/** Vendors are told apart where they are known: RISC-V has IOMMUs of that class, too. */
function isAmdIommu(fn: CapturedFunction): boolean {
  if (capturedClass(fn) !== PCI_CLASS_SYSTEM_IOMMU) return false;
  const vendor = factValue(fn.vendor) ?? fn.config.read16(0);
  return vendor === undefined || AMD_IOMMU_VENDORS.has(vendor);
}

/** Groups exist exactly where an IOMMU is in use; without them, a command line that switches it off tells. */
export function iommuInUseOf(
  capture: MachineCapture,
  architecture: PlatformFact<Architecture>,
  maker: PlatformFact<CpuMaker>,
): PlatformFact<boolean> {
  const { iommuGroups, iommus, functions } = capture;
  const [group] = factValue(iommuGroups) ?? [];
  if (group !== undefined) return shownBy(true, 'groups', `group ${group.id}`);
  if (iommuGroups.state !== 'unreadable') return shownBy(false, 'no-groups', '');
  const grouped = functions.find(({ iommuGroup }) => iommuGroup.state === 'known');
  if (grouped !== undefined) return shownBy(true, 'groups', formatBdf(grouped.bdf), grouped.bdf);
  const [unit] = factValue(iommus) ?? [];
  if (unit !== undefined) return shownBy(true, 'iommu', unit.name);
  const off = switchedOffBy(factValue(capture.kernel.cmdline), factValue(architecture), factValue(maker));
  if (off !== undefined) return shownBy(false, 'cmdline', off);
  return { state: 'unreadable', why: iommuGroups.why };
}

/**
 * The option that keeps the IOMMU of that maker from being used, if the command line has it. `iommu=off` alone leaves
 * VT-d to `intel_iommu=`.
 */
function switchedOffBy(
  text: string | undefined,
  architecture: Architecture | undefined,
  maker: CpuMaker | undefined,
): string | undefined {
  if (text === undefined || architecture !== 'x86') return undefined;
  const { iommu, amd, intel } = parseKernelCmdline(text, 'x86');
  switch (iommuOfMaker(maker)) {
    case 'amd':
      if (amd.off) return 'amd_iommu=off';
      return iommu.off ? 'iommu=off' : undefined;
    case 'intel':
      return intel.on === false ? 'intel_iommu=off' : undefined;
    default:
      return undefined;
  }
}
