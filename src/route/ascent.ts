/** From the requester upward: device, ports with their ACS, bridges, until a peer takes the request or the root complex. */
import { acsOf, type PciFunction } from '../pci/index.ts';
import { bdfDevfn, bdfDevice, PCI_ACS_EC, PCI_ACS_RR } from '../uapi/index.ts';
import { decidePeer, type PeerWay } from './acs-decision.ts';
import { bridgeMasterOff } from './bridge-master.ts';
import type { Bridge, Bus } from './bus-tree.ts';
import { type Claim, type Claims, claimsOfFunction, claimsOn, followClaim } from './claims.ts';
import { deliver } from './descend.ts';
import type { Packet } from './packet.ts';
import { PortEntry } from './port-entry.ts';
import { commandName, missingOf, windowName } from './registers.ts';
import { RootEntry } from './root-entry.ts';
import { after, assumedHop, atFunction, fork, hop, stop, type Walk } from './walk.ts';
import type { World } from './world.ts';

/** The way of one packet from its requester to a peer, a stop, or the IOMMU. */
export class Ascent {
  readonly #world: World;
  readonly #packet: Packet;

  constructor(world: World, packet: Packet) {
    this.#world = world;
    this.#packet = packet;
  }

  /** The whole way. */
  walk(): Walk {
    const { requester } = this.#packet;
    const { command } = requester;
    if (this.#world.assumeEnabled || (command.state === 'known' && command.value.busMaster)) return this.#send();
    const place = atFunction(requester);
    const cause = { reason: 'not-sent', rule: 'bus-master-off' } as const;
    const off = stop(place, 'sends', cause, commandName(requester, 'BusMaster'));
    if (command.state === 'known') return off;
    const why = command.state === 'unreadable' ? command.why : 'not in this input';
    const missing = missingOf(requester, 'Bus Master Enable', why);
    return fork(place, 'sends', 'command-unknown', [missing], [this.#send(), off]);
  }

  /** ATS: only a function that has it enabled sends translated addresses. PCIe Base Spec 10.2.1. */
  #send(): Walk {
    const { requester, addressType } = this.#packet;
    const { ats } = requester;
    if (addressType === 'untranslated' || (ats.state === 'known' && ats.value.enabled)) return this.#leaveFunction();
    const place = atFunction(requester);
    const refused = stop(place, 'sends', { reason: 'not-sent', rule: 'translated-needs-ats' });
    if (ats.state !== 'unreadable') return refused;
    const missing = missingOf(requester, 'ATS control', ats.why);
    return fork(place, 'sends', 'translated-needs-ats', [missing], [this.#leaveFunction(), refused]);
  }

  #leaveFunction(): Walk {
    const { requester, span } = this.#packet;
    const bus = this.#world.tree.busOf.get(requester);
    if (bus === undefined || !requester.placement.certain) return this.#leaveStray(bus);
    const place = atFunction(requester);
    const own = claimsOfFunction(this.#world, bus, requester, span).claims[0];
    if (own !== undefined) {
      return after([assumedHop(place, 'sends', 'own-bar', 'own-bar-internal')], deliver(this.#world, own, span));
    }
    const up = (): Walk => after([hop(place, 'sends', 'sends')], this.#climb(bus, requester, false));
    if (!leavesInsideDevice(bus)) return up();
    return followClaim(this.#claimsInDevice(bus), (claim) => this.#toSibling(bus, claim), up);
  }

  /** A function whose place is not certain: the way is shown from where it seems to be, and stays unknown. */
  #leaveStray(bus: Bus | undefined): Walk {
    const { requester } = this.#packet;
    const why = requester.placement.certain ? 'it is on no bus of this input' : requester.placement.why;
    const missing = missingOf(requester, 'place in the tree', why);
    const branches = bus === undefined ? [] : [this.#climb(bus, requester, false)];
    return fork(atFunction(requester), 'sends', 'placement-unknown', [missing], branches, true);
  }

  /** Claims by the other functions of the requester's device: its slot, or with one device on a link all of the bus. */
  #claimsInDevice(bus: Bus): Claims {
    const { requester, span } = this.#packet;
    const isLink = bus.bridge !== undefined && bus.bridge.role !== 'upstream-port';
    const inDevice = (fn: PciFunction): boolean =>
      fn !== requester &&
      (isLink || (fn.physfn ?? fn) === requester.physfn || fn.physfn === requester || sameSlot(fn, requester));
    const claims = bus.functions.filter(inDevice).map((fn) => claimsOfFunction(this.#world, bus, fn, span));
    return {
      claims: claims.flatMap((each) => each.claims),
      disabled: claims.flatMap((each) => each.disabled),
      unsure: claims.flatMap((each) => each.unsure),
    };
  }

  /** PCIe Base Spec 6.12.1.2: functions of a multi-function device. */
  #toSibling(bus: Bus, claim: Claim): Walk {
    const { requester, span, addressType } = this.#packet;
    const { acs: view, functionToFunction } = this.#world;
    const place = atFunction(requester);
    const direct = (register?: string): Walk =>
      after([hop(place, 'sends', 'function-direct', register)], deliver(this.#world, claim, span));
    const leave = (first: Walk['hops'][number]): Walk => after([first], this.#climb(bus, requester, true));
    const acs = acsOf(view, requester);
    if (acs.state === 'absent') {
      if (functionToFunction === 'all') return direct();
      const leaves = leave(hop(place, 'sends', 'sends'));
      if (functionToFunction === 'none') return leaves;
      const missing = missingOf(requester, 'peer-to-peer inside the device', 'only ACS capabilities tell');
      return fork(place, 'sends', 'function-p2p-unknown', [missing], [direct(), leaves]);
    }
    if (acs.state === 'known' && !(acs.value.cap & (PCI_ACS_RR | PCI_ACS_EC))) {
      return leave(hop(place, 'sends', 'function-no-p2p'));
    }
    const number = { state: 'known', value: bdfDevfn(claim.fn.bdf) & 7 } as const;
    const follow = (way: PeerWay): Walk => {
      if (way.kind === 'blocked') {
        return stop(place, 'sends', { reason: 'acs-violation', rule: way.rule }, way.register);
      }
      return way.kind === 'direct' ? direct(way.register) : leave(hop(place, 'sends', way.rule, way.register));
    };
    const decision = decidePeer(view, requester, addressType, number);
    if (decision.kind !== 'unknown') return follow(decision);
    return fork(place, 'sends', 'acs-unknown', decision.missing, decision.ways.map(follow));
  }

  /**
   * Goes up from `node`, which stands on `bus`.
   * @param redirected an ACS rule sent the packet upward: decoding on the way does not hold it back
   */
  #climb(bus: Bus, node: PciFunction, redirected: boolean): Walk {
    const { bridge } = bus;
    if (bridge === undefined) return new RootEntry(this.#world, this.#packet, bus, node).walk();
    switch (bridge.role) {
      case 'root-port':
      case 'downstream-port':
      case 'unknown':
        return new PortEntry(this.#world, this.#packet, bridge, (sentUp) =>
          this.#climb(bridge.primary, bridge.fn, sentUp),
        ).walk(redirected);
      case 'upstream-port':
        // Ports of the switch have asked their peers on the way in; what stands beside them asks now.
        if (node !== this.#packet.requester) return this.#passBridge(bridge, redirected);
        return this.#shareBus(bridge, node, redirected);
      case 'pci-bridge':
        return this.#shareBus(bridge, node, redirected);
    }
  }

  /** A conventional bus, or the inside of a switch: every device on it hears the address. */
  #shareBus(bridge: Bridge, node: PciFunction, redirected: boolean): Walk {
    const { span } = this.#packet;
    return followClaim(
      claimsOn(this.#world, bridge.secondary, span, node),
      (claim) => after([hop(atFunction(claim.fn), 'from-above', 'bus-claim')], deliver(this.#world, claim, span)),
      () => this.#passBridge(bridge, redirected),
    );
  }

  /** Upward through a bridge without ACS: not what its own windows hold, unless a port below redirected it. */
  #passBridge(bridge: Bridge, redirected: boolean): Walk {
    const place = atFunction(bridge.fn);
    const off = bridgeMasterOff(this.#world, bridge);
    if (off !== undefined) return off;
    const { windows } = bridge;
    const { span } = this.#packet;
    const window = windows.state === 'known' ? windows.value.find(({ range }) => span.isIn(range)) : undefined;
    if (window !== undefined && !redirected) {
      const register = windowName(bridge.fn, window.index);
      return bridge.role === 'upstream-port'
        ? stop(place, 'from-below', { reason: 'unsupported-request', rule: 'upstream-hole' }, register)
        : stop(place, 'from-below', { reason: 'master-abort', rule: 'bridge-inverse-decode' }, register);
    }
    return after([hop(place, 'from-below', 'forward-up')], this.#climb(bridge.primary, bridge.fn, redirected));
  }
}

/** On a conventional or internal bus all claims are heard anyway; a device of its own is found on links and root buses. */
function leavesInsideDevice(bus: Bus): boolean {
  return bus.bridge === undefined || bus.bridge.role !== 'pci-bridge';
}

function sameSlot(a: PciFunction, b: PciFunction): boolean {
  return Math.floor(a.bdf / 0x100) === Math.floor(b.bdf / 0x100) && bdfDevice(a.bdf) === bdfDevice(b.bdf);
}
