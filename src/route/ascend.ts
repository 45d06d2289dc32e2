/** From the requester upward: device, ports with their ACS, bridges, until a peer takes the request or the root complex. */
import { acsOf, type PciFunction } from '../pci/index.ts';
import { bdfDevfn, bdfDevice, PCI_ACS_EC, PCI_ACS_RR } from '../uapi/index.ts';
import { decidePeer, type PeerWay } from './acs-decision.ts';
import { bridgeMasterOff } from './bridge-master.ts';
import type { Bridge, Bus } from './bus-tree.ts';
import { type Claim, type Claims, claimsOfFunction, claimsOn, followClaim } from './claims.ts';
import { deliver } from './descend.ts';
import type { Packet } from './packet.ts';
import { enterPort } from './port-ingress.ts';
import { commandName, missingOf, windowName } from './registers.ts';
import { enterRootComplex } from './root-complex.ts';
import { after, assumedHop, atFunction, fork, hop, stop, type Walk } from './walk.ts';
import type { World } from './world.ts';

/** The walk of one packet from its requester to a peer, a stop, or the IOMMU. */
export function ascend(world: World, packet: Packet): Walk {
  const { requester } = packet;
  const place = atFunction(requester);
  const { command } = requester;
  if (!world.assumeEnabled && command.state === 'known' && !command.value.busMaster) {
    return stop(hop(place, 'sends', 'bus-master-off', commandName(requester, 'BusMaster')), 'not-sent');
  }
  const sent = sendTranslated(world, packet);
  if (world.assumeEnabled || command.state === 'known') return sent;
  const missing = missingOf(
    requester,
    'Bus Master Enable',
    command.state === 'unreadable' ? command.why : 'not in this input',
  );
  const off = stop(hop(place, 'sends', 'bus-master-off', commandName(requester, 'BusMaster')), 'not-sent');
  return fork(place, 'sends', 'command-unknown', [missing], [sent, off]);
}

/** ATS: only a function that has it enabled sends translated addresses. PCIe Base Spec 10.2.1. */
function sendTranslated(world: World, packet: Packet): Walk {
  const { requester } = packet;
  if (packet.addressType === 'untranslated') return leaveFunction(world, packet);
  const place = atFunction(requester);
  const { ats } = requester;
  if (ats.state === 'known' && ats.value.enabled) return leaveFunction(world, packet);
  const refused = stop(hop(place, 'sends', 'translated-needs-ats'), 'not-sent');
  if (ats.state !== 'unreadable') return refused;
  const missing = missingOf(requester, 'ATS control', ats.why);
  return fork(place, 'sends', 'translated-needs-ats', [missing], [leaveFunction(world, packet), refused]);
}

function leaveFunction(world: World, packet: Packet): Walk {
  const { requester, span } = packet;
  const bus = world.tree.busOf.get(requester);
  if (bus === undefined || !requester.placement.certain) return strayFunction(world, packet, bus);
  const place = atFunction(requester);
  const own = claimsOfFunction(world, bus, requester, span).claims[0];
  if (own !== undefined) {
    return after([assumedHop(place, 'sends', 'own-bar', 'own-bar-internal')], deliver(world, own, span));
  }
  const up = (): Walk => after([hop(place, 'sends', 'sends')], climb(world, packet, bus, requester, false));
  const redirected = (first: Walk['hops']): Walk => after(first, climb(world, packet, bus, requester, true));
  if (!leavesInsideDevice(bus)) return up();
  const inside = claimsInDevice(world, bus, packet);
  return followClaim(
    inside,
    (claim) => functionToFunction(world, packet, claim, redirected),
    () => up(),
  );
}

/** A function whose place is not certain: the way is shown from where it seems to be, and stays unknown. */
function strayFunction(world: World, packet: Packet, bus: Bus | undefined): Walk {
  const { requester } = packet;
  const why = requester.placement.certain ? 'it is on no bus of this input' : requester.placement.why;
  const missing = missingOf(requester, 'place in the tree', why);
  const branches = bus === undefined ? [] : [climb(world, packet, bus, requester, false)];
  return fork(atFunction(requester), 'sends', 'placement-unknown', [missing], branches, true);
}

/** On a conventional or internal bus all claims are heard anyway; a device of its own is found on links and root buses. */
function leavesInsideDevice(bus: Bus): boolean {
  return bus.bridge === undefined || bus.bridge.role !== 'pci-bridge';
}

/** Claims by the other functions of the requester's device: its slot, or with one device on a link all of the bus. */
function claimsInDevice(world: World, bus: Bus, { requester, span }: Packet): Claims {
  const isLink = bus.bridge !== undefined && bus.bridge.role !== 'upstream-port';
  const inDevice = (fn: PciFunction): boolean =>
    fn !== requester &&
    (isLink || (fn.physfn ?? fn) === requester.physfn || fn.physfn === requester || sameSlot(fn, requester));
  const claims: Claims[] = bus.functions.filter(inDevice).map((fn) => claimsOfFunction(world, bus, fn, span));
  return {
    claims: claims.flatMap((each) => each.claims),
    disabled: claims.flatMap((each) => each.disabled),
    unsure: claims.flatMap((each) => each.unsure),
  };
}

function sameSlot(a: PciFunction, b: PciFunction): boolean {
  return Math.floor(a.bdf / 0x100) === Math.floor(b.bdf / 0x100) && bdfDevice(a.bdf) === bdfDevice(b.bdf);
}

/** PCIe Base Spec 6.12.1.2: functions of a multi-function device. */
function functionToFunction(
  world: World,
  packet: Packet,
  claim: Claim,
  redirected: (first: Walk['hops']) => Walk,
): Walk {
  const { requester, span } = packet;
  const place = atFunction(requester);
  const direct = (register?: string): Walk =>
    after([hop(place, 'sends', 'function-direct', register)], deliver(world, claim, span));
  const acs = acsOf(world.acs, requester);
  if (acs.state === 'absent') {
    const leaves = redirected([hop(place, 'sends', 'sends')]);
    if (world.functionToFunction === 'all') return direct();
    if (world.functionToFunction === 'none') return leaves;
    const missing = missingOf(requester, 'peer-to-peer inside the device', 'only ACS capabilities tell');
    return fork(place, 'sends', 'function-p2p-unknown', [missing], [direct(), leaves]);
  }
  if (acs.state === 'known' && !(acs.value.cap & (PCI_ACS_RR | PCI_ACS_EC))) {
    return redirected([hop(place, 'sends', 'function-no-p2p')]);
  }
  const number = { state: 'known', value: bdfDevfn(claim.fn.bdf) & 7 } as const;
  const follow = ({ kind, rule, register }: PeerWay): Walk => {
    if (kind === 'direct') return direct(register);
    const last = hop(place, 'sends', rule, register);
    return kind === 'redirect' ? redirected([last]) : stop(last, 'acs-violation');
  };
  const decision = decidePeer(world.acs, requester, packet.addressType, number);
  if (decision.kind !== 'unknown') return follow(decision);
  return fork(place, 'sends', 'acs-unknown', decision.missing, decision.ways.map(follow));
}

/**
 * Goes up from `node`, which stands on `bus`.
 * @param redirected an ACS rule sent the packet upward: decoding on the way does not hold it back
 */
export function climb(world: World, packet: Packet, bus: Bus, node: PciFunction, redirected: boolean): Walk {
  const { bridge } = bus;
  if (bridge === undefined) return enterRootComplex(world, packet, bus, node);
  const onward = (sentUp: boolean): Walk => climb(world, packet, bridge.primary, bridge.fn, sentUp);
  switch (bridge.role) {
    case 'root-port':
    case 'downstream-port':
      return enterPort(world, packet, bridge, redirected, onward);
    case 'upstream-port':
      // Ports of the switch have asked their peers on the way in; what stands beside them asks now.
      if (node === packet.requester) return shareBus(world, packet, bridge, node, redirected, onward);
      return passBridge(world, packet, bridge, redirected, onward);
    case 'pci-bridge':
      return shareBus(world, packet, bridge, node, redirected, onward);
    case 'unknown':
      return enterPort(world, packet, bridge, redirected, onward);
  }
}

/** A conventional bus, or the inside of a switch: every device on it hears the address. */
function shareBus(
  world: World,
  packet: Packet,
  bridge: Bridge,
  node: PciFunction,
  redirected: boolean,
  onward: (redirected: boolean) => Walk,
): Walk {
  const { span } = packet;
  const bus = bridge.secondary;
  return followClaim(
    claimsOn(world, bus, span, node),
    (claim) => after([hop(atFunction(claim.fn), 'from-above', 'bus-claim')], deliver(world, claim, span)),
    () => passBridge(world, packet, bridge, redirected, onward),
  );
}

/** Upward through a bridge without ACS: not what its own windows hold, unless a port below redirected it. */
function passBridge(
  world: World,
  packet: Packet,
  bridge: Bridge,
  redirected: boolean,
  onward: (redirected: boolean) => Walk,
): Walk {
  const place = atFunction(bridge.fn);
  const stopped = bridgeMasterOff(world, bridge);
  if (stopped !== undefined) return stopped;
  const { windows } = bridge;
  const window = windows.state === 'known' ? windows.value.find(({ range }) => packet.span.isIn(range)) : undefined;
  if (window !== undefined && !redirected) {
    const register = windowName(bridge.fn, window.index);
    if (bridge.role === 'upstream-port') {
      return stop(hop(place, 'from-below', 'upstream-hole', register), 'unsupported-request');
    }
    return stop(hop(place, 'from-below', 'bridge-inverse-decode', register), 'master-abort');
  }
  return after([hop(place, 'from-below', 'forward-up')], onward(redirected));
}
