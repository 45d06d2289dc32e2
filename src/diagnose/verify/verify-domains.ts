/** What every IOMMU group has: the kind of its default domain, and addresses that it must not use. */
import { hex, unshown } from '../../base/index.ts';
import { type CapturedIommu, type CapturedIommuGroup, factValue, type ReservedRegion } from '../../capture/index.ts';
import { defaultDomainType, usualRegions } from '../../iommu/index.ts';
import type { PciFunction, PciTopology } from '../../pci/index.ts';
import type { PredictedBoot } from './boot-of-input.ts';
import { type Cause, compared, type RecordedFact } from './recorded-fact.ts';

/** The kinds of domain that a boot gives; others were asked for by a driver or written by hand. */
const BOOT_TYPES = ['DMA', 'DMA-FQ', 'identity'];

/** The type of every group, where command line and registers of the IOMMU tell it. */
export function verifyDomainTypes(boot: PredictedBoot): RecordedFact[] {
  const { topology } = boot.machine;
  const { cmdline } = boot;
  const unit = unitOf(topology);
  if (cmdline === undefined || unit === undefined) return [];
  return recordedGroups(topology).flatMap(({ group, members }) => {
    const recorded = unshown(factValue(group.type));
    if (recorded === undefined || !BOOT_TYPES.includes(recorded)) return [];
    const choice = defaultDomainType(members, unit, cmdline, topology.capture.kernel.config);
    if (choice.reasons.includes('pasid-unreadable')) return [];
    const fact = { kind: 'domain-type' as const, functions: members, part: `group ${group.id}` };
    return [compared({ ...fact, recorded, predicted: choice.type }, () => typeCause(recorded, choice.type))];
  });
}

/** Between lazy and strict a group can be switched while it runs. */
function typeCause(recorded: string, predicted: string): Cause | undefined {
  return recorded === 'DMA-FQ' && predicted === 'DMA' ? 'group-type-written' : undefined;
}

/** The regions that hardware brings, in every group; what firmware adds is explained by it. */
export function verifyReservedRegions({ machine: { topology } }: PredictedBoot): RecordedFact[] {
  const kind = unitOf(topology)?.kind;
  if (kind !== 'intel' && kind !== 'amd') return [];
  return recordedGroups(topology).flatMap(({ group, members }) => {
    const regions = factValue(group.reservedRegions);
    if (regions === undefined) return [];
    const usual = usualRegions(kind, members).map(show);
    const recorded = regions.map(show);
    const extra = recorded.filter((region) => !usual.includes(region));
    const ofFirmware = extra.every((region) => region.endsWith(' direct') || region.endsWith(' direct-relaxable'));
    const lost = usual.some((region) => !recorded.includes(region));
    const fact = { kind: 'reserved-regions' as const, functions: members, part: `group ${group.id}` };
    return [
      compared({ ...fact, recorded: recorded.sort().join(', '), predicted: usual.sort().join(', ') }, () =>
        ofFirmware && !lost ? 'firmware-regions' : undefined,
      ),
    ];
  });
}

/** The unit that the groups are of; undefined where units differ, as no input tells whose a group is. */
function unitOf({ capture }: PciTopology): CapturedIommu | undefined {
  const units = (factValue(capture.iommus) ?? []).filter(({ kind }) => kind !== 'other');
  const registers = new Set(units.map(({ kind, cap, ecap }) => [kind, factValue(cap), factValue(ecap)].join(' ')));
  return registers.size === 1 ? units[0] : undefined;
}

function recordedGroups({
  capture,
  byBdf,
}: PciTopology): readonly { readonly group: CapturedIommuGroup; readonly members: readonly PciFunction[] }[] {
  return (factValue(capture.iommuGroups) ?? [])
    .map((group) => ({
      group,
      members: group.devices.map((bdf) => byBdf.get(bdf)).filter((fn) => fn !== undefined),
    }))
    .filter(({ members }) => members.length > 0);
}

function show({ range, type }: ReservedRegion): string {
  return `${hex(range.start)}-${hex(range.end - 1n)} ${type}`;
}
