/**
 * A request arrives from below at a downstream port or root port. PCIe Base Spec 6.12.1.1, the checks in its order:
 * source validation, translation blocking, then where the address belongs.
 */

import type { Fact } from '../capture/index.ts';
import { acsBits, acsOf } from '../pci/index.ts';
import { bdfBus, PCI_ACS_SV, PCI_ACS_TB, PCI_ACS_UF } from '../uapi/index.ts';
import { decidePeer, type PeerWay } from './acs-decision.ts';
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
  const translated = (): Walk =>
    packet.addressType === 'untranslated'
      ? admit(world, packet, port, redirected, onward)
      : unlessBlocked(world, port, PCI_ACS_TB, 'acs-translation-blocking', () =>
          admit(world, packet, port, redirected, onward),
        );
  const { buses } = port.fn;
  const bus = bdfBus(packet.requester.bdf);
  if (buses.state !== 'known' || (bus >= buses.value.secondary && bus <= buses.value.subordinate)) return translated();
  return unlessBlocked(world, port, PCI_ACS_SV, 'acs-source-validation', translated);
}

/** An ACS violation where `bit` is set at the port; both ways where that is not known. */
function unlessBlocked(world: World, { fn }: Bridge, bit: number, rule: RouteRule, pass: () => Walk): Walk {
  const place = atFunction(fn);
  const blocked = (): Walk => stop(hop(place, 'from-below', rule, acsControlName(fn, bit)), 'acs-violation');
  const set = acsBits(world.acs, fn, bit);
  if (set.state === 'known') return set.value === 0 ? pass() : blocked();
  return fork(place, 'from-below', 'acs-unknown', [missingOf(fn, 'ACS control', set.why)], [pass(), blocked()]);
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
    (claim) => turnBack(world, port, claim, onward),
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
function turnBack(world: World, port: Bridge, claim: Claim, onward: (redirected: boolean) => Walk): Walk {
  const place = atFunction(port.fn);
  const acs = acsOf(world.acs, port.fn);
  const forwards = acsBits(world.acs, port.fn, PCI_ACS_UF);
  const register = acsControlName(port.fn, PCI_ACS_UF);
  const up = (): Walk => after([hop(place, 'from-below', 'acs-upstream-forwarding', register)], onward(true));
  const blocked = (): Walk =>
    stop(hop(place, 'from-below', 'acs-no-upstream-forwarding', register), 'unsupported-request', true);
  if (forwards.state === 'unreadable') {
    const missing = missingOf(port.fn, 'ACS control', forwards.why);
    return fork(place, 'from-below', 'acs-unknown', [missing], [up(), blocked()], port.role === 'unknown');
  }
  if (forwards.value !== 0) return up();
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
    () => leaveUpward(world, packet, port, redirected, onward),
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
  const follow = ({ kind, rule, register }: PeerWay): Walk => {
    if (kind === 'direct') return direct(rule, register);
    const last = hop(place, 'from-below', rule, register);
    return kind === 'redirect' ? after([last], onward(true)) : stop(last, 'acs-violation');
  };
  const decision = decidePeer(world.acs, port.fn, packet.addressType, portNumber(claim));
  if (decision.kind !== 'unknown') return follow(decision);
  return fork(place, 'from-below', 'acs-unknown', decision.missing, decision.ways.map(follow));
}

function portNumber(claim: Claim): Fact<number> {
  const { pcie } = claim.fn;
  return pcie.state === 'known' ? pcie.value.portNumber : pcie;
}

function leaveUpward(
  world: World,
  packet: Packet,
  port: Bridge,
  redirected: boolean,
  onward: (redirected: boolean) => Walk,
): Walk {
  const place = atFunction(port.fn);
  const upstream = port.primary.bridge;
  const inUpstream =
    upstream?.windows.state === 'known' && upstream.windows.value.some(({ range }) => packet.span.isIn(range));
  const up = (): Walk => after([hop(place, 'from-below', 'forward-up')], onward(redirected));
  if (!inUpstream) return up();
  const register = acsControlName(port.fn, ACS_UNCLAIMED_REQUEST_REDIRECT);
  const redirect = (): Walk => after([hop(place, 'from-below', 'acs-unclaimed-redirect', register)], onward(true));
  const unclaimed = acsBits(world.acs, port.fn, ACS_UNCLAIMED_REQUEST_REDIRECT);
  if (unclaimed.state === 'known') return unclaimed.value === 0 ? up() : redirect();
  const missing = missingOf(port.fn, 'ACS control', unclaimed.why);
  return fork(place, 'from-below', 'acs-unknown', [missing], [up(), redirect()]);
}
