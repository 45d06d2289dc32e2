/** The I/O address allocator of a domain. drivers/iommu/iova.c `struct iova_domain`; iommu-dma, sections 4 and 5. */
import type { KernelLog } from '../uapi/index.ts';
import type { FaultHook } from './fault-hook.ts';
import { IovaRcache, RCACHE_ORDERS } from './iova-rcache.ts';
import { IovaTree } from './iova-tree.ts';
import { type Pfn, roundUpPowerOfTwo } from './pfn.ts';

const IOVA_FILE = 'drivers/iommu/iova.c';
const DEPOT_TRIM_MS = 100;
/** Largest cached range, pages. */
const CACHED_PAGES = 1 << (RCACHE_ORDERS - 1);

/** What an {@link IovaDomain} is made from. */
export interface IovaDomainSpec {
  /** log2 of the page size. */
  readonly granuleShift: number;
  /** Pages below are never given out; at least 1. */
  readonly startPfn: Pfn;
  readonly log: KernelLog;
  /** More full magazines than CPUs are trimmed from the depot, one every 100 ms. Default 1. */
  readonly onlineCpus?: number;
  readonly fault?: FaultHook | undefined;
}

/** State of an {@link IovaDomain}, for comparing. */
export interface IovaDomainSnapshot {
  /** Every node, reservations too, ascending: first and last page. */
  readonly ranges: readonly (readonly [Pfn, Pfn])[];
  /** Per size class: loaded magazine, previous one, depot from the bottom. */
  readonly rcaches: readonly (readonly (readonly Pfn[])[])[];
}

/**
 * Gives out page ranges, top down, each aligned to its size rounded up to a power of two, and keeps small freed ones for
 * reuse. All numbers are pages.
 */
export class IovaDomain {
  /** The last page below 4 GiB. */
  readonly last32BitPfn: Pfn;
  readonly #tree: IovaTree;
  readonly #rcaches: readonly IovaRcache[];
  readonly #log: KernelLog;
  readonly #onlineCpus: number;
  readonly #fault: FaultHook | undefined;
  #untilTrim = DEPOT_TRIM_MS;

  constructor(spec: IovaDomainSpec) {
    const dma32Pfn = 2 ** (32 - spec.granuleShift);
    this.last32BitPfn = dma32Pfn - 1;
    this.#tree = new IovaTree(spec.startPfn, dma32Pfn);
    this.#rcaches = Array.from({ length: RCACHE_ORDERS }, () => new IovaRcache());
    this.#log = spec.log;
    this.#onlineCpus = spec.onlineCpus ?? 1;
    this.#fault = spec.fault;
  }

  /**
   * Takes `pages` pages at or below `limitPfn`; undefined when there is no room. Up to 32 pages are rounded up to a power
   * of two and come from the cache if it has some. `flush`: on failure empty the caches and try again.
   * @kernel alloc_iova_fast drivers/iommu/iova.c
   */
  allocFast(pages: Pfn, limitPfn: Pfn, flush: boolean): Pfn | undefined {
    const size = pages < CACHED_PAGES ? roundUpPowerOfTwo(pages) : pages;
    const cached = this.#rcacheGet(size, limitPfn + 1 - size);
    if (cached !== undefined) return cached;
    const pfn = this.#alloc(size, limitPfn);
    if (pfn !== undefined || !flush) return pfn;
    for (const rcache of this.#rcaches) this.#freeMagazine(rcache.drain());
    return this.#alloc(size, limitPfn);
  }

  /**
   * Gives a range back: to the cache of its size class, or to the tree, where the node that holds `pfn` goes whatever
   * its size.
   * @kernel free_iova_fast drivers/iommu/iova.c
   */
  freeFast(pfn: Pfn, pages: Pfn): void {
    const rcache = this.#rcaches[orderOf(pages)];
    if (rcache?.put(pfn, () => this.#fault?.('iova_rcache_insert: magazine') === true) === true) return;
    this.#tree.remove(pfn);
  }

  /**
   * Keeps pages `lo` to `hi` (inclusive) from ever being given out.
   * @kernel reserve_iova drivers/iommu/iova.c
   */
  reserve(lo: Pfn, hi: Pfn): void {
    this.#tree.reserve(lo, hi);
  }

  /** Lets `ms` milliseconds pass: the depots are trimmed. @kernel iova_depot_work_func drivers/iommu/iova.c */
  elapse(ms: number): void {
    for (this.#untilTrim -= ms; this.#untilTrim <= 0; this.#untilTrim += DEPOT_TRIM_MS) {
      for (const rcache of this.#rcaches) {
        if (rcache.depotSize > this.#onlineCpus) this.#freeMagazine(rcache.takeDepotMagazine());
      }
    }
  }

  /** Everything that a later allocation may depend on but the cursors. */
  snapshot(): IovaDomainSnapshot {
    return { ranges: this.#tree.list(), rcaches: this.#rcaches.map((rcache) => rcache.contents()) };
  }

  #alloc(pages: Pfn, limitPfn: Pfn): Pfn | undefined {
    if (this.#fault?.('alloc_iova: node') === true) return undefined;
    return this.#tree.alloc(pages, limitPfn);
  }

  #rcacheGet(pages: Pfn, maxPfn: Pfn): Pfn | undefined {
    const pfn = this.#rcaches[orderOf(pages)]?.get(maxPfn);
    return pfn === 0 ? undefined : pfn;
  }

  /** @kernel iova_magazine_free_pfns drivers/iommu/iova.c */
  #freeMagazine(magazine: readonly Pfn[]): void {
    for (const pfn of magazine) {
      if (!this.#tree.remove(pfn)) this.#log.warn(IOVA_FILE, 'iova_magazine_free_pfns: no such range');
    }
  }
}

/** Size class of a range: ceil(log2 pages), 0 for an empty one. */
function orderOf(pages: Pfn): number {
  return pages > CACHED_PAGES ? RCACHE_ORDERS : pages <= 1 ? 0 : 32 - Math.clz32(pages - 1);
}
