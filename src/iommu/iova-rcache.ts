/**
 * Recently freed I/O addresses, kept for the next mapping of the same size. drivers/iommu/iova.c, rcache functions.
 *
 * The model is one CPU: `loaded` and `prev` are its two magazines, `depot` the shared stack of full ones.
 */
import type { Pfn } from './pfn.ts';

/** Sizes of 1, 2, 4, 8, 16 and 32 pages. `IOVA_RANGE_CACHE_MAX_SIZE`. */
export const RCACHE_ORDERS = 6;

/** Page numbers in a full magazine. `IOVA_MAG_SIZE`. */
const MAGAZINE_SIZE = 127;

/** The cache of one size. */
export class IovaRcache {
  #loaded: Pfn[] = [];
  #prev: Pfn[] = [];
  readonly #depot: Pfn[][] = [];

  /**
   * The most recently freed page number that is at most `maxPfn`; 0 or undefined is a miss, but a 0 that was put in is
   * gone then.
   * @kernel __iova_rcache_get drivers/iommu/iova.c
   */
  get(maxPfn: Pfn): Pfn | undefined {
    if (this.#loaded.length === 0) {
      if (this.#prev.length > 0) this.#swap();
      else this.#loaded = this.#depot.pop() ?? this.#loaded;
    }
    const magazine = this.#loaded;
    for (let i = magazine.length - 1; i >= 0; i--) {
      const pfn = magazine[i] as Pfn;
      if (pfn > maxPfn) continue;
      const last = magazine.pop() as Pfn;
      if (i < magazine.length) magazine[i] = last;
      return pfn;
    }
    return undefined;
  }

  /**
   * Keeps a freed page number. False when a magazine was needed and `noMemory` says there is none.
   * @kernel __iova_rcache_insert drivers/iommu/iova.c
   */
  put(pfn: Pfn, noMemory: () => boolean): boolean {
    if (this.#loaded.length === MAGAZINE_SIZE) {
      if (this.#prev.length < MAGAZINE_SIZE) this.#swap();
      else {
        if (noMemory()) return false;
        this.#depot.push(this.#loaded);
        this.#loaded = [];
      }
    }
    this.#loaded.push(pfn);
    return true;
  }

  /** Full magazines in the depot. */
  get depotSize(): number {
    return this.#depot.length;
  }

  /** Takes the top magazine off the depot; empty when there is none. */
  takeDepotMagazine(): readonly Pfn[] {
    return this.#depot.pop() ?? [];
  }

  /** Takes everything out, in the order in which the kernel gives it back: loaded, prev, depot from the top. */
  drain(): readonly Pfn[] {
    const all = [...this.#loaded, ...this.#prev];
    this.#loaded = [];
    this.#prev = [];
    while (this.#depot.length > 0) all.push(...(this.#depot.pop() as Pfn[]));
    return all;
  }

  /** What is kept, for comparing states. */
  contents(): readonly (readonly Pfn[])[] {
    return [[...this.#loaded], [...this.#prev], ...this.#depot.map((magazine) => [...magazine])];
  }

  #swap(): void {
    const loaded = this.#loaded;
    this.#loaded = this.#prev;
    this.#prev = loaded;
  }
}
