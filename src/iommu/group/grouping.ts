/** A machine's functions divided into IOMMU groups, and how two such divisions differ. */
import { factValue } from '../../capture/index.ts';
import type { PciFunction, PciTopology } from '../../pci/index.ts';
import type { IommuGroup } from './device-group.ts';

/** All groups of a machine. */
export interface Grouping {
  /** Ascending by number. */
  readonly groups: readonly IommuGroup[];
  /** The group of a function; undefined where it has none. */
  readonly of: (fn: PciFunction) => IommuGroup | undefined;
}

/** Makes groups searchable by function. */
export function grouping(groups: readonly IommuGroup[]): Grouping {
  const groupOf = new Map<PciFunction, IommuGroup>();
  for (const group of groups) for (const { fn } of group.members) groupOf.set(fn, group);
  return { groups, of: (fn) => groupOf.get(fn) };
}

/** The groups in force when the capture was made, without how they came to be; undefined where it does not tell. */
export function capturedGrouping(topology: PciTopology): Grouping | undefined {
  const { functions } = topology;
  const open = functions.length === 0 || functions.some((fn) => fn.captured.iommuGroup.state === 'unreadable');
  return open ? undefined : listedGrouping(topology);
}

/** The groups that the input lists, also where it lists some of them only. */
export function listedGrouping(topology: PciTopology): Grouping {
  const byNumber = new Map<number, PciFunction[]>();
  for (const fn of topology.functions) {
    const number = factValue(fn.captured.iommuGroup);
    if (number === undefined) continue;
    const members = byNumber.get(number) ?? [];
    byNumber.set(number, members);
    members.push(fn);
  }
  const groups = [...byNumber].map(([number, members]) => ({
    number,
    members: members.map((fn) => ({ fn, reason: { rule: 'captured' } as const })),
  }));
  return grouping(groups.sort((a, b) => a.number - b.number));
}

/** Does each group of `fine` lie within one of `coarse`? Functions without a group are with nobody. */
export function refines(fine: Grouping, coarse: Grouping): boolean {
  return fine.groups.every(({ members }) => {
    const wholes = new Set(members.map(({ fn }) => coarse.of(fn)));
    return wholes.size === 1 && (members.length === 1 || !wholes.has(undefined));
  });
}

/** What changes between two divisions. Numbers do not matter, only who is with whom. */
export interface GroupDiff {
  /** Groups of `after` that hold functions which `before` kept apart: these lose isolation from each other. */
  readonly merged: readonly { readonly group: IommuGroup; readonly parts: readonly (readonly PciFunction[])[] }[];
  /** Groups of `before` whose functions `after` keeps apart: these gain isolation from each other. */
  readonly split: readonly { readonly group: IommuGroup; readonly parts: readonly (readonly PciFunction[])[] }[];
  /** Functions with a group before and none after: no IOMMU holds them back any more. */
  readonly ungrouped: readonly PciFunction[];
  /** Functions with a group after and none before. */
  readonly grouped: readonly PciFunction[];
}

/** Compares two divisions of the same functions. */
export function groupDiff(before: Grouping, after: Grouping): GroupDiff {
  return {
    merged: partsIn(after, before),
    split: partsIn(before, after),
    ungrouped: onlyIn(before, after),
    grouped: onlyIn(after, before),
  };
}

/** The groups of `whole` whose members stand in more than one group of `divided`, and those parts. */
function partsIn(whole: Grouping, divided: Grouping): GroupDiff['merged'] {
  return whole.groups.flatMap((group) => {
    const parts = new Map<IommuGroup, PciFunction[]>();
    for (const { fn } of group.members) {
      const part = divided.of(fn);
      if (part === undefined) continue;
      const members = parts.get(part) ?? [];
      parts.set(part, members);
      members.push(fn);
    }
    return parts.size > 1 ? [{ group, parts: [...parts.values()] }] : [];
  });
}

function onlyIn(here: Grouping, there: Grouping): readonly PciFunction[] {
  return here.groups.flatMap(({ members }) => members.flatMap(({ fn }) => (there.of(fn) === undefined ? [fn] : [])));
}
