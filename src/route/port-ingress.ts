/**
 * A request arrives from below at a downstream port or root port. PCIe Base Spec 6.12.1.1, the checks in its order:
 * source validation, translation blocking, then where the address belongs.
 */

import type { Fact } from '../capture/index.ts';
import { bdfBus, PCI_ACS_SV, PCI_ACS_TB, PCI_ACS_UF } from '../uapi/index.ts';
import { decidePeer } from './acs-decision.ts';
import { bridgeMasterOff } from './bridge-master.ts';
import type { Bridge } from './bus-tree.ts';
import { type Claim, claimsOfBridge, claimsOfFunction, claimsOn, followClaim } from './claims.ts';
import { deliver } from './descend.ts';
import type { Packet } from './packet.ts';
import { ACS_UNCLAIMED_REQUEST_REDIRECT, acsControlName, missingOf, windowName } from './registers.ts';
import type { RouteRule } from './rules.ts';
import { after, atFunction, fork, hop, stop, type Walk } from './walk.ts';
import type { World } from './world.ts';

/** @param onward goes on above the port, told whether an ACS rule sent the packet there */
export function enterPort(
  world: World,
  packet: Packet,
  port: Bridge,
  redirected: boolean,
  onward: (redirected: boolean) => Walk,
): Walk {
  const place = atFunction(port.fn);
  const { acs, buses } = port.fn;
  const ctrl = acs.state === 'known' ? acs.value.ctrl : 0;
  if (ctrl & PCI_ACS_SV && buses.state === 'known') {
    const bus = bdfBus(packet.requester.bdf);
    if (bus < buses.value.secondary || bus > buses.value.subordinate) {
      const last = hop(place, 'from-below', 'acs-source-validation', acsControlName(port.fn, PCI_ACS_SV));
      return stop(last, 'acs-violation');
    }
  }
  if (packet.addressType === 'untranslated' || acs.state === 'absent')
    return admit(world, packet, port, redirected, onward);
  const blocked = stop(
    hop(place, 'from-below', 'acs-translation-blocking', acsControlName(port.fn, PCI_ACS_TB)),
    'acs-violation',
  );
  if (acs.state === 'known') return ctrl & PCI_ACS_TB ? blocked : admit(world, packet, port, redirected, onward);
  const missing = missingOf(port.fn, 'ACS control', acs.why);
  return fork(place, 'from-below', 'acs-unknown', [missing], [admit(world, packet, port, redirected, onward), blocked]);
}

/** Past the checks of the source: where does the address belong? */
function admit(
  world: World,
  packet: Packet,
  port: Bridge,
  redirected: boolean,
  onward: (redirected: boolean) => Walk,
): Walk {
  const place = atFunction(port.fn);
  const stopped = bridgeMasterOff(world, port);
  if (stopped !== undefined) return stopped;
  return followClaim(
    claimsOfBridge(world, port, packet.span),
    (claim) => turnBack(port, claim, onward),
    () =>
      port.primary.bridge === undefined
        ? after([hop(place, 'from-below', 'forward-up')], onward(redirected))
        : askPeers(world, packet, port, redirected, onward),
  );
}

/**
 * The address belongs behind the very port it came through: the way of what was redirected below. Without Upstream
 * Forwarding the specification leaves the outcome open; a root port without ACS is as its root complex is.
 */
function turnBack(port: Bridge, claim: Claim, onward: (redirected: boolean) => Walk): Walk {
  const place = atFunction(port.fn);
  const { acs } = port.fn;
  const register = acsControlName(port.fn, PCI_ACS_UF);
  const up = (): Walk => after([hop(place, 'from-below', 'acs-upstream-forwarding', register)], onward(true));
  const blocked = (): Walk =>
    stop(hop(place, 'from-below', 'acs-no-upstream-forwarding', register), 'unsupported-request', true);
  if (acs.state === 'unreadable') {
    const missing = missingOf(port.fn, 'ACS control', acs.why);
    return fork(place, 'from-below', 'acs-unknown', [missing], [up(), blocked()], port.role === 'unknown');
  }
  if (acs.state === 'known' && acs.value.ctrl & PCI_ACS_UF) return up();
  const hasForwarding = acs.state === 'known' && (acs.value.cap & PCI_ACS_UF) !== 0;
  if (port.role === 'root-port' && !hasForwarding) {
    const window =
      claim.kind === 'window' && claim.window !== undefined ? windowName(port.fn, claim.window.index) : undefined;
    return after([hop(place, 'from-below', 'forward-up', window)], onward(true));
  }
  return blocked();
}

/** The other ports of the switch, its upstream port's own BARs, then up. */
function askPeers(
  world: World,
  packet: Packet,
  port: Bridge,
  redirected: boolean,
  onward: (redirected: boolean) => Walk,
): Walk {
  const { span } = packet;
  const upstream = port.primary.bridge;
  const bars = upstream === undefined ? undefined : claimsOfFunction(world, upstream.primary, upstream.fn, span);
  const [bar] = bars?.claims ?? [];
  if (bar !== undefined) return toPortBar(world, packet, bar);
  return followClaim(
    claimsOn(world, port.primary, span, port.fn),
    (claim) => toPeer(world, packet, port, claim, onward),
    () => leaveUpward(packet, port, redirected, onward),
  );
}

/** Memory of a switch port itself: by default reached directly (DSP and USP Memory Target Access Control, 7.7.8.3). */
function toPortBar(world: World, packet: Packet, claim: Claim): Walk {
  const first = hop(atFunction(claim.fn), 'inside', 'port-bar');
  return after([first], deliver(world, claim, packet.span));
}

function toPeer(world: World, packet: Packet, port: Bridge, claim: Claim, onward: (redirected: boolean) => Walk): Walk {
  const place = atFunction(port.fn);
  const direct = (rule: RouteRule, register?: string): Walk =>
    after([hop(place, 'from-below', rule, register)], deliver(world, claim, packet.span));
  if (port.role === 'unknown') {
    const why = port.fn.pcie.state === 'unreadable' ? port.fn.pcie.why : 'not in this input';
    const missing = [missingOf(port.fn, 'PCI Express capability', why), missingOf(port.fn, 'ACS control', why)];
    return fork(place, 'from-below', 'acs-unknown', missing, [direct('peer-direct'), onward(true)], true);
  }
  const decision = decidePeer(port.fn, packet.addressType, portNumber(claim));
  if (decision.kind === 'unknown') {
    const redirect = after([hop(place, 'from-below', 'acs-request-redirect')], onward(true));
    const blocked = stop(hop(place, 'from-below', 'acs-egress-blocked'), 'acs-violation');
    return fork(place, 'from-below', 'acs-unknown', [decision.missing], [direct('peer-direct'), redirect, blocked]);
  }
  if (decision.kind === 'direct') return direct(decision.rule, decision.register);
  const last = hop(place, 'from-below', decision.rule, decision.register);
  return decision.kind === 'redirect' ? after([last], onward(true)) : stop(last, 'acs-violation');
}

function portNumber(claim: Claim): Fact<number> {
  const { pcie } = claim.fn;
  return pcie.state === 'known' ? pcie.value.portNumber : pcie;
}

function leaveUpward(packet: Packet, port: Bridge, redirected: boolean, onward: (redirected: boolean) => Walk): Walk {
  const { acs } = port.fn;
  const place = atFunction(port.fn);
  const upstream = port.primary.bridge;
  const inUpstream =
    upstream?.windows.state === 'known' && upstream.windows.value.some(({ range }) => packet.span.isIn(range));
  if (inUpstream && acs.state === 'known' && acs.value.ctrl & ACS_UNCLAIMED_REQUEST_REDIRECT) {
    const register = acsControlName(port.fn, ACS_UNCLAIMED_REQUEST_REDIRECT);
    return after([hop(place, 'from-below', 'acs-unclaimed-redirect', register)], onward(true));
  }
  return after([hop(place, 'from-below', 'forward-up')], onward(redirected));
}
