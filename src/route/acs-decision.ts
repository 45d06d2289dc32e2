/** What a port or function with ACS does with a request to a peer. PCIe Base Spec 6.12.3, "ACS Peer-to-Peer Control Interactions". */
import type { Fact } from '../capture/index.ts';
import type { AcsCapability, PciFunction } from '../pci/index.ts';
import { PCI_ACS_DT, PCI_ACS_EC, PCI_ACS_RR, PCI_ACS_TB } from '../uapi/index.ts';
import { acsControlName, egressVectorName, missingOf } from './registers.ts';
import type { AddressType, MissingFact } from './route-value.ts';
import type { RouteRule } from './rules.ts';

/** Straight to the peer, upstream, stopped, or not known. */
export type AcsDecision =
  | {
      readonly kind: 'direct' | 'redirect' | 'blocked';
      readonly rule: RouteRule;
      readonly register: string | undefined;
    }
  | { readonly kind: 'unknown'; readonly missing: MissingFact };

/**
 * | translated, DT set | EC | vector bit | RR | request to a peer |
 * | --- | --- | --- | --- | --- |
 * | yes (TB clear) | any | any | any | direct |
 * | no | clear | - | clear | direct |
 * | no | clear | - | set | redirect |
 * | no | set | 0 | any | direct |
 * | no | set | 1 | set | redirect |
 * | no | set | 1 | clear | blocked |
 *
 * @param egress position of the peer in the egress control vector: its port number, or its function number
 */
export function decidePeer(fn: PciFunction, addressType: AddressType, egress: Fact<number>): AcsDecision {
  const { acs } = fn;
  if (acs.state === 'unreadable') return { kind: 'unknown', missing: missingOf(fn, 'ACS control', acs.why) };
  if (acs.state === 'absent') return { kind: 'direct', rule: 'peer-direct', register: undefined };
  const { ctrl } = acs.value;
  if (addressType === 'translated' && ctrl & PCI_ACS_DT && !(ctrl & PCI_ACS_TB)) {
    return { kind: 'direct', rule: 'acs-direct-translated', register: acsControlName(fn, PCI_ACS_DT) };
  }
  if (ctrl & PCI_ACS_EC) return decideByVector(fn, acs.value, egress);
  const register = acsControlName(fn, PCI_ACS_RR);
  if (ctrl & PCI_ACS_RR) return { kind: 'redirect', rule: 'acs-request-redirect', register };
  return { kind: 'direct', rule: 'peer-direct', register };
}

function decideByVector(fn: PciFunction, acs: AcsCapability, egress: Fact<number>): AcsDecision {
  if (egress.state !== 'known') {
    const why = egress.state === 'unreadable' ? egress.why : 'the peer has no port number';
    return { kind: 'unknown', missing: missingOf(fn, 'port number of the peer', why) };
  }
  if (acs.egressVector.state !== 'known') {
    const why = acs.egressVector.state === 'unreadable' ? acs.egressVector.why : 'the capability has no vector';
    return { kind: 'unknown', missing: missingOf(fn, 'ACS egress control vector', why) };
  }
  const bit = egress.value;
  const register = egressVectorName(fn, bit);
  const isSet = (((acs.egressVector.value[bit >> 5] ?? 0) >>> (bit & 31)) & 1) === 1;
  if (!isSet) return { kind: 'direct', rule: 'acs-egress-direct', register };
  if (acs.ctrl & PCI_ACS_RR) return { kind: 'redirect', rule: 'acs-egress-redirect', register };
  return { kind: 'blocked', rule: 'acs-egress-blocked', register };
}
