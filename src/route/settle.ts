/** How a walk ends: every fork on it is settled here, and nowhere else. */
import type { Assumption, Hop, HopPlace, MissingFact, RouteEnd } from './route-value.ts';
import type { Walk, WalkFork, WalkToIommu } from './walk.ts';

/** A settled way: decisions and one end. */
export interface Leaf {
  readonly hops: readonly Hop[];
  readonly end: RouteEnd;
  /** Of the hops, each once. */
  readonly assumptions: readonly Assumption[];
}

/**
 * Settles a walk: one outcome where the branches of a fork agree, else unknown.
 * @param delta from the address the walk was made for to the one that is asked about
 * @param translate goes on where the walk leaves off before the IOMMU
 */
export function settle(walk: Walk, delta: bigint, translate: (walk: WalkToIommu) => Leaf): Leaf {
  switch (walk.kind) {
    case 'end':
      return leafOf(walk.hops, shiftEnd(walk.end, delta));
    case 'to-iommu':
      return translate(walk);
    case 'fork':
      return settleFork(
        walk,
        walk.branches.map((branch) => settle(branch, delta, translate)),
      );
  }
}

/** Settles on an end. */
export function leafOf(hops: readonly Hop[], end: RouteEnd): Leaf {
  let assumptions: Assumption[] | undefined;
  for (const { assumed } of hops) {
    if (assumed === undefined) continue;
    assumptions ??= [];
    if (!assumptions.includes(assumed)) assumptions.push(assumed);
  }
  return { hops, end, assumptions: assumptions ?? NO_ASSUMPTIONS };
}

const NO_ASSUMPTIONS: readonly Assumption[] = [];

/** Joins the outcomes of the branches of a fork: one outcome when they agree, else unknown. */
export function settleFork(walk: Omit<WalkFork, 'branches'>, leaves: readonly Leaf[]): Leaf {
  const ends: RouteEnd[] = [];
  const missing = [...walk.missing];
  for (const { end } of leaves) {
    for (const each of end.kind === 'unknown' ? end.alternatives : [end]) {
      if (!ends.some((known) => sameEnd(known, each))) ends.push(each);
    }
    if (end.kind === 'unknown') addMissing(missing, end.missing);
  }
  const [first] = leaves;
  const agreed = leaves.every(({ end }) => end.kind !== 'unknown') && ends.length === 1 && !walk.open;
  if (agreed && first !== undefined) return leafOf([...walk.hops, ...first.hops], first.end);
  return leafOf(walk.hops, { kind: 'unknown', missing, alternatives: ends });
}

function addMissing(list: MissingFact[], more: readonly MissingFact[]): void {
  for (const fact of more) {
    if (!list.some((known) => known.fact === fact.fact && known.device === fact.device)) list.push(fact);
  }
}

/** Moves what an end says of a byte to the byte `delta` further on. */
export function shiftEnd(end: RouteEnd, delta: bigint): RouteEnd {
  if (delta === 0n) return end;
  switch (end.kind) {
    case 'function':
      return { ...end, offset: end.offset + delta, phys: end.phys + delta };
    case 'ram':
    case 'reserved':
      return { ...end, phys: end.phys + delta };
    case 'unknown':
      return { ...end, alternatives: end.alternatives.map((alternative) => shiftEnd(alternative, delta)) };
    default:
      return end;
  }
}

/** Do two ends say the same? */
function sameEnd(a: RouteEnd, b: RouteEnd): boolean {
  switch (a.kind) {
    case 'function':
      return b.kind === 'function' && a.fn === b.fn && a.bar === b.bar && a.offset === b.offset;
    case 'ram':
    case 'reserved':
      return b.kind === a.kind && a.phys === b.phys;
    case 'msi':
    case 'returned':
      return b.kind === a.kind;
    case 'stopped':
      return b.kind === 'stopped' && a.reason === b.reason && a.rule === b.rule && samePlace(a.at, b.at);
    case 'unknown':
      return (
        b.kind === 'unknown' &&
        a.alternatives.length === b.alternatives.length &&
        a.alternatives.every((alternative, i) => {
          const other = b.alternatives[i];
          return other !== undefined && sameEnd(alternative, other);
        })
      );
  }
}

function samePlace(a: HopPlace, b: HopPlace): boolean {
  if (a.kind === 'function') return b.kind === 'function' && a.fn === b.fn;
  return b.kind === 'host-bridge' && a.hostBridge === b.hostBridge;
}
