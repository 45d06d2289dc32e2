/**
 * Routes requests of one machine. Decisions are kept by range of addresses, so a million requests cost a million
 * look-ups and only as many walks as there are windows.
 */
import { type AddrRange, assert } from '../base/index.ts';
import type { HostBridge, PciFunction, PciTopology } from '../pci/index.ts';
import { ascend } from './ascend.ts';
import { buildBusTree } from './bus-tree.ts';
import { routeCompletion } from './completion.ts';
import { inboundAddresses } from './inbound.ts';
import { type Held, IntervalCache } from './interval-cache.ts';
import { passIommu } from './iommu-stage.ts';
import type { RouteOptions } from './options.ts';
import { hostApertures, routePhysical } from './physical.ts';
import type {
  AddressType,
  Assumption,
  CompletionRoute,
  Hop,
  RequestKind,
  Route,
  RouteEnd,
  Tlp,
} from './route-value.ts';
import { ADDRESS_END, Span } from './span.ts';
import {
  after,
  atFunction,
  atHostBridge,
  fork,
  hop,
  type Leaf,
  settleFork,
  shiftEnd,
  stop,
  type Walk,
} from './walk.ts';
import { makeWorld, type World } from './world.ts';

/** Who sends what, without the address. */
export interface Sender {
  readonly requester: PciFunction;
  readonly kind: RequestKind;
  readonly addressType: AddressType;
}

/** One range of a route map: what the hardware decides for each address of it. */
export interface RouteMapEntry {
  readonly range: AddrRange;
  readonly hops: readonly Hop[];
  /** For the first address of the range; `to-iommu`: translation decides further, address by address. */
  readonly end: RouteEnd | { readonly kind: 'to-iommu'; readonly hostBridge: HostBridge };
}

/** The routes of one machine. Immutable machine, growing memory of decisions. */
export class Router {
  readonly #world: World;
  readonly #apertures: ReturnType<typeof hostApertures>;
  readonly #up = new Map<PciFunction, Map<string, IntervalCache<Walk>>>();
  readonly #physical = new Map<HostBridge, IntervalCache<Walk>>();
  readonly #whole = new Map<PciFunction, Map<string, IntervalCache<Leaf>>>();
  readonly #completions = new Map<PciFunction, Map<string, CompletionRoute>>();

  constructor(topology: PciTopology, options: RouteOptions = {}) {
    const tree = buildBusTree(topology);
    this.#world = makeWorld(tree, options);
    this.#apertures = hostApertures(tree);
  }

  /** What happens to one request. */
  route(tlp: Tlp): Route {
    const { address, length = 1 } = tlp;
    assert(address >= 0n && address < ADDRESS_END, 'an address has 64 bits');
    assert(length >= 1 && length <= 4096, 'a request has 1 to 4096 bytes');
    const held = this.decide(senderOf(tlp), address);
    const leaf = oversized(tlp, held) ?? held.value;
    const end = shiftEnd(leaf.end, leaf === held.value ? address - held.base : 0n);
    const completion = tlp.kind === 'read' ? this.completionOf(tlp, leaf) : undefined;
    return { tlp, range: held.range, hops: leaf.hops, end, assumptions: assumptionsOf(leaf.hops), completion };
  }

  /** The decision for an address and the range it holds for. The end is that of `base`, it moves with the address. */
  decide(sender: Sender, address: bigint): Held<Leaf> {
    if (this.#world.iommu(sender.requester).mode === 'translated') return this.#decideNow(sender, address);
    return cacheOf(this.#whole, sender, (at) => this.#decideNow(sender, at)).at(address);
  }

  /** All decisions for a sender, ascending, without gaps over the whole 64-bit space. */
  routeMap(sender: Sender): RouteMapEntry[] {
    const entries: RouteMapEntry[] = [];
    const translated = this.#world.iommu(sender.requester).mode === 'translated';
    for (let address = 0n; address < ADDRESS_END; ) {
      const up = this.#upOf(sender).at(address);
      if (translated && up.value.kind === 'to-iommu') {
        const end = { kind: 'to-iommu', hostBridge: up.value.rootBus.hostBridge } as const;
        entries.push({ range: up.range, hops: up.value.hops, end });
        address = up.range.end;
        continue;
      }
      const { range, base, value } = this.decide(sender, address);
      entries.push({ range, hops: value.hops, end: shiftEnd(value.end, range.start - base) });
      address = range.end;
    }
    return entries;
  }

  /** The way of the completions of a read that ended as `leaf` says; undefined where none come. */
  completionOf(tlp: Tlp, { end, hops }: Leaf): CompletionRoute | undefined {
    if (end.kind !== 'function' && end.kind !== 'ram' && end.kind !== 'reserved') return undefined;
    const { requester, relaxedOrdering = false } = tlp;
    const inside = hops.some(({ rule }) => rule === 'own-bar');
    if (end.kind !== 'function' || inside) return { hops: [], end: { kind: 'returned' } };
    const key = `${end.fn.bdf}/${relaxedOrdering}`;
    const ways = this.#completions.get(requester) ?? new Map<string, CompletionRoute>();
    this.#completions.set(requester, ways);
    const way = ways.get(key) ?? routeCompletion(this.#world, end.fn, requester, relaxedOrdering);
    ways.set(key, way);
    return way;
  }

  #upOf(sender: Sender): IntervalCache<Walk> {
    return cacheOf(this.#up, sender, (address) => {
      const span = new Span(address);
      const value = ascend(this.#world, { ...sender, span });
      return { range: { start: span.lo, end: span.hi }, base: address, value };
    });
  }

  #decideNow(sender: Sender, address: bigint): Held<Leaf> {
    const up = this.#upOf(sender).at(address);
    const span = new Span(address);
    span.within(up.range);
    const value = this.#settle(sender, up.value, address - up.base, span);
    return { range: { start: span.lo, end: span.hi }, base: address, value };
  }

  /** @param delta from the address `walk` was made for to that of `span` */
  #settle(sender: Sender, walk: Walk, delta: bigint, span: Span): Leaf {
    if (walk.kind === 'end') return { hops: walk.hops, end: shiftEnd(walk.end, delta) };
    if (walk.kind === 'fork') {
      return settleFork(
        walk,
        walk.branches.map((branch) => this.#settle(sender, branch, delta, span)),
      );
    }
    return span.keepAddress(() => {
      const stage = this.#world.iommu(sender.requester);
      const answer = passIommu(stage, { ...sender, rootBus: walk.rootBus }, span);
      if (answer.kind === 'ends') return this.#settle(sender, after(walk.hops, answer.walk), 0n, span);
      const leaf = this.#settlePhysical(sender, walk.rootBus.hostBridge, span, stage.mode === 'translated');
      return { hops: [...walk.hops, answer.hop, ...leaf.hops], end: leaf.end };
    });
  }

  #settlePhysical(sender: Sender, source: HostBridge, span: Span, translated: boolean): Leaf {
    const [first, second] = translated ? [span.address] : inboundAddresses(this.#apertures, source, span);
    const follow = (phys: bigint): Leaf =>
      span.keepAddress(() => {
        span.moveTo(phys);
        const held = this.#physicalOf(source).at(phys);
        span.within(held.range);
        return this.#settle(sender, held.value, phys - held.base, span);
      });
    const leaf = follow(first ?? span.address);
    if (second === undefined) return leaf;
    const missing = [{ fact: 'inbound translation', device: 'host bridge', why: 'no register tells' }];
    const choice = fork(atHostBridge(source), 'inside', 'inbound-ambiguous', missing, []);
    assert(choice.kind === 'fork', 'a fork is a fork');
    return settleFork(choice, [leaf, follow(second)]);
  }

  #physicalOf(source: HostBridge): IntervalCache<Walk> {
    const known = this.#physical.get(source);
    if (known !== undefined) return known;
    const cache = new IntervalCache<Walk>((phys) => {
      const span = new Span(phys);
      const value = routePhysical(this.#world, this.#apertures, source, span);
      return { range: { start: span.lo, end: span.hi }, base: phys, value };
    });
    this.#physical.set(source, cache);
    return cache;
  }
}

function senderOf({ requester, kind, addressType = 'untranslated' }: Tlp): Sender {
  return { requester, kind, addressType };
}

/** One cache for each sender. */
function cacheOf<T>(
  caches: Map<PciFunction, Map<string, IntervalCache<T>>>,
  sender: Sender,
  compute: (address: bigint) => Held<T>,
): IntervalCache<T> {
  const key = `${sender.kind}/${sender.addressType}`;
  let ofFunction = caches.get(sender.requester);
  if (ofFunction === undefined) {
    ofFunction = new Map();
    caches.set(sender.requester, ofFunction);
  }
  let cache = ofFunction.get(key);
  if (cache === undefined) {
    cache = new IntervalCache(compute);
    ofFunction.set(key, cache);
  }
  return cache;
}

/** A request that is no packet, or that its first byte's target cannot hold. */
function oversized(tlp: Tlp, held: Held<Leaf>): Leaf | undefined {
  const { requester, address, length = 1 } = tlp;
  const place = atFunction(requester);
  if ((address & 0xfffn) + BigInt(length) > 0x1000n)
    return leafOf(stop(hop(place, 'sends', 'crosses-4k'), 'malformed'));
  if (address + BigInt(length) <= held.range.end || held.value.end.kind !== 'function') return undefined;
  const { fn } = held.value.end;
  return leafOf(
    after(held.value.hops, stop(hop(atFunction(fn), 'from-above', 'crosses-border'), 'unsupported-request')),
  );
}

function leafOf(walk: Walk): Leaf {
  assert(walk.kind === 'end', 'a stop is an end');
  return { hops: walk.hops, end: walk.end };
}

function assumptionsOf(hops: readonly Hop[]): Assumption[] {
  return [...new Set(hops.flatMap(({ assumed }) => (assumed === undefined ? [] : [assumed])))];
}
