/** Freed I/O addresses of a lazy domain, waiting for the next IOTLB flush. drivers/iommu/dma-iommu.c `struct iova_fq`. */
import type { IovaDomain } from './iova-domain.ts';
import type { Pfn } from './pfn.ts';

/** Entries of the ring in use when it is flushed at once: one slot of 256 stays empty. */
const FULL = 255;
/** `IOVA_FQ_TIMEOUT`, milliseconds. */
const TIMEOUT_MS = 10;

/** The queue of the one CPU of the model. Page table entries are gone already; only the addresses wait. */
export class FlushQueue {
  readonly #iovaDomain: IovaDomain;
  #entries: (readonly [Pfn, Pfn])[] = [];
  #untilFlush = TIMEOUT_MS;

  constructor(iovaDomain: IovaDomain) {
    this.#iovaDomain = iovaDomain;
  }

  /**
   * Queues a range. A full ring is flushed first; an empty one arms the timer.
   * @kernel queue_iova drivers/iommu/dma-iommu.c
   */
  add(pfn: Pfn, pages: Pfn): void {
    if (this.#entries.length === FULL) this.flush();
    if (this.#entries.length === 0) this.#untilFlush = TIMEOUT_MS;
    this.#entries.push([pfn, pages]);
  }

  /** Lets `ms` milliseconds pass: the timer flushes. */
  elapse(ms: number): void {
    this.#untilFlush -= ms;
    if (this.#untilFlush <= 0) this.flush();
  }

  /** Gives every waiting range back to the allocator, oldest first. @kernel fq_flush_timeout drivers/iommu/dma-iommu.c */
  flush(): void {
    const waiting = this.#entries;
    this.#entries = [];
    for (const [pfn, pages] of waiting) this.#iovaDomain.freeFast(pfn, pages);
  }

  /** What waits, oldest first: page number and pages. */
  waiting(): readonly (readonly [Pfn, Pfn])[] {
    return this.#entries;
  }
}
