/** Who loses isolation from whom: in IOMMU groups, and in what the switches let pass. */
import { type GroupDiff, type Grouping, type GroupPrediction, groupDiff, predictGroups } from '../iommu/index.ts';
import type { AcsEdit, PciFunction } from '../pci/index.ts';
import { type Exposure, exposures, isEndpoint } from './exposure.ts';
import { type Situation, withAcsEdits } from './what-if.ts';

/**
 * How the IOMMU groups of two situations differ.
 *
 * - `known`: `diff`, taken at its worst where facts are missing (`certain` is then false).
 * - `no-iommu`: there is no isolation before, so none can be lost.
 * - `unknown`: whether an IOMMU runs is not known in one of the situations.
 */
export type IsolationChange =
  | {
      readonly state: 'known';
      readonly diff: GroupDiff;
      /** Groups that become one. */
      readonly lost: readonly Loss[];
      /** Ports that begin to let requests pass beside the IOMMU, whatever the groups say. */
      readonly exposed: readonly Exposure[];
      readonly certain: boolean;
    }
  | { readonly state: 'no-iommu' }
  | { readonly state: 'unknown' };

/** Devices that end up in one group: each part was a group of its own. Only endpoints, two parts or more. */
export type Loss = readonly (readonly PciFunction[])[];

/** Compares the groups of two situations of one machine. */
export function isolationChange(before: Situation, after: Situation): IsolationChange {
  if (before.groups === undefined) return { state: 'unknown' };
  if (isWithoutGroups(before.groups)) return { state: 'no-iommu' };
  if (after.groups === undefined) return { state: 'unknown' };
  const diff = groupDiff(finest(before.groups), coarsest(after.groups));
  const certain = before.groups.state === 'known' && after.groups.state === 'known';
  const lost = endpointParts(diff.merged);
  const open = new Set(exposures(before).map(({ port }) => port));
  const exposed = exposures(after).filter(({ port }) => !open.has(port));
  return { state: 'known', diff, lost, exposed, certain };
}

/** Of groups that hold what was apart, those where endpoints were. */
function endpointParts(merged: GroupDiff['merged']): readonly Loss[] {
  return merged
    .map(({ parts }) => parts.map((part) => part.filter(isEndpoint)).filter((part) => part.length > 0))
    .filter((parts) => parts.length > 1);
}

/** What register changes cost: the groups of a boot with the registers as they are against one with the changes. */
export function isolationCost(situation: Situation, edits: readonly AcsEdit[]): IsolationChange {
  const unchanged = UNCHANGED.get(situation) ?? withAcsEdits(situation, []);
  UNCHANGED.set(situation, unchanged);
  return isolationChange(unchanged, withAcsEdits(situation, edits));
}

/** A boot with the registers as they are, by situation: prices of many changes are asked of one situation. */
const UNCHANGED = new WeakMap<Situation, Situation>();

/** Who can pass the IOMMU although groups keep them apart. Empty where no IOMMU runs or where that is not known. */
export function groupGaps(situation: Situation): readonly Exposure[] {
  const { groups } = situation;
  if (groups === undefined || isWithoutGroups(groups)) return [];
  const all = coarsest(groups);
  return exposures(situation).flatMap(({ port, from, to }) => {
    const apart = to.filter((b) => from.some((a) => all.of(a) !== all.of(b)));
    return apart.length === 0 ? [] : [{ port, from, to: apart }];
  });
}

/**
 * Endpoints that groups in force keep apart although nothing in the machine does: a boot with these registers would put
 * them together. Devices that are removed and found again come to stand so, and where registers are changed after boot.
 */
export function brokenGroups({ boot, groups, machine }: Situation): readonly Loss[] {
  if (boot !== undefined || groups?.state !== 'known' || isWithoutGroups(groups)) return [];
  const { merged } = groupDiff(groups.groups, finest(predictGroups(machine.topology, machine.acs)));
  return endpointParts(merged);
}

/** How many pairs of endpoints lose isolation from each other, in groups or beside the IOMMU. */
export function lostPairs(change: IsolationChange): number {
  if (change.state !== 'known') return 0;
  const pairs = new Set<number>();
  const add = (a: PciFunction, b: PciFunction): unknown =>
    pairs.add(Math.min(a.index, b.index) * 0x10_0000 + Math.max(a.index, b.index));
  for (const { from, to } of change.exposed) for (const a of from) for (const b of to) add(a, b);
  for (const parts of change.lost) {
    parts.forEach((part, at) => {
      for (const other of parts.slice(at + 1)) for (const a of part) for (const b of other) add(a, b);
    });
  }
  return pairs.size;
}

/** Without any group: no IOMMU runs. */
export function isWithoutGroups(groups: GroupPrediction): boolean {
  return groups.state === 'known' && groups.groups.groups.length === 0;
}

/** The most groups that the facts allow. */
function finest(groups: GroupPrediction): Grouping {
  return groups.state === 'known' ? groups.groups : groups.finest;
}

/** The fewest groups that the facts allow. */
export function coarsest(groups: GroupPrediction): Grouping {
  return groups.state === 'known' ? groups.groups : groups.coarsest;
}
