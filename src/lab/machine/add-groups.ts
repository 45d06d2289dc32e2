/** IOMMU groups of a described machine: those that Linux forms with the ACS control registers as they are found. */
import { rawText } from '../../base/index.ts';
import {
  type CapturedFunction,
  type CapturedIommuGroup,
  factValue,
  known,
  type MachineCapture,
  type ReservedRegion,
  type UnreadableFact,
  unreadable,
} from '../../capture/index.ts';
import { predictGroups } from '../../iommu/index.ts';
import { buildTopology, capturedAcsView } from '../../pci/index.ts';
import type { Bdf } from '../../uapi/index.ts';
import type { IommuSpec } from './machine-spec.ts';

/** The capture with groups; without, where config space that decides was withheld. */
export function addGroups(capture: MachineCapture, iommu: IommuSpec): MachineCapture {
  const topology = buildTopology(capture);
  const prediction = predictGroups(
    topology,
    capturedAcsView(topology, { amdIommu: iommu.kind === 'amd', requested: true }),
  );
  if (prediction.state === 'unknown') return capture;
  const numbers = new Map<Bdf, number>();
  const groups = prediction.groups.groups.map((group): CapturedIommuGroup => {
    const members = group.members.map(({ fn }) => fn.captured);
    for (const fn of members) numbers.set(fn.bdf, group.number);
    return {
      id: group.number,
      type: known(rawText(iommu.groupType)),
      reservedRegions: known(reservedRegions(iommu, members)),
      devices: members.map((fn) => fn.bdf).sort((a, b) => a - b),
    };
  });
  const functions = capture.functions.map((fn): CapturedFunction => {
    const number = numbers.get(fn.bdf);
    return { ...fn, iommuGroup: number === undefined ? { state: 'absent' } : known(number) };
  });
  return { ...capture, functions, iommuGroups: known(groups) };
}

/** What a function without groups says. */
export const NO_GROUP_TOLD: UnreadableFact = unreadable('the description does not settle the groups');

const ISA_BRIDGE = 0x0601;

/** In the order of `reserved_regions`: ascending. What drivers reserve on machines of each kind. */
function reservedRegions(iommu: IommuSpec, members: readonly CapturedFunction[]): ReservedRegion[] {
  const region = (start: bigint, last: bigint, type: ReservedRegion['type']): ReservedRegion => ({
    range: { start, end: last + 1n },
    type,
  });
  if (iommu.kind === 'smmuv3') return [region(0x0800_0000n, 0x080f_ffffn, 'msi')];
  const msi = region(0xfee0_0000n, 0xfeef_ffffn, 'msi');
  if (iommu.kind === 'amd') return [msi, region(0xfd_0000_0000n, 0xff_ffff_ffffn, 'reserved')];
  const isa = members.some((fn) => (factValue(fn.classCode) ?? 0) >>> 8 === ISA_BRIDGE);
  return isa ? [region(0n, 0xff_ffffn, 'direct-relaxable'), msi] : [msi];
}
