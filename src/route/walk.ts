/** A walk in progress: what one stage hands to the next, and how open questions are settled at the end. */
import type { HostBridge, PciFunction } from '../pci/index.ts';
import type { Bus } from './bus-tree.ts';
import type { Assumption, Hop, HopPlace, MissingFact, RouteEnd, StopReason } from './route-value.ts';
import type { RouteRule } from './rules.ts';

/** The rest of a way, seen from some point of it. */
export type Walk = WalkEnd | WalkToIommu | WalkFork;

/** It ends here. */
export interface WalkEnd {
  readonly kind: 'end';
  readonly hops: readonly Hop[];
  readonly end: RouteEnd;
}

/** It is in the root complex, before translation, at the address the requester sent. */
export interface WalkToIommu {
  readonly kind: 'to-iommu';
  readonly hops: readonly Hop[];
  readonly rootBus: Bus;
}

/** A fact is missing: each branch is what one of its values leads to. */
export interface WalkFork {
  readonly kind: 'fork';
  readonly hops: readonly Hop[];
  readonly missing: readonly MissingFact[];
  readonly branches: readonly Walk[];
  /** True when there may be cases that no branch shows: the branches agreeing proves nothing. */
  readonly open: boolean;
}

/** The place of a function. */
export function atFunction(fn: PciFunction): HopPlace {
  return { kind: 'function', fn };
}

/** The place of a root complex. */
export function atHostBridge(hostBridge: HostBridge): HopPlace {
  return { kind: 'host-bridge', hostBridge };
}

/** A decision that rests on known facts. */
export function hop(at: HopPlace, side: Hop['side'], rule: RouteRule, register?: string): Hop {
  return { at, side, rule, register, missing: [], assumed: undefined };
}

/** A decision that rests on an assumption. */
export function assumedHop(at: HopPlace, side: Hop['side'], rule: RouteRule, assumed: Assumption): Hop {
  return { at, side, rule, register: undefined, missing: [], assumed };
}

/** Puts decisions before a walk. */
export function after<W extends Walk>(first: readonly Hop[], rest: W): W {
  return { ...rest, hops: [...first, ...rest.hops] };
}

/** Ends with something reached. */
export function reach(last: Hop, end: RouteEnd): WalkEnd {
  return { kind: 'end', hops: [last], end };
}

/** Ends with the packet stopped by `last`. */
export function stop(last: Hop, reason: StopReason, implementationSpecific: boolean = false): WalkEnd {
  const end = { kind: 'stopped', reason, rule: last.rule, at: last.at, implementationSpecific } as const;
  return { kind: 'end', hops: [last], end };
}

/** Branches at a missing fact. */
export function fork(
  at: HopPlace,
  side: Hop['side'],
  rule: RouteRule,
  missing: readonly MissingFact[],
  branches: readonly Walk[],
  open: boolean = false,
): WalkFork {
  const hops = [{ at, side, rule, register: undefined, missing, assumed: undefined }];
  return { kind: 'fork', hops, missing, branches, open };
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
export function sameEnd(a: RouteEnd, b: RouteEnd): boolean {
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

/** A settled way: decisions and one end. */
export interface Leaf {
  readonly hops: readonly Hop[];
  readonly end: RouteEnd;
  /** Of the hops, each once. */
  readonly assumptions: readonly Assumption[];
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
export function settleFork(walk: WalkFork, leaves: readonly Leaf[]): Leaf {
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
