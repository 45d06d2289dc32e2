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
import { type Leaf, settle } from './settle.ts';
import { after, assumedHop, atFunction, atHostBridge, fork, hop, stop, type Walk } from './walk.ts';
import type { World } from './world.ts';

/** @param relaxedOrdering the attribute of the completions, taken over from the request */
export function routeCompletion(
  world: World,
  completer: PciFunction,
  requester: PciFunction,
  relaxedOrdering: boolean,
): CompletionRoute {
  const bus = world.tree.busOf.get(completer);
  if (bus === undefined) return { hops: [], end: { kind: 'returned' } };
  const walk = new CompletionWalk(world, requester, relaxedOrdering).from(bus, completer);
  const { hops, end } = settle(walk, 0n, notTranslated);
  return { hops, end };
}

function notTranslated(): Leaf {
  assert(false, 'completions are not translated');
}

/** The completions of one request on their way back. */
class CompletionWalk {
  readonly #world: World;
  readonly #requester: PciFunction;
  readonly #relaxedOrdering: boolean;

  constructor(world: World, requester: PciFunction, relaxedOrdering: boolean) {
    this.#world = world;
    this.#requester = requester;
    this.#relaxedOrdering = relaxedOrdering;
  }

  /** Functions of one device answer each other inside it, unless Completion Redirect of the completer sends them out. */
  from(bus: Bus, completer: PciFunction): Walk {
    const out = (): Walk => this.#climb(bus);
    if (bus.bridge === undefined || this.#world.tree.busOf.get(this.#requester) !== bus) {
      return after([hop(atFunction(completer), 'sends', 'completes')], out());
    }
    return this.#redirecting(completer, 'sends', out, () => this.#returned(bus));
  }

  #climb({ bridge, hostBridge }: Bus): Walk {
    if (bridge === undefined) return this.#throughRootComplex(hostBridge);
    // On a conventional bus a read is answered where it was asked.
    if (bridge.role === 'pci-bridge' && this.#leadsBack(bridge)) return this.#returned(bridge.secondary);
    const isPort = bridge.role === 'root-port' || bridge.role === 'downstream-port';
    if (!isPort) return this.#up(bridge);
    if (this.#leadsBack(bridge)) return this.#turnBack(bridge);
    const { primary } = bridge;
    const peer = primary.bridges.find((other) => other !== bridge && this.#leadsBack(other));
    if (peer === undefined || primary.bridge === undefined) return this.#up(bridge);
    return this.#redirecting(
      bridge.fn,
      'from-below',
      () => this.#climb(primary),
      () => this.#returned(primary),
    );
  }

  #up(bridge: Bridge): Walk {
    return after([hop(atFunction(bridge.fn), 'from-below', 'completion-up')], this.#climb(bridge.primary));
  }

  /** Completion Redirect of `fn` decides between up and straight to the peer. */
  #redirecting(fn: PciFunction, side: Hop['side'], up: () => Walk, direct: () => Walk): Walk {
    const place = atFunction(fn);
    const register = acsControlName(fn, PCI_ACS_CR);
    const redirect = (): Walk => after([hop(place, side, 'acs-completion-redirect', register)], up());
    const straight = (): Walk => after([hop(place, side, 'completion-direct', register)], direct());
    if (this.#relaxedOrdering) return straight();
    const bits = acsBits(this.#world.acs, fn, PCI_ACS_CR);
    if (bits.state === 'known') return bits.value === 0 ? straight() : redirect();
    return fork(place, side, 'acs-unknown', [missingOf(fn, 'ACS control', bits.why)], [straight(), redirect()]);
  }

  /** Upstream Forwarding lets redirected completions out of the port they are to come back through. */
  #turnBack(bridge: Bridge): Walk {
    const { fn, primary } = bridge;
    const place = atFunction(fn);
    const register = acsControlName(fn, PCI_ACS_UF);
    const up = (): Walk => after([hop(place, 'from-below', 'acs-upstream-forwarding', register)], this.#climb(primary));
    const cause = { reason: 'unsupported-request', rule: 'acs-no-upstream-forwarding' } as const;
    const blocked = (): Walk => stop(place, 'from-below', cause, register);
    const forwards = acsBits(this.#world.acs, fn, PCI_ACS_UF);
    if (forwards.state === 'unreadable') {
      const missing = missingOf(fn, 'ACS control', forwards.why);
      return fork(place, 'from-below', 'acs-unknown', [missing], [up(), blocked()]);
    }
    if (forwards.value !== 0) return up();
    const acs = acsOf(this.#world.acs, fn);
    const hasForwarding = acs.state === 'known' && (acs.value.cap & PCI_ACS_UF) !== 0;
    return primary.bridge === undefined && !hasForwarding ? this.#up(bridge) : blocked();
  }

  #throughRootComplex(hostBridge: Bus['hostBridge']): Walk {
    const { rootComplexP2P } = this.#world;
    const place = atHostBridge(hostBridge);
    const back = (): Walk => this.#returned(undefined);
    if (rootComplexP2P === undefined) {
      return after([assumedHop(place, 'inside', 'root-complex-p2p', 'root-complex-p2p')], back());
    }
    const isAllowed =
      rootComplexP2P === 'all' || (rootComplexP2P === 'same-host-bridge' && hostBridge === this.#requester.hostBridge);
    if (!isAllowed) return stop(place, 'inside', { reason: 'root-complex', rule: 'root-complex-no-p2p' });
    return after([hop(place, 'inside', 'root-complex-p2p')], back());
  }

  #leadsBack({ fn }: Bridge): boolean {
    const bus = bdfBus(this.#requester.bdf);
    return (
      fn.buses.state === 'known' &&
      bdfDomain(fn.bdf) === bdfDomain(this.#requester.bdf) &&
      bus >= fn.buses.value.secondary &&
      bus <= fn.buses.value.subordinate
    );
  }

  /** Down from `from` (undefined: the root complex) through the bridges that lead to the requester. */
  #returned(from: Bus | undefined): Walk {
    const hops: Hop[] = [hop(atFunction(this.#requester), 'from-above', 'completion-returns')];
    let bus = this.#world.tree.busOf.get(this.#requester);
    while (bus !== undefined && bus !== from && bus.bridge !== undefined) {
      hops.unshift(hop(atFunction(bus.bridge.fn), 'from-above', 'completion-down'));
      bus = bus.bridge.primary;
    }
    return { kind: 'end', hops, end: { kind: 'returned' } };
  }
}
