/**
 * The way of completions: by the requester's bus number, back from the completer. PCIe Base Spec 2.2.9, 6.12 (Completion
 * Redirect: completions to peers go upstream unless they have Relaxed Ordering).
 */
import { assert } from '../base/index.ts';
import { acsBits, acsOf, type PciFunction } from '../pci/index.ts';
import { bdfBus, bdfDomain, PCI_ACS_CR, PCI_ACS_UF } from '../uapi/index.ts';
import type { Bridge, Bus } from './bus-tree.ts';
import { acsControlName, missingOf } from './registers.ts';
import type { CompletionRoute, Hop } from './route-value.ts';
import {
  assumedHop,
  atFunction,
  atHostBridge,
  fork,
  hop,
  type Leaf,
  leafOf,
  settleFork,
  stop,
  type Walk,
} from './walk.ts';
import type { World } from './world.ts';

/** @param relaxedOrdering the attribute of the completions, taken over from the request */
export function routeCompletion(
  world: World,
  completer: PciFunction,
  requester: PciFunction,
  relaxedOrdering: boolean,
): CompletionRoute {
  const bus = world.tree.busOf.get(completer);
  const way = { world, requester, relaxedOrdering };
  if (bus === undefined) return { hops: [], end: { kind: 'returned' } };
  const { hops, end } = settle(leaveCompleter(way, bus, completer));
  return { hops, end };
}

interface Way {
  readonly world: World;
  readonly requester: PciFunction;
  readonly relaxedOrdering: boolean;
}

/** Functions of one device answer each other inside it, unless Completion Redirect of the completer sends them out. */
function leaveCompleter(way: Way, bus: Bus, completer: PciFunction): Walk {
  const out = (): Walk => climb(way, bus);
  if (bus.bridge === undefined || way.world.tree.busOf.get(way.requester) !== bus) {
    return join(hop(atFunction(completer), 'sends', 'completes'), out());
  }
  return redirecting(way, completer, 'sends', out, () => returned(way, bus));
}

function climb(way: Way, bus: Bus): Walk {
  const { bridge } = bus;
  if (bridge === undefined) return throughRootComplex(way, bus);
  const upward = (): Walk => climb(way, bridge.primary);
  // On a conventional bus a read is answered where it was asked.
  if (bridge.role === 'pci-bridge' && leadsTo(bridge, way.requester)) return returned(way, bus);
  const isPort = bridge.role === 'root-port' || bridge.role === 'downstream-port';
  if (!isPort) return before(bridge, 'completion-up', upward());
  if (leadsTo(bridge, way.requester)) return turnBack(way, bridge, upward);
  const peer = bridge.primary.bridges.find((other) => other !== bridge && leadsTo(other, way.requester));
  if (peer === undefined || bridge.primary.bridge === undefined) return before(bridge, 'completion-up', upward());
  return redirecting(way, bridge.fn, 'from-below', upward, () => returned(way, bridge.primary));
}

/** Completion Redirect of `fn` decides between up and straight to the peer. */
function redirecting(way: Way, fn: PciFunction, side: Hop['side'], up: () => Walk, direct: () => Walk): Walk {
  const bits = acsBits(way.world.acs, fn, PCI_ACS_CR);
  const register = acsControlName(fn, PCI_ACS_CR);
  const redirect = (): Walk => join(hop(atFunction(fn), side, 'acs-completion-redirect', register), up());
  const straight = (): Walk => join(hop(atFunction(fn), side, 'completion-direct', register), direct());
  if (way.relaxedOrdering) return straight();
  if (bits.state === 'known') return bits.value === 0 ? straight() : redirect();
  return fork(atFunction(fn), side, 'acs-unknown', [missingOf(fn, 'ACS control', bits.why)], [straight(), redirect()]);
}

/** Upstream Forwarding lets redirected completions out of the port they are to come back through. */
function turnBack({ world }: Way, bridge: Bridge, upward: () => Walk): Walk {
  const acs = acsOf(world.acs, bridge.fn);
  const forwards = acsBits(world.acs, bridge.fn, PCI_ACS_UF);
  const place = atFunction(bridge.fn);
  const register = acsControlName(bridge.fn, PCI_ACS_UF);
  const up = (): Walk => join(hop(place, 'from-below', 'acs-upstream-forwarding', register), upward());
  const blocked = (): Walk =>
    stop(hop(place, 'from-below', 'acs-no-upstream-forwarding', register), 'unsupported-request', true);
  if (forwards.state === 'unreadable') {
    const missing = missingOf(bridge.fn, 'ACS control', forwards.why);
    return fork(place, 'from-below', 'acs-unknown', [missing], [up(), blocked()]);
  }
  if (forwards.value !== 0) return up();
  const isRootPort = bridge.primary.bridge === undefined;
  const hasForwarding = acs.state === 'known' && (acs.value.cap & PCI_ACS_UF) !== 0;
  return isRootPort && !hasForwarding ? before(bridge, 'completion-up', upward()) : blocked();
}

function throughRootComplex(way: Way, bus: Bus): Walk {
  const { world, requester } = way;
  const { hostBridge } = bus;
  const place = atHostBridge(hostBridge);
  const { rootComplexP2P } = world;
  if (rootComplexP2P === undefined) {
    return join(assumedHop(place, 'inside', 'root-complex-p2p', 'root-complex-p2p'), returned(way, undefined));
  }
  const allowed =
    rootComplexP2P === 'all' || (rootComplexP2P === 'same-host-bridge' && hostBridge === requester.hostBridge);
  if (!allowed) return stop(hop(place, 'inside', 'root-complex-no-p2p'), 'root-complex');
  return join(hop(place, 'inside', 'root-complex-p2p'), returned(way, undefined));
}

function leadsTo({ fn }: Bridge, requester: PciFunction): boolean {
  const bus = bdfBus(requester.bdf);
  return (
    fn.buses.state === 'known' &&
    bdfDomain(fn.bdf) === bdfDomain(requester.bdf) &&
    bus >= fn.buses.value.secondary &&
    bus <= fn.buses.value.subordinate
  );
}

/** Down from `from` (undefined: the root complex) through the bridges that lead to the requester. */
function returned({ world, requester }: Way, from: Bus | undefined): Walk {
  const hops: Hop[] = [hop(atFunction(requester), 'from-above', 'completion-returns')];
  let bus = world.tree.busOf.get(requester);
  while (bus !== undefined && bus !== from && bus.bridge !== undefined) {
    hops.unshift(hop(atFunction(bus.bridge.fn), 'from-above', 'completion-down'));
    bus = bus.bridge.primary;
  }
  return { kind: 'end', hops, end: { kind: 'returned' } };
}

function before(bridge: Bridge, rule: 'completion-up', rest: Walk): Walk {
  return join(hop(atFunction(bridge.fn), 'from-below', rule), rest);
}

function join(first: Hop, rest: Walk): Walk {
  return { ...rest, hops: [first, ...rest.hops] };
}

function settle(walk: Walk): Leaf {
  if (walk.kind === 'fork') return settleFork(walk, walk.branches.map(settle));
  assert(walk.kind === 'end', 'completions are not translated');
  return leafOf(walk.hops, walk.end);
}
