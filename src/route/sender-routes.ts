/** All decisions for one sender: from its device to the IOMMU, through it, and to the end. */
import type { AddrRange } from '../base/index.ts';
import type { HostBridge, PciFunction } from '../pci/index.ts';
import { Ascent } from './ascent.ts';
import { inboundAddresses } from './inbound.ts';
import { type Held, IntervalCache } from './interval-cache.ts';
import { passIommu } from './iommu-stage.ts';
import type { IommuStage, IoTranslation } from './options.ts';
import type { PhysicalRoutes } from './physical-routes.ts';
import type { AddressType, Hop, RequestKind, RouteEnd } from './route-value.ts';
import { type Leaf, leafOf, settle, settleFork, shiftEnd } from './settle.ts';
import { ADDRESS_END, Span } from './span.ts';
import { after, atHostBridge, fork, hop, type Walk, type WalkEnd, type WalkToIommu } from './walk.ts';
import type { World } from './world.ts';

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

/** The decisions of one sender. What does not depend on a page table is kept. */
export class SenderRoutes {
  readonly #sender: Sender;
  readonly #physical: PhysicalRoutes;
  readonly #stage: IommuStage;
  readonly #up: IntervalCache<Walk>;
  readonly #whole: IntervalCache<Leaf>;
  /** The last two walks that a translation joined, as one. */
  #joined: { readonly up: WalkToIommu; readonly down: WalkEnd; readonly leaf: Leaf } | undefined;

  constructor(world: World, physical: PhysicalRoutes, sender: Sender) {
    this.#sender = sender;
    this.#physical = physical;
    this.#stage = world.iommu(sender.requester);
    this.#up = new IntervalCache((address) => {
      const span = new Span(address);
      const value = new Ascent(world, { ...sender, span }).walk();
      return { range: { start: span.lo, end: span.hi }, base: address, value };
    });
    this.#whole = new IntervalCache((address) => this.#decideNow(address));
  }

  /** The decision for an address and the range it holds for. The end is that of `base`, it moves with the address. */
  decide(address: bigint): Held<Leaf> {
    if (this.#stage.mode !== 'translated') return this.#whole.at(address);
    const up = this.#up.at(address);
    if (up.value.kind !== 'to-iommu' || this.#sender.addressType === 'translated') return this.#decideNow(address);
    return this.#translate(this.#stage.table, up, up.value, address) ?? this.#decideNow(address);
  }

  /** All decisions, ascending, without gaps over the whole 64-bit space. */
  map(): RouteMapEntry[] {
    const entries: RouteMapEntry[] = [];
    for (let address = 0n; address < ADDRESS_END; ) {
      const up = this.#up.at(address);
      if (this.#stage.mode === 'translated' && up.value.kind === 'to-iommu') {
        const end = { kind: 'to-iommu', hostBridge: up.value.rootBus.hostBridge } as const;
        entries.push({ range: up.range, hops: up.value.hops, end });
        address = up.range.end;
      } else {
        const { range, base, value } = this.decide(address);
        entries.push({ range, hops: value.hops, end: shiftEnd(value.end, range.start - base) });
        address = range.end;
      }
    }
    return entries;
  }

  /** The usual way through a page table, without a walk: undefined where it is not the usual one. */
  #translate(table: IoTranslation, up: Held<Walk>, walk: WalkToIommu, address: bigint): Held<Leaf> | undefined {
    const answer = table.translate(address, this.#sender.kind === 'write');
    if (!answer.ok) return undefined;
    const { hostBridge } = walk.rootBus;
    const held = this.#physical.at(hostBridge, answer.phys);
    if (held.value.kind !== 'end') return undefined;
    if (this.#joined?.up !== walk || this.#joined.down !== held.value) {
      const translated = hop(atHostBridge(hostBridge), 'inside', 'iommu-translated');
      const leaf = leafOf([...walk.hops, translated, ...held.value.hops], held.value.end);
      this.#joined = { up: walk, down: held.value, leaf };
    }
    const shift = answer.phys - address;
    let end = address + answer.contiguousBytes;
    if (end > up.range.end) end = up.range.end;
    if (end > held.range.end - shift) end = held.range.end - shift;
    return { range: { start: address, end }, base: held.base - shift, value: this.#joined.leaf };
  }

  #decideNow(address: bigint): Held<Leaf> {
    const up = this.#up.at(address);
    const span = new Span(address);
    span.within(up.range);
    const value = this.#settle(up.value, address - up.base, span);
    return { range: { start: span.lo, end: span.hi }, base: address, value };
  }

  /** @param delta from the address `walk` was made for to that of `span` */
  #settle(walk: Walk, delta: bigint, span: Span): Leaf {
    return settle(walk, delta, (rest) => span.keepAddress(() => this.#throughIommu(rest, span)));
  }

  #throughIommu({ hops, rootBus }: WalkToIommu, span: Span): Leaf {
    const answer = passIommu(this.#stage, { ...this.#sender, rootBus }, span);
    if (answer.kind === 'ends') return this.#settle(after(hops, answer.walk), 0n, span);
    const leaf = this.#settlePhysical(rootBus.hostBridge, span);
    return leafOf([...hops, answer.hop, ...leaf.hops], leaf.end);
  }

  #settlePhysical(source: HostBridge, span: Span): Leaf {
    const phys =
      this.#stage.mode === 'translated' ? [span.address] : inboundAddresses(this.#physical.apertures, source, span);
    const leaves = phys.map((address) => span.keepAddress(() => this.#follow(source, address, span)));
    const [leaf, second] = leaves;
    if (leaf !== undefined && second === undefined) return leaf;
    const missing = [{ fact: 'inbound translation', device: 'host bridge', why: 'no register tells' }];
    return settleFork(fork(atHostBridge(source), 'inside', 'inbound-ambiguous', missing, []), leaves);
  }

  #follow(source: HostBridge, phys: bigint, span: Span): Leaf {
    span.moveTo(phys);
    const held = this.#physical.at(source, phys);
    span.within(held.range);
    return this.#settle(held.value, phys - held.base, span);
  }
}
