/** What differs between kernels in VFIO's export of BAR ranges, and what they get wrong. */
import { inKernelRange, type KernelDefect, type KernelVersion, kernelAtLeast, kernelVersion } from '../uapi/index.ts';

/** Names of {@link VFIO_DEFECTS}. */
export type VfioDefectName =
  | 'vfio-revoke-does-not-wait'
  | 'vfio-fd-failure-double-free'
  | 'vfio-close-after-revoke-double-drop'
  | 'nvgrace-fake-bar-not-claimed';

/** A row of {@link VFIO_DEFECTS}. */
export interface VfioDefect extends KernelDefect {
  readonly name: VfioDefectName;
}

/** Defects of the exporter. All by reading; no recording shows them. */
export const VFIO_DEFECTS: readonly VfioDefect[] = [
  {
    name: 'vfio-revoke-does-not-wait',
    range: { from: kernelVersion(6, 19), before: kernelVersion(7, 1) },
    text: 'A reset or close tells importers to unmap but does not wait for them: they can still reach the device.',
  },
  {
    name: 'vfio-fd-failure-double-free',
    range: { from: kernelVersion(6, 19), before: kernelVersion(7, 0) },
    text: 'When no descriptor is left, the export is freed twice.',
  },
  {
    // When the fix came is not known: 7.2.6 has it.
    name: 'vfio-close-after-revoke-double-drop',
    range: { from: kernelVersion(7, 1), before: kernelVersion(7, 2, 6) },
    text: 'Closing a device whose buffers were revoked before drops their mapping count once too often.',
  },
  {
    // Not seen on hardware.
    name: 'nvgrace-fake-bar-not-claimed',
    range: { from: kernelVersion(7, 2, 6) },
    text: 'The memory regions of nvgrace-gpu are refused where the physical BAR of the same number is not there.',
  },
];

/** One kernel's choices. */
export interface VfioRules {
  /** Is there such a feature? */
  readonly hasFeature: boolean;
  /** Must a region be a BAR that vfio holds? Before, only its number was looked at. */
  readonly checksClaimedBar: boolean;
  /** Must importers be able to give their mappings back? */
  readonly needsRevocableImporter: boolean;
  readonly has: (defect: VfioDefectName) => boolean;
}

/**
 * The rules of a release.
 * @param intended as the authors meant it, without defects
 */
export function vfioRulesOf(kernel: KernelVersion, intended: boolean): VfioRules {
  return {
    hasFeature: kernelAtLeast(kernel, kernelVersion(6, 19)),
    // 6.19 does not look, 7.2.6 does; the releases between were not read.
    checksClaimedBar: kernelAtLeast(kernel, kernelVersion(7, 2, 6)),
    needsRevocableImporter: kernelAtLeast(kernel, kernelVersion(7, 1)),
    has: (name) =>
      !intended && VFIO_DEFECTS.some((defect) => defect.name === name && inKernelRange(kernel, defect.range)),
  };
}
