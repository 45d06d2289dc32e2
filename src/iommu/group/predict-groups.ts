/** The IOMMU groups of a machine, predicted from its topology and a view of its ACS registers. */
import { factValue } from '../../capture/index.ts';
import {
  type AcsVerdict,
  type AcsView,
  PCI_CLASS_SYSTEM_IOMMU,
  type PciFunction,
  type PciTopology,
  pciAcsEnabled,
  pciAcsPathEnabled,
  REQ_ACS_FLAGS,
} from '../../pci/index.ts';
import { formGroups, type IommuGroup, type IsolationRules } from './device-group.ts';
import { mayBeVmd, realDmaDevice } from './dma-alias.ts';
import { type Grouping, grouping } from './grouping.ts';
import { withOpenPlaces } from './open-places.ts';
import { probeOrder } from './probe-order.ts';

/**
 * Groups, or, where facts are missing that decide, the two extremes: `finest` with every unknown port taken as
 * isolating, `coarsest` with every one taken as not. A function's group holds at least its members of `finest`.
 *
 * Numbers count PCI functions only: other devices behind an IOMMU (platform devices on arm64, ACPI devices) take
 * numbers too, and are in no input.
 */
export type GroupPrediction =
  | { readonly state: 'known'; readonly groups: Grouping; readonly inferred: readonly GroupInference[] }
  | {
      readonly state: 'unknown';
      readonly finest: Grouping;
      readonly coarsest: Grouping;
      readonly missing: readonly MissingForGroups[];
      readonly inferred: readonly GroupInference[];
    };

/** `host-bridge-order`: group numbers suppose that host bridges were met in ascending order; members do not. */
export type GroupInference = 'host-bridge-order';

/** A fact that decides, and is not in the input. */
export interface MissingForGroups {
  readonly fn: PciFunction;
  /** `acs`: whether it isolates. `placement`: the bridge above. `real-dma-device`: its VMD endpoint. */
  readonly fact: 'acs' | 'placement' | 'real-dma-device';
  /** Fits after "unknown: ". */
  readonly why: string;
}

/** No function has a group: the machine runs without an IOMMU. */
export const NO_GROUPS: GroupPrediction = { state: 'known', groups: grouping([]), inferred: [] };

/**
 * The groups that Linux forms at boot with ACS as `acs` says. The same algorithm in all kernels up to 7.3.
 * For a boot without an IOMMU there are none: {@link NO_GROUPS}.
 */
export function predictGroups(topology: PciTopology, acs: AcsView): GroupPrediction {
  const order = probeOrder(topology);
  const outside = outsideIommus(topology);
  const functions = order.functions.filter((fn) => !outside.has(fn));
  const inferred: GroupInference[] = order.inferred ? ['host-bridge-order'] : [];
  const missing = new Map<string, MissingForGroups>();
  for (const fn of functions) noteMisplaced(fn, topology, missing);
  const finest = grouping(formWith(functions, topology, acs, true, missing));
  if (missing.size === 0) return { state: 'known', groups: finest, inferred };
  const coarsest = grouping(formWith(functions, topology, acs, false, missing));
  const onlyAcs = [...missing.values()].every(({ fact }) => fact === 'acs');
  if (onlyAcs && finest.groups.length === coarsest.groups.length) return { state: 'known', groups: finest, inferred };
  return { state: 'unknown', finest, coarsest, missing: [...missing.values()], inferred };
}

/**
 * Functions that are behind no IOMMU: those of AMD IOMMUs themselves, and what comes before one in its slot. On Zen that
 * is the root complex, XX:00.0 beside XX:00.2: firmware begins the range of each IOMMU with XX:00.3. Read off kernel
 * logs and group listings of Zen 1 to 5.
 */
function outsideIommus({ functions }: PciTopology): ReadonlySet<PciFunction> {
  const isIommu = ({ ids }: PciFunction): boolean => factValue(ids.baseAndSubClass) === PCI_CLASS_SYSTEM_IOMMU;
  const last = new Map<number, number>();
  for (const fn of functions) if (isIommu(fn)) last.set(slotOf(fn), fn.bdf);
  return new Set(functions.filter((fn) => isIommu(fn) || fn.bdf < (last.get(slotOf(fn)) ?? 0)));
}

/** Domain, bus and device together. */
function slotOf({ bdf }: PciFunction): number {
  return Math.floor(bdf / 8);
}

function noteMisplaced(fn: PciFunction, topology: PciTopology, missing: Map<string, MissingForGroups>): void {
  if (!fn.placement.certain) missing.set(`placement ${fn.bdf}`, { fn, fact: 'placement', why: fn.placement.why });
  if (realDmaDevice(fn, topology) === undefined) {
    missing.set(`real ${fn.bdf}`, { fn, fact: 'real-dma-device', why: 'which VMD endpoint the function is behind' });
  }
}

/** Forms groups with every unknown answer taken as `assumed`, and notes which answers were unknown. */
function formWith(
  functions: readonly PciFunction[],
  topology: PciTopology,
  acs: AcsView,
  assumed: boolean,
  missing: Map<string, MissingForGroups>,
): readonly IommuGroup[] {
  const settle = (verdict: AcsVerdict, at: PciFunction): boolean => {
    if (verdict.enabled === undefined)
      missing.set(`acs ${at.bdf}`, { fn: at, fact: 'acs', why: verdict.missing ?? '' });
    return verdict.enabled ?? assumed;
  };
  const paths = new Map<PciFunction, boolean>();
  const rules: IsolationRules = {
    isolated: (fn) => settle(pciAcsEnabled(fn, REQ_ACS_FLAGS, acs), fn),
    pathIsolated: (bridge) => {
      let isolated = paths.get(bridge);
      if (isolated === undefined) {
        const verdict = pciAcsPathEnabled(bridge, REQ_ACS_FLAGS, acs);
        isolated = settle(verdict, verdict.at);
        paths.set(bridge, isolated);
      }
      return isolated;
    },
    realDmaDevice: (fn) => realDmaDevice(fn, topology) ?? fn,
  };
  const groups = formGroups(functions, rules);
  return assumed ? groups : withOpenPlaces(withOpenVmd(groups, topology), topology, rules);
}

/** The groups with those made one that are, if the functions of VMD domains stand behind any endpoint they may. */
function withOpenVmd(groups: readonly IommuGroup[], topology: PciTopology): readonly IommuGroup[] {
  const isOpen = (fn: PciFunction): boolean => realDmaDevice(fn, topology) === undefined;
  if (!topology.functions.some(isOpen)) return groups;
  const joins = ({ members }: IommuGroup): boolean => members.some(({ fn }) => isOpen(fn) || mayBeVmd(fn));
  const [first, ...others] = groups.filter(joins);
  if (first === undefined) return groups;
  const joined = { ...first, members: [first, ...others].flatMap(({ members }) => members) };
  return groups.flatMap((group) => (group === first ? joined : joins(group) ? [] : group));
}

/** What is certain about a function's group. Both undefined: it has none. */
export function groupMembers(
  prediction: GroupPrediction,
  fn: PciFunction,
): { readonly atLeast: readonly PciFunction[] | undefined; readonly atMost: readonly PciFunction[] | undefined } {
  const [finest, coarsest] =
    prediction.state === 'known' ? [prediction.groups, prediction.groups] : [prediction.finest, prediction.coarsest];
  const members = (all: Grouping): readonly PciFunction[] | undefined => all.of(fn)?.members.map((member) => member.fn);
  return { atLeast: members(finest), atMost: members(coarsest) };
}
