/** What groups may be where bridges are not in the input: functions below them may be with almost any other. */
import { factValue } from '../../capture/index.ts';
import { type PciFunction, type PciTopology, upstreamBridge } from '../../pci/index.ts';
import { bdfBus, bdfDomain } from '../../uapi/index.ts';
import type { GroupMember, IommuGroup } from './device-group.ts';

/** Which functions keep their peers and what is below them apart, as far as the input tells. */
interface Isolation {
  readonly isolated: (fn: PciFunction) => boolean;
  readonly pathIsolated: (bridge: PciFunction) => boolean;
}

/**
 * The groups at their coarsest: those of functions whose way to the root bus is not known become one in each domain,
 * with all that a bridge in that gap may be with.
 */
export function withOpenPlaces(
  groups: readonly IommuGroup[],
  topology: PciTopology,
  isolation: Isolation,
): readonly IommuGroup[] {
  const open = topology.functions.filter(hasOpenPlace);
  if (open.length === 0) return groups;
  const openBuses = new Map<number, Set<number>>();
  for (const { bdf } of open) {
    const buses = openBuses.get(bdfDomain(bdf)) ?? new Set();
    openBuses.set(bdfDomain(bdf), buses.add(bdfBus(bdf)));
  }
  const isOpen = new Set(open);
  const mayHold = (fn: PciFunction): boolean => {
    const buses = openBuses.get(bdfDomain(fn.bdf));
    if (buses === undefined) return false;
    const behind = (bridge: PciFunction): boolean => mayLeadTo(bridge, buses);
    if (isOpen.has(fn) || (behind(fn) && !isolation.pathIsolated(fn))) return true;
    // A bridge in the same slot.
    const above = upstreamBridge(fn);
    return !isolation.isolated(fn) && (above === undefined || behind(above));
  };
  const joined = new Map<number, GroupMember[]>();
  const rest: IommuGroup[] = [];
  for (const group of groups) {
    const one = group.members.find(({ fn }) => mayHold(fn));
    if (one === undefined) {
      rest.push(group);
      continue;
    }
    const domain = bdfDomain(one.fn.bdf);
    joined.set(domain, [...(joined.get(domain) ?? []), ...group.members]);
  }
  const numbers = new Map(groups.flatMap(({ number, members }) => members.map(({ fn }) => [fn, number])));
  const merged = [...joined.values()].map((members) => ({
    number: Math.min(...members.map(({ fn }) => numbers.get(fn) ?? 0)),
    members,
  }));
  return [...rest, ...merged].sort((a, b) => a.number - b.number);
}

/** Is a bridge between the function and its root bus not in the input? */
function hasOpenPlace(fn: PciFunction): boolean {
  for (let at: PciFunction | undefined = fn; at !== undefined; at = upstreamBridge(at)) {
    if (!at.placement.certain) return true;
  }
  return false;
}

/** Does the bridge lead to one of the buses, directly or through others? Without bus numbers it may. */
function mayLeadTo(bridge: PciFunction, buses: ReadonlySet<number>): boolean {
  if (bridge.buses.state === 'absent') return false;
  const range = factValue(bridge.buses);
  return range === undefined || [...buses].some((bus) => bus >= range.secondary && bus <= range.subordinate);
}
