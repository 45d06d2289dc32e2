/** The least intrusive change that makes wanted pairs work, verified before it is shown. */
import { gather } from '../../base/index.ts';
import {
  acsRedirectBits,
  calcMapTypeAndDist,
  cellMapType,
  mapTypeMatrix,
  matrixCell,
  type P2pdmaMachine,
  type Verdict,
} from '../../p2pdma/index.ts';
import { type PciFunction, upstreamBridge } from '../../pci/index.ts';
import { exposures } from '../exposure.ts';
import { type IsolationChange, isolationCost, lostPairs } from '../isolation.ts';
import { afterClearing, clearRedirect, redirectFix } from '../redirect-fix.ts';
import { type Situation, withAcsEdits } from '../what-if.ts';
import { type Bundle, chooseBundles, portsOf } from './choose.ts';
import { type PlanSteps, planSteps } from './steps.ts';
import { functionsOf, pairNumber, type Want } from './want.ts';

/** What a plan is to reach. */
export interface PlanRequest {
  readonly wants: readonly Want[];
  /** `supported`: through the host bridge is good enough. */
  readonly goal: 'direct' | 'supported';
  /** Endpoints that nothing may be able to reach, or share a group with, that cannot now. */
  readonly keepIsolated: readonly PciFunction[];
}

/** What can be had, and how. Each wanted pair is in exactly one of the lists. */
export interface Plan {
  readonly request: PlanRequest;
  /** Works now. */
  readonly already: readonly Want[];
  /** Works with the plan. */
  readonly gained: readonly Want[];
  /** Could work, but not while `keepIsolated` stays isolated. */
  readonly givenUp: readonly Want[];
  /** No setting makes these work. */
  readonly impossible: readonly Blocked[];
  /** The input lacks what decides. */
  readonly open: readonly Blocked[];
  /** Ports whose redirect goes; empty where there is nothing to do. */
  readonly ports: readonly PciFunction[];
  readonly cost: IsolationChange;
  /** Undefined where there is nothing to do. */
  readonly steps: PlanSteps | undefined;
}

/** Pairs that stand alike, and the verdict of the first of them. */
export interface Blocked {
  readonly wants: readonly Want[];
  readonly verdict: Verdict;
}

/**
 * Makes a plan. The host bridge allowlist is never touched: Linux refuses a host bridge for a reason.
 * @param report how far it is, from 0 to 1
 */
export function makePlan(situation: Situation, request: PlanRequest, report: (share: number) => void = () => {}): Plan {
  const sorted = sortWants(situation.machine, request, (share) => report(share * SORTED));
  const chosen = chooseBundles(sorted.bundles, {
    allowed: (ports) => staysIsolated(situation, ports, request.keepIsolated),
    cost: (ports) => lostPairs(isolationCost(situation, clearRedirect(ports))),
  });
  report(CHOSEN);
  const ports = portsOf(chosen);
  const gained = chosen.flatMap(({ wants }) => wants);
  const had = new Set(gained);
  const givenUp = sorted.bundles.flatMap(({ wants }) => wants).filter((want) => !had.has(want));
  return {
    request,
    already: sorted.already,
    gained,
    givenUp,
    impossible: sorted.impossible,
    open: sorted.open,
    ports,
    cost: isolationCost(situation, clearRedirect(ports)),
    steps: ports.length === 0 ? undefined : planSteps(situation, ports, gained),
  };
}

/** Shares of the work that are done when pairs are sorted, and when ports are chosen. */
const SORTED = 0.6;
const CHOSEN = 0.8;

interface SortedWants {
  readonly already: readonly Want[];
  readonly impossible: readonly Blocked[];
  readonly open: readonly Blocked[];
  readonly bundles: readonly Bundle[];
}

function sortWants(machine: P2pdmaMachine, { wants, goal }: PlanRequest, report: (share: number) => void): SortedWants {
  const matrix = mapTypeMatrix(machine, functionsOf(wants));
  const standing = standings(machine);
  const already: Want[] = [];
  const alike = new Map<number, Want[]>();
  for (const want of wants) {
    const type = cellMapType(matrixCell(matrix, want.provider, want.client));
    if (type === 'PCI_P2PDMA_MAP_BUS_ADDR' || (goal === 'supported' && type === 'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE')) {
      already.push(want);
    } else gather(alike, pairNumber(standing(want.provider), standing(want.client)), want);
  }
  const blocked = { impossible: [] as Blocked[], open: [] as Blocked[] };
  const bundles = new Map<string, { wants: Want[]; ports: readonly PciFunction[] }>();
  let sorted = 0;
  for (const same of alike.values()) {
    report(sorted++ / alike.size);
    const [first] = same;
    if (first === undefined) continue;
    const verdict = calcMapTypeAndDist(machine, first.provider, first.client);
    const fix = redirectFix(machine, verdict);
    if (fix === undefined) {
      // Cleared of the redirects that are known, it may still be kept by registers that are not.
      const best = afterClearing(machine, verdict) ?? verdict;
      const mayBeDirect = best.candidates.includes('PCI_P2PDMA_MAP_BUS_ADDR');
      const undecided = best.mapType === 'unknown' && (mayBeDirect || goal === 'supported');
      blocked[undecided ? 'open' : 'impossible'].push({ wants: same, verdict: undecided ? best : verdict });
      continue;
    }
    const ports = fix.ports.map(({ port }) => port).sort((a, b) => a.index - b.index);
    const key = ports.map(({ index }) => index).join(' ');
    const bundle = bundles.get(key);
    if (bundle === undefined) bundles.set(key, { wants: [...same], ports });
    else bundle.wants.push(...same);
  }
  return { already, ...blocked, bundles: [...bundles.values()] };
}

/**
 * Numbers for where functions stand: those below one bridge get the same answers, but for those that redirect themselves
 * or whose place is open.
 */
function standings(machine: P2pdmaMachine): (fn: PciFunction) => number {
  const { hostBridges } = machine.topology;
  const known = new Map<PciFunction, number>();
  const find = (fn: PciFunction): number => {
    const bits = acsRedirectBits(machine, fn);
    if (bits.state !== 'known' || bits.value !== 0 || !fn.placement.certain) return hostBridges.length + 2 * fn.index;
    const above = upstreamBridge(fn);
    return above === undefined ? fn.hostBridge.index : hostBridges.length + 2 * above.index + 1;
  };
  return (fn) => {
    const number = known.get(fn) ?? find(fn);
    known.set(fn, number);
    return number;
  };
}

function staysIsolated(
  situation: Situation,
  ports: readonly PciFunction[],
  keepIsolated: readonly PciFunction[],
): boolean {
  if (keepIsolated.length === 0 || ports.length === 0) return true;
  const edits = clearRedirect(ports);
  const cost = isolationCost(situation, edits);
  if (cost.state === 'no-iommu') return true;
  const kept = new Set(keepIsolated);
  const open = new Set(exposures(situation).map(({ port }) => port));
  const exposed = exposures(withAcsEdits(situation, edits)).filter(({ port }) => !open.has(port));
  if (exposed.some(({ from, to }) => [...from, ...to].some((fn) => kept.has(fn)))) return false;
  return cost.state !== 'known' || !cost.lost.some((parts) => parts.flat().some((fn) => kept.has(fn)));
}
