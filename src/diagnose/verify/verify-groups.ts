/** IOMMU groups: who is with whom, and the two ways in which a group is recorded. */
import { factValue } from '../../capture/index.ts';
import { groupMembers } from '../../iommu/index.ts';
import type { PciFunction } from '../../pci/index.ts';
import { formatBdf } from '../../uapi/index.ts';
import type { PredictedBoot } from './boot-of-input.ts';
import { type Cause, compared, type RecordedFact } from './recorded-fact.ts';

/** Every recorded group, and every function that has none. Groups that the input leaves open are left out. */
export function verifyGroups(boot: PredictedBoot): RecordedFact[] {
  const { recorded, machine } = boot;
  if (recorded === undefined) return [];
  const groups = recorded.groups.map(({ number, members }) => ({
    number,
    members: members.map(({ fn }) => fn).sort((a, b) => a.bdf - b.bdf),
  }));
  const without = machine.topology.functions.filter((fn) => recorded.of(fn) === undefined);
  return [
    ...groups.flatMap(({ number, members }) => verifyGroup(boot, `group ${number}`, members)),
    ...without.flatMap((fn) => verifyUngrouped(boot, fn)),
  ];
}

const NO_GROUP = 'no group';

function verifyGroup(
  { groups, ...boot }: PredictedBoot,
  part: string,
  members: readonly PciFunction[],
): RecordedFact[] {
  // Whose bridge is not known may share a group with anyone.
  if (groups === undefined || members.some(({ placement }) => !placement.certain)) return [];
  const bounds = members.map((fn) => {
    const { atLeast = [], atMost = [] } = groupMembers(groups, fn);
    return { atLeast: show(atLeast), atMost: show(atMost), inside: atMost, whole: atLeast };
  });
  const possible = bounds.every(
    ({ inside, whole }) => members.every((fn) => inside.includes(fn)) && whole.every((fn) => members.includes(fn)),
  );
  // The input leaves it open, and what is recorded is one of the possibilities.
  if (possible && bounds.some(({ atLeast, atMost }) => atLeast !== atMost)) return [];
  const predicted = [...new Set(bounds.map(({ atMost }) => atMost || NO_GROUP))].join(' | ');
  const fact = { kind: 'group' as const, functions: members, part, recorded: show(members), predicted };
  return [
    compared(fact, () =>
      groupCause(
        { groups, ...boot },
        members,
        bounds.flatMap(({ inside }) => inside),
      ),
    ),
  ];
}

function verifyUngrouped(boot: PredictedBoot, fn: PciFunction): RecordedFact[] {
  if (boot.groups === undefined || fn.captured.iommuGroup.state !== 'absent' || !fn.placement.certain) return [];
  const { atLeast, atMost } = groupMembers(boot.groups, fn);
  if ((atLeast === undefined) !== (atMost === undefined)) return [];
  const predicted = atMost === undefined ? NO_GROUP : atMost.length === 1 ? 'a group of its own' : show(atMost);
  const isBridge = fn.buses.state !== 'absent';
  const others = (atMost ?? []).some((other) => boot.recorded?.of(other) !== undefined);
  return [
    compared({ kind: 'group', functions: [fn], part: '', recorded: NO_GROUP, predicted }, () =>
      others && !isBridge ? undefined : 'outside-iommu',
    ),
  ];
}

function groupCause(
  boot: PredictedBoot,
  recorded: readonly PciFunction[],
  predicted: readonly PciFunction[],
): Cause | undefined {
  if (boot.acsOverride) return 'acs-override';
  // A function that comes later is probed before Linux sees that it shares its slot: it gets a group of its own.
  const [only] = recorded;
  const slotOf = (fn: PciFunction): number => Math.floor(fn.bdf / 8);
  const alone = recorded.length === 1 && only !== undefined;
  if (alone && predicted.length > 1 && predicted.every((fn) => slotOf(fn) === slotOf(only) && standsAlone(boot, fn))) {
    return 'rescan';
  }
  return isWholeSlot(recorded) ? 'reworked-groups' : undefined;
}

/** Are these the ports of one slot, one of them not known to have ACS, and everything below them? */
function isWholeSlot(members: readonly PciFunction[]): boolean {
  const tops = members.filter(({ parent }) => parent === undefined || !members.includes(parent));
  const slots = new Set(tops.map(({ bdf }) => Math.floor(bdf / 8)));
  const ports = tops.length > 1 && tops.every(({ buses }) => buses.state !== 'absent');
  return ports && slots.size === 1 && tops.some(({ acs }) => acs.state !== 'known') && members.length > tops.length;
}

function standsAlone({ recorded }: PredictedBoot, fn: PciFunction): boolean {
  return recorded?.of(fn)?.members.length === 1;
}

/** Addresses, ascending. */
function show(functions: readonly PciFunction[]): string {
  return functions
    .map(({ bdf }) => bdf)
    .sort((a, b) => a - b)
    .map(formatBdf)
    .join(' ');
}

/** A function's own link against the list of the group. */
export function verifyGroupLinks({ machine }: PredictedBoot): RecordedFact[] {
  const listed = factValue(machine.topology.capture.iommuGroups);
  // A listing in text has one of the two alone.
  if (listed === undefined || machine.topology.capture.source.kind.startsWith('lspci')) return [];
  const byFunction = new Map(listed.flatMap(({ id, devices }) => devices.map((bdf) => [bdf, id] as const)));
  return machine.topology.functions.flatMap((fn) => {
    const { iommuGroup } = fn.captured;
    if (iommuGroup.state === 'unreadable') return [];
    const own = factValue(iommuGroup);
    const inList = byFunction.get(fn.bdf);
    if (own === undefined && inList === undefined) return [];
    const name = (group: number | undefined): string => (group === undefined ? NO_GROUP : `group ${group}`);
    return [compared({ kind: 'group-link', functions: [fn], part: '', recorded: name(own), predicted: name(inList) })];
  });
}
