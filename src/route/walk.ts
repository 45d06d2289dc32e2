/** A walk in progress: what one stage hands to the next. */
import type { HostBridge, PciFunction } from '../pci/index.ts';
import type { Bus } from './bus-tree.ts';
import type { Assumption, Hop, HopPlace, MissingFact, RouteEnd, StopCause } from './route-value.ts';
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

/** Ends with the packet stopped at a place. */
export function stop(at: HopPlace, side: Hop['side'], cause: StopCause, register?: string): WalkEnd {
  const implementationSpecific = LEFT_OPEN.has(cause.rule);
  const end = { kind: 'stopped', ...cause, at, implementationSpecific } as const;
  return { kind: 'end', hops: [hop(at, side, cause.rule, register)], end };
}

const LEFT_OPEN: ReadonlySet<RouteRule> = new Set(['acs-no-upstream-forwarding', 'two-claims']);

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
