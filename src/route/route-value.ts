/** The values of this folder: one memory request, where it goes, and why. */
import type { AddrRange, RawText } from '../base/index.ts';
import type { HostBridge, PciFunction } from '../pci/index.ts';
import type { RouteRule } from './rules.ts';

/** Read (non-posted) or write (posted). */
export type RequestKind = 'read' | 'write';

/** The AT field of a request: 0 untranslated, 2 translated. */
export type AddressType = 'untranslated' | 'translated';

/** One memory request, as its requester sends it. */
export interface Tlp {
  readonly requester: PciFunction;
  /** What stands in the address field. 0 ... 2^64-1. */
  readonly address: bigint;
  readonly kind: RequestKind;
  /** Default `untranslated`. */
  readonly addressType?: AddressType;
  /** Bytes, 1 ... 4096; default 1. */
  readonly length?: number;
  /** Relaxed Ordering attribute of the completions of a read; default false. */
  readonly relaxedOrdering?: boolean;
}

/** A fact that the input lacks and a decision needs. */
export interface MissingFact {
  /** For example "ACS control". */
  readonly fact: string;
  /** A function or root bus ("0000:01:00.0", "0000:00"), or "machine". */
  readonly device: string;
  /** Why it is not known, in words that fit after "unknown: ". */
  readonly why: string;
}

/** Something taken for granted that no register tells. */
export type Assumption = 'root-complex-p2p' | 'own-bar-internal';

/** Where a rule was applied. */
export type HopPlace =
  | { readonly kind: 'function'; readonly fn: PciFunction }
  | { readonly kind: 'host-bridge'; readonly hostBridge: HostBridge };

/** One decision on the way. */
export interface Hop {
  readonly at: HopPlace;
  /** `sends`: at the requester; `from-below`, `from-above`: the port side it came in; `inside`: root complex, IOMMU. */
  readonly side: 'sends' | 'from-below' | 'from-above' | 'inside';
  readonly rule: RouteRule;
  /** The register that decides, for example `ACSCtl ReqRedir of 0000:01:00.0 [+0x154]`. */
  readonly register: string | undefined;
  /** Facts that were not known here. */
  readonly missing: readonly MissingFact[];
  /** What was assumed here. */
  readonly assumed: Assumption | undefined;
}

/** How a request that reaches nothing ends, and the rule that ends it. */
export type StopCause =
  | { readonly reason: 'not-sent'; readonly rule: 'bus-master-off' | 'translated-needs-ats' }
  | { readonly reason: 'malformed'; readonly rule: 'crosses-4k' }
  | {
      readonly reason: 'unsupported-request';
      readonly rule:
        | 'acs-no-upstream-forwarding'
        | 'bridge-bus-master-off'
        | 'bridge-memory-off'
        | 'crosses-border'
        | 'memory-off'
        | 'msi-window-blocked'
        | 'no-claim'
        | 'upstream-hole';
    }
  | {
      readonly reason: 'acs-violation';
      readonly rule: 'acs-egress-blocked' | 'acs-source-validation' | 'acs-translation-blocking';
    }
  | { readonly reason: 'iommu-fault'; readonly rule: 'iommu-blocked' | 'iommu-no-permission' | 'iommu-not-mapped' }
  | { readonly reason: 'master-abort'; readonly rule: 'bridge-inverse-decode' | 'master-abort' | 'no-claim' }
  | { readonly reason: 'root-complex'; readonly rule: 'root-complex-no-p2p' }
  | { readonly reason: 'conflict'; readonly rule: 'two-claims' };

/** How a request that reaches nothing ends. */
export type StopReason = StopCause['reason'];

/** The end of a route. `returned` is that of completions only. */
export type RouteEnd =
  | ReachedFunction
  | { readonly kind: 'ram'; readonly phys: bigint }
  | { readonly kind: 'reserved'; readonly phys: bigint; readonly name: RawText }
  | { readonly kind: 'msi' }
  | { readonly kind: 'returned' }
  | StoppedEnd
  | UnknownEnd;

/** A byte of a BAR. */
export interface ReachedFunction {
  readonly kind: 'function';
  readonly fn: PciFunction;
  /** Kernel resource index: 0-5 BAR, 6 ROM, 7-12 the area of virtual functions that the input does not list. */
  readonly bar: number;
  /** Bytes from the start of the BAR. */
  readonly offset: bigint;
  /** CPU address of the byte. */
  readonly phys: bigint;
}

/** Stopped on the way. */
export type StoppedEnd = StopCause & {
  readonly kind: 'stopped';
  readonly at: HopPlace;
  /** The specification leaves the outcome to the implementation; this is the usual one. */
  readonly implementationSpecific: boolean;
};

/** Not decided by what is known. */
export interface UnknownEnd {
  readonly kind: 'unknown';
  readonly missing: readonly MissingFact[];
  /** What it would be, each case that can be named; none is unknown itself. Empty: a page table that is not known. */
  readonly alternatives: readonly RouteEnd[];
}

/** The way of the completions of a read. */
export interface CompletionRoute {
  readonly hops: readonly Hop[];
  /** `returned`, stopped or unknown. */
  readonly end: RouteEnd;
}

/** What happens to one request. */
export interface Route {
  readonly tlp: Tlp;
  /** The addresses around it for which every decision is the same; what they reach moves along with the address. */
  readonly range: AddrRange;
  readonly hops: readonly Hop[];
  readonly end: RouteEnd;
  readonly assumptions: readonly Assumption[];
  /** Reads that reach something. */
  readonly completion: CompletionRoute | undefined;
}
