/** One fact that an input records and the model predicts. */
import type { PciFunction } from '../../pci/index.ts';

/**
 * What is compared.
 *
 * - `group`: who shares an IOMMU group with whom, from the tree, the registers and the boot.
 * - `group-link`: a function's group by its own link and by the group's list.
 * - `domain-type`: the kind of default domain of a group.
 * - `acs-control`: the ACS Control register, as this release leaves it.
 * - `bus-address`: a BAR or bridge window as its register holds it, by the CPU address that the kernel gave it.
 * - `within-bridge`: a BAR or window lies in one of the windows of the bridge above.
 * - `reserved-regions`: the addresses that no mapping of a group may use.
 * - `parent`: the bridge above, by bus numbers.
 * - `identity`: vendor, device and class, by register and by file.
 * - `virtual-function`: whose virtual function it is, by offset and stride.
 * - `kernel-answer`: distance and map type of a pair, domains and windows, as the module peerpath-oracle answers.
 * - `kernel-message`: what the kernel log says of peer-to-peer DMA between two devices.
 */
export type FactKind =
  | 'group'
  | 'group-link'
  | 'domain-type'
  | 'acs-control'
  | 'bus-address'
  | 'within-bridge'
  | 'reserved-regions'
  | 'parent'
  | 'identity'
  | 'virtual-function'
  | 'kernel-answer'
  | 'kernel-message';

/**
 * A known cause of a difference, with what shows it.
 *
 * - `firmware`: firmware set bits that Linux neither sets nor clears.
 * - `changed-after-boot`: a register was written by hand (setpci) or by a driver: the groups, formed at boot, show it.
 * - `reset`: the function was reset or sleeps, its registers lost what the kernel remembers.
 * - `outside-iommu`: firmware gives the function to no IOMMU: those it would share a group with have none either, or it is a bridge.
 * - `rescan`: functions found after boot (hotplug, remove and rescan) get groups before Linux sees what shares their slot.
 * - `reworked-groups`: a kernel with the proposed rework of IOMMU groups, which is in no release: a port without ACS takes
 *   the other ports of its slot, and all that is below them, into its group.
 * - `acs-override`: the command line has `pcie_acs_override=`, a patch that is in no released kernel.
 * - `cmdline-unknown`: the command line is not in the input, and decides.
 * - `subtractive`: the bridge above forwards what nobody else claims.
 * - `firmware-regions`: firmware lists further regions (RMRR, IVMD), which no register tells.
 * - `group-type-written`: somebody wrote to the group's `type` file, or a driver asked for it.
 */
export type Cause =
  | 'firmware'
  | 'changed-after-boot'
  | 'reset'
  | 'outside-iommu'
  | 'rescan'
  | 'reworked-groups'
  | 'acs-override'
  | 'cmdline-unknown'
  | 'subtractive'
  | 'firmware-regions'
  | 'group-type-written';

/** A fact and its prediction, each in the notation of the place it is read from. */
export interface RecordedFact {
  readonly kind: FactKind;
  /** What the fact is about: functions of a group, a function, a bridge. The first names it. */
  readonly functions: readonly PciFunction[];
  /** What of it: `BAR 2`, `group 5`, `vendor`; '' where the kind says all. */
  readonly part: string;
  readonly recorded: string;
  readonly predicted: string;
  readonly agrees: boolean;
  /** Of a difference: the known cause that explains it; undefined: none does. */
  readonly cause?: Cause | undefined;
}

/** Makes a fact; `cause` is asked where the sides differ. */
export function compared(
  fact: Omit<RecordedFact, 'agrees' | 'cause'>,
  cause: () => Cause | undefined = () => undefined,
): RecordedFact {
  return fact.recorded === fact.predicted ? { ...fact, agrees: true } : { ...fact, agrees: false, cause: cause() };
}
