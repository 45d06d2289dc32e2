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
import type { HopPlace, StopCause } from './route-value.ts';
import type { RouteRule } from './rules.ts';
import { after, atFunction, fork, hop, stop, type Walk } from './walk.ts';
import type { World } from './world.ts';

/** One packet at one port. */
export class PortEntry {
  readonly #world: World;
  readonly #packet: Packet;
  readonly #port: Bridge;
  readonly #place: HopPlace;
  readonly #onward: (redirected: boolean) => Walk;

  /** @param onward goes on above the port, told whether an ACS rule sent the packet there */
  constructor(world: World, packet: Packet, port: Bridge, onward: (redirected: boolean) => Walk) {
    this.#world = world;
    this.#packet = packet;
    this.#port = port;
    this.#place = atFunction(port.fn);
    this.#onward = onward;
  }

  /** @param redirected an ACS rule of a port below sent the packet here */
  walk(redirected: boolean): Walk {
    const { requester, addressType } = this.#packet;
    const { buses } = this.#port.fn;
    const translated = (): Walk => {
      if (addressType === 'untranslated') return this.#admit(redirected);
      return this.#unlessBlocked(PCI_ACS_TB, 'acs-translation-blocking', () => this.#admit(redirected));
    };
    const bus = bdfBus(requester.bdf);
    const isBehind = buses.state !== 'known' || (bus >= buses.value.secondary && bus <= buses.value.subordinate);
    return isBehind ? translated() : this.#unlessBlocked(PCI_ACS_SV, 'acs-source-validation', translated);
  }

  /** An ACS violation where `bit` is set; both ways where that is not known. */
  #unlessBlocked(bit: number, rule: 'acs-source-validation' | 'acs-translation-blocking', pass: () => Walk): Walk {
    const { fn } = this.#port;
    const blocked = (): Walk => this.#stop({ reason: 'acs-violation', rule }, acsControlName(fn, bit));
    const set = acsBits(this.#world.acs, fn, bit);
    if (set.state === 'known') return set.value === 0 ? pass() : blocked();
    return this.#either(set.why, [pass(), blocked()]);
  }

  /** Past the checks of the source: where does the address belong? */
  #admit(redirected: boolean): Walk {
    const off = bridgeMasterOff(this.#world, this.#port);
    if (off !== undefined) return off;
    return followClaim(
      claimsOfBridge(this.#world, this.#port, this.#packet.span),
      (claim) => this.#turnBack(claim),
      () => (this.#port.primary.bridge === undefined ? this.#up('forward-up', redirected) : this.#askPeers(redirected)),
    );
  }

  /**
   * The address belongs behind the very port it came through: the way of what was redirected below. Without Upstream
   * Forwarding the specification leaves the outcome open; a root port without ACS is as its root complex is.
   */
  #turnBack(claim: Claim): Walk {
    const { fn, role } = this.#port;
    const register = acsControlName(fn, PCI_ACS_UF);
    const up = (): Walk => this.#up('acs-upstream-forwarding', true, register);
    const cause = { reason: 'unsupported-request', rule: 'acs-no-upstream-forwarding' } as const;
    const forwards = acsBits(this.#world.acs, fn, PCI_ACS_UF);
    if (forwards.state !== 'known')
      return this.#either(forwards.why, [up(), this.#stop(cause, register)], role === 'unknown');
    if (forwards.value !== 0) return up();
    const acs = acsOf(this.#world.acs, fn);
    const hasForwarding = acs.state === 'known' && (acs.value.cap & PCI_ACS_UF) !== 0;
    if (role !== 'root-port' || hasForwarding) return this.#stop(cause, register);
    const window = claim.kind === 'window' ? claim.window : undefined;
    return this.#up('forward-up', true, window && windowName(fn, window.index));
  }

  /** The other ports of the switch, its upstream port's own BARs, then up. */
  #askPeers(redirected: boolean): Walk {
    const { primary, fn } = this.#port;
    const { span } = this.#packet;
    const upstream = primary.bridge;
    const bars = upstream && claimsOfFunction(this.#world, upstream.primary, upstream.fn, span);
    const [bar] = bars?.claims ?? [];
    // Memory of a switch port itself is reached directly by default (Memory Target Access Control, 7.7.8.3).
    if (bar !== undefined) {
      return after([hop(atFunction(bar.fn), 'inside', 'port-bar')], deliver(this.#world, bar, span));
    }
    return followClaim(
      claimsOn(this.#world, primary, span, fn),
      (claim) => this.#toPeer(claim),
      () => this.#leaveUpward(redirected),
    );
  }

  #toPeer(claim: Claim): Walk {
    const { fn, role } = this.#port;
    const direct = (rule: RouteRule, register?: string): Walk =>
      after([hop(this.#place, 'from-below', rule, register)], deliver(this.#world, claim, this.#packet.span));
    if (role === 'unknown') {
      const why = fn.pcie.state === 'unreadable' ? fn.pcie.why : 'not in this input';
      const missing = [missingOf(fn, 'PCI Express capability', why), missingOf(fn, 'ACS control', why)];
      const branches = [direct('peer-direct'), this.#onward(true)];
      return fork(this.#place, 'from-below', 'acs-unknown', missing, branches, true);
    }
    const follow = (way: PeerWay): Walk => {
      if (way.kind === 'blocked') return this.#stop({ reason: 'acs-violation', rule: way.rule }, way.register);
      return way.kind === 'direct' ? direct(way.rule, way.register) : this.#up(way.rule, true, way.register);
    };
    const decision = decidePeer(this.#world.acs, fn, this.#packet.addressType, portNumber(claim));
    if (decision.kind !== 'unknown') return follow(decision);
    return fork(this.#place, 'from-below', 'acs-unknown', decision.missing, decision.ways.map(follow));
  }

  /** No port of the switch claims the address. In a hole of the upstream port's window ACS may redirect it. */
  #leaveUpward(redirected: boolean): Walk {
    const { fn, primary } = this.#port;
    const windows = primary.bridge?.windows;
    const isInHole = windows?.state === 'known' && windows.value.some(({ range }) => this.#packet.span.isIn(range));
    const up = (): Walk => this.#up('forward-up', redirected);
    if (!isInHole) return up();
    const redirect = (): Walk =>
      this.#up('acs-unclaimed-redirect', true, acsControlName(fn, ACS_UNCLAIMED_REQUEST_REDIRECT));
    const unclaimed = acsBits(this.#world.acs, fn, ACS_UNCLAIMED_REQUEST_REDIRECT);
    if (unclaimed.state === 'known') return unclaimed.value === 0 ? up() : redirect();
    return this.#either(unclaimed.why, [up(), redirect()]);
  }

  #up(rule: RouteRule, redirected: boolean, register?: string): Walk {
    return after([hop(this.#place, 'from-below', rule, register)], this.#onward(redirected));
  }

  #stop(cause: StopCause, register?: string): Walk {
    return stop(this.#place, 'from-below', cause, register);
  }

  /** A bit of the port's ACS control is not known. */
  #either(why: string, branches: readonly Walk[], open: boolean = false): Walk {
    const missing = [missingOf(this.#port.fn, 'ACS control', why)];
    return fork(this.#place, 'from-below', 'acs-unknown', missing, branches, open);
  }
}

function portNumber(claim: Claim): Fact<number> {
  const { pcie } = claim.fn;
  return pcie.state === 'known' ? pcie.value.portNumber : pcie;
}
