/**
 * Routes requests of one machine. Decisions are kept by range of addresses, so a million requests cost a million
 * look-ups and only as many walks as there are windows.
 */
import { assert } from '../base/index.ts';
import type { PciFunction, PciTopology } from '../pci/index.ts';
import { busTreeOf } from './bus-tree.ts';
import { routeCompletion } from './completion.ts';
import type { Held } from './interval-cache.ts';
import type { RouteOptions } from './options.ts';
import { PhysicalRoutes } from './physical-routes.ts';
import type { CompletionRoute, Route, Tlp } from './route-value.ts';
import { type RouteMapEntry, type Sender, SenderRoutes } from './sender-routes.ts';
import { type Leaf, leafOf, shiftEnd } from './settle.ts';
import { ADDRESS_END } from './span.ts';
import { atFunction, stop } from './walk.ts';
import { makeWorld, type World } from './world.ts';

/** The routes of one machine. The machine does not change, the memory of decisions grows. */
export class Router {
  readonly #world: World;
  readonly #physical: PhysicalRoutes;
  /** By function index and kind of request, see {@link senderIndex}. */
  readonly #senders: (SenderRoutes | undefined)[] = [];
  /** By function index of the requester, of the completer, and relaxed ordering. */
  readonly #completions = new Map<number, CompletionRoute>();

  constructor(topology: PciTopology, options: RouteOptions = {}) {
    const tree = busTreeOf(topology);
    this.#world = makeWorld(tree, options);
    this.#physical = new PhysicalRoutes(this.#world, tree);
  }

  /** What happens to one request. */
  route(tlp: Tlp): Route {
    const { requester, kind, address, addressType = 'untranslated', length = 1 } = tlp;
    assert(address >= 0n && address < ADDRESS_END, 'an address has 64 bits');
    assert(length >= 1 && length <= 4096, 'a request has 1 to 4096 bytes');
    const held = this.decide({ requester, kind, addressType }, address);
    const leaf = length === 1 ? held.value : (oversized(tlp, length, held) ?? held.value);
    const end = leaf === held.value ? shiftEnd(leaf.end, address - held.base) : leaf.end;
    const completion = kind === 'read' ? this.#completionOf(tlp, leaf) : undefined;
    return { tlp, range: held.range, hops: leaf.hops, end, assumptions: leaf.assumptions, completion };
  }

  /** The decision for an address and the range it holds for. The end is that of `base`, it moves with the address. */
  decide(sender: Sender, address: bigint): Held<Leaf> {
    return this.#routesOf(sender).decide(address);
  }

  /** All decisions for a sender, ascending, without gaps over the whole 64-bit space. */
  routeMap(sender: Sender): RouteMapEntry[] {
    return this.#routesOf(sender).map();
  }

  #routesOf(sender: Sender): SenderRoutes {
    const index = senderIndex(sender);
    const known = this.#senders[index];
    if (known !== undefined) return known;
    const routes = new SenderRoutes(this.#world, this.#physical, sender);
    this.#senders[index] = routes;
    return routes;
  }

  /** The way of the completions of a read that ended as `leaf` says; undefined where none come. */
  #completionOf({ requester, relaxedOrdering = false }: Tlp, { end, hops }: Leaf): CompletionRoute | undefined {
    if (end.kind === 'ram' || end.kind === 'reserved') return FROM_MEMORY;
    if (end.kind !== 'function') return undefined;
    if (end.fn === requester && hops[0]?.rule === 'own-bar') return FROM_MEMORY;
    return this.#completionBetween(end.fn, requester, relaxedOrdering);
  }

  #completionBetween(completer: PciFunction, requester: PciFunction, relaxedOrdering: boolean): CompletionRoute {
    const functions = this.#world.tree.topology.functions.length;
    const key = (requester.index * functions + completer.index) * 2 + (relaxedOrdering ? 1 : 0);
    const known = this.#completions.get(key);
    if (known !== undefined) return known;
    const way = routeCompletion(this.#world, completer, requester, relaxedOrdering);
    this.#completions.set(key, way);
    return way;
  }
}

const FROM_MEMORY: CompletionRoute = { hops: [], end: { kind: 'returned' } };

function senderIndex({ requester, kind, addressType }: Sender): number {
  return requester.index * 4 + (kind === 'read' ? 1 : 0) + (addressType === 'translated' ? 2 : 0);
}

/** A request that is no packet, or that its first byte's target cannot hold. */
function oversized({ requester, address }: Tlp, length: number, held: Held<Leaf>): Leaf | undefined {
  if (Number(address & 0xfffn) + length > 0x1000) {
    const malformed = stop(atFunction(requester), 'sends', { reason: 'malformed', rule: 'crosses-4k' });
    return leafOf(malformed.hops, malformed.end);
  }
  const { end, hops } = held.value;
  if (end.kind !== 'function' || address + BigInt(length) <= held.range.end) return undefined;
  const cause = { reason: 'unsupported-request', rule: 'crosses-border' } as const;
  const refused = stop(atFunction(end.fn), 'from-above', cause);
  return leafOf([...hops, ...refused.hops], refused.end);
}
