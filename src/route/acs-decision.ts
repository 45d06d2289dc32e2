/** What a port or function with ACS does with a request to a peer. PCIe Base Spec 6.12.3, "ACS Peer-to-Peer Control Interactions". */
import type { Fact } from '../capture/index.ts';
import { type AcsRegisters, type AcsView, acsOf, type PciFunction } from '../pci/index.ts';
import { PCI_ACS_DT, PCI_ACS_EC, PCI_ACS_RR } from '../uapi/index.ts';
import { acsControlName, egressVectorName, missingOf } from './registers.ts';
import type { AddressType, MissingFact } from './route-value.ts';
import type { RouteRule } from './rules.ts';

/** Straight to the peer, upstream, or stopped. */
export type PeerWay =
  | { readonly kind: 'direct' | 'redirect'; readonly rule: RouteRule; readonly register: string | undefined }
  | { readonly kind: 'blocked'; readonly rule: 'acs-egress-blocked'; readonly register: string | undefined };

/** The way, or every way that what is known leaves open. */
export type AcsDecision =
  | PeerWay
  | { readonly kind: 'unknown'; readonly missing: readonly MissingFact[]; readonly ways: readonly PeerWay[] };

/**
 * | translated, DT set | EC | vector bit | RR | request to a peer |
 * | --- | --- | --- | --- | --- |
 * | yes | any | any | any | direct |
 * | no | clear | - | clear | direct |
 * | no | clear | - | set | redirect |
 * | no | set | 0 | any | direct |
 * | no | set | 1 | set | redirect |
 * | no | set | 1 | clear | blocked |
 *
 * Translation Blocking has stopped translated requests before.
 * @param egress position of the peer in the egress control vector: its port number, or its function number
 */
export function decidePeer(
  view: AcsView,
  fn: PciFunction,
  addressType: AddressType,
  egress: Fact<number>,
): AcsDecision {
  const acs = acsOf(view, fn);
  if (acs.state === 'absent') return { kind: 'direct', rule: 'peer-direct', register: undefined };
  if (acs.state === 'unreadable') {
    return { kind: 'unknown', missing: [missingOf(fn, 'ACS control', acs.why)], ways: ANY_WAY };
  }
  const { control, why } = acs.value;
  const open = (PCI_ACS_DT | PCI_ACS_EC | PCI_ACS_RR) & ~control.known;
  const decide = (bits: number): AcsDecision => decideBy(fn, acs.value, control.value | bits, addressType, egress);
  if (open === 0) return decide(0);
  return joinCases(subsetsOf(open).map(decide), missingOf(fn, 'ACS control', why));
}

const ANY_WAY: readonly PeerWay[] = [
  { kind: 'direct', rule: 'peer-direct', register: undefined },
  { kind: 'redirect', rule: 'acs-request-redirect', register: undefined },
  { kind: 'blocked', rule: 'acs-egress-blocked', register: undefined },
];

/** All values of the bits of a mask. */
function subsetsOf(mask: number): number[] {
  const subsets: number[] = [];
  for (let bits = mask; ; bits = (bits - 1) & mask) {
    subsets.push(bits);
    if (bits === 0) return subsets;
  }
}

/** One decision where all cases lead the same way. */
function joinCases(cases: readonly AcsDecision[], missing: MissingFact): AcsDecision {
  const ways = new Map<PeerWay['kind'], PeerWay>();
  const lacking = [missing];
  for (const each of cases) {
    for (const way of each.kind === 'unknown' ? each.ways : [each]) if (!ways.has(way.kind)) ways.set(way.kind, way);
    if (each.kind === 'unknown' && lacking.length === 1) lacking.push(...each.missing);
  }
  const [way, second] = ways.values();
  return way !== undefined && second === undefined
    ? way
    : { kind: 'unknown', missing: lacking, ways: [...ways.values()] };
}

function decideBy(
  fn: PciFunction,
  acs: AcsRegisters,
  control: number,
  addressType: AddressType,
  egress: Fact<number>,
): AcsDecision {
  if (addressType === 'translated' && control & PCI_ACS_DT) {
    return { kind: 'direct', rule: 'acs-direct-translated', register: acsControlName(fn, PCI_ACS_DT) };
  }
  const redirects = (control & PCI_ACS_RR) !== 0;
  if (control & PCI_ACS_EC) return decideByVector(fn, acs, redirects, egress);
  const register = acsControlName(fn, PCI_ACS_RR);
  if (redirects) return { kind: 'redirect', rule: 'acs-request-redirect', register };
  return { kind: 'direct', rule: 'peer-direct', register };
}

function decideByVector(
  fn: PciFunction,
  { egressVector }: AcsRegisters,
  redirects: boolean,
  egress: Fact<number>,
): AcsDecision {
  const way = (isSet: boolean, register: string | undefined): PeerWay => {
    if (!isSet) return { kind: 'direct', rule: 'acs-egress-direct', register };
    if (redirects) return { kind: 'redirect', rule: 'acs-egress-redirect', register };
    return { kind: 'blocked', rule: 'acs-egress-blocked', register };
  };
  const unknown = (fact: string, why: string): AcsDecision => ({
    kind: 'unknown',
    missing: [missingOf(fn, fact, why)],
    ways: [way(false, undefined), way(true, undefined)],
  });
  if (egress.state !== 'known') {
    return unknown('port number of the peer', egress.state === 'unreadable' ? egress.why : 'the peer has none');
  }
  if (egressVector.state !== 'known') {
    const why = egressVector.state === 'unreadable' ? egressVector.why : 'the capability has no vector';
    return unknown('ACS egress control vector', why);
  }
  const bit = egress.value;
  const isSet = (((egressVector.value[bit >> 5] ?? 0) >>> (bit & 31)) & 1) === 1;
  return way(isSet, egressVectorName(fn, bit));
}
