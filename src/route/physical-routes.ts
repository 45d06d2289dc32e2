/** The ways of physical addresses, kept by range for each host bridge that requests come in at. */
import type { HostBridge } from '../pci/index.ts';
import type { BusTree } from './bus-tree.ts';
import { type Held, IntervalCache } from './interval-cache.ts';
import { type HostAperture, hostApertures, routePhysical } from './physical.ts';
import { Span } from './span.ts';
import type { Walk } from './walk.ts';
import type { World } from './world.ts';

/** Shared by all senders of a machine. */
export class PhysicalRoutes {
  readonly apertures: readonly HostAperture[];
  readonly #world: World;
  readonly #caches = new Map<HostBridge, IntervalCache<Walk>>();

  constructor(world: World, tree: BusTree) {
    this.#world = world;
    this.apertures = hostApertures(tree);
  }

  /** The way of `phys` for requests that came in at `source`. */
  at(source: HostBridge, phys: bigint): Held<Walk> {
    let cache = this.#caches.get(source);
    if (cache === undefined) {
      cache = new IntervalCache((address) => {
        const span = new Span(address);
        const value = routePhysical(this.#world, this.apertures, source, span);
        return { range: { start: span.lo, end: span.hi }, base: address, value };
      });
      this.#caches.set(source, cache);
    }
    return cache.at(phys);
  }
}
