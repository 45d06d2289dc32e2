/** What the IOMMU groups in force tell of isolation that the registers of an input leave open. */
import { assert } from '../../base/index.ts';
import { type AcsView, type PciFunction, type PciTopology, pciAcsEnabled, REQ_ACS_FLAGS } from '../../pci/index.ts';
import { type Grouping, refines } from './grouping.ts';
import { type GroupPrediction, predictGroups } from './predict-groups.ts';

/** Groups in force, and the registers they were formed from. */
export interface GroupEvidence {
  readonly acs: AcsView;
  readonly groups: Grouping;
  /** Functions whose registers do not tell whether they isolate, and the groups do. */
  readonly told: ReadonlyMap<PciFunction, boolean>;
}

/** Two divisions for each open function: those of more are not asked. */
const MOST_OPEN = 64;

/**
 * Takes the groups in force for what they are. Undefined where they cannot come of these registers: these were changed
 * after boot, or devices came and went.
 */
export function groupEvidence(topology: PciTopology, acs: AcsView, groups: Grouping): GroupEvidence | undefined {
  const prediction = predictGroups(topology, acs);
  if (prediction.state === 'known') {
    return sameDivision(prediction.groups, groups) ? { acs, groups, told: new Map() } : undefined;
  }
  if (!refines(prediction.finest, groups) || !refines(groups, prediction.coarsest)) return undefined;
  const open = prediction.missing.filter(({ fact }) => fact === 'acs').map(({ fn }) => fn);
  const told = new Map<PciFunction, boolean>();
  if (open.length !== prediction.missing.length || open.length > MOST_OPEN) return { acs, groups, told };
  const groupsIf = (fn: PciFunction, isolates: boolean, others: boolean): Grouping => {
    const assumed = new Map(open.map((each) => [each, each === fn ? isolates : others]));
    const settled = predictGroups(topology, { ...acs, told: assumed });
    assert(settled.state === 'known', 'nothing is open where every open answer is given');
    return settled.groups;
  };
  for (const fn of open) {
    // Were it alone not to isolate, functions that are apart would be together; were it alone to, the reverse.
    if (!refines(groupsIf(fn, false, true), groups)) told.set(fn, true);
    else if (!refines(groups, groupsIf(fn, true, false))) told.set(fn, false);
  }
  return { acs, groups, told };
}

/** The groups of a boot with registers as `acs` says: those in force where no answer about isolation is another. */
export function groupsUnder(topology: PciTopology, acs: AcsView, evidence: GroupEvidence | undefined): GroupPrediction {
  if (evidence === undefined) return predictGroups(topology, acs);
  const isSame = topology.functions.every(
    (fn) => pciAcsEnabled(fn, REQ_ACS_FLAGS, acs).enabled === pciAcsEnabled(fn, REQ_ACS_FLAGS, evidence.acs).enabled,
  );
  if (isSame) return { state: 'known', groups: evidence.groups, inferred: [] };
  return predictGroups(topology, { ...acs, told: evidence.told });
}

function sameDivision(a: Grouping, b: Grouping): boolean {
  return refines(a, b) && refines(b, a);
}
