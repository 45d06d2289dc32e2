/** The reservation lock of a buffer, and the fences that say who still uses it. drivers/dma-buf/dma-resv.c. */
import { assert } from '../base/index.ts';
import type { DmaBufKernel } from './dma-buf-kernel.ts';

/**
 * Who a fence belongs to. Waiting for one includes all before it.
 * @kernel dma_resv_usage include/linux/dma-resv.h
 */
const DMA_RESV_USAGES = ['kernel', 'write', 'read', 'bookkeep'] as const;

/** One of the four. */
export type DmaResvUsage = (typeof DMA_RESV_USAGES)[number];

/** Lock and fences. The model has no time: a fence is there until it is signalled. */
export class DmaResv {
  #held = false;
  readonly #fences = new Map<number, DmaResvUsage>();
  #nextFence = 0;

  get held(): boolean {
    return this.#held;
  }

  /** @kernel dma_resv_lock include/linux/dma-resv.h */
  lock(): void {
    assert(!this.#held, 'the reservation lock is taken once: the kernel would wait for ever');
    this.#held = true;
  }

  /** @kernel dma_resv_unlock include/linux/dma-resv.h */
  unlock(): void {
    assert(this.#held, 'the reservation lock is held');
    this.#held = false;
  }

  /**
   * WARNs where lock debugging is on and nobody holds the lock.
   * @kernel dma_resv_assert_held include/linux/dma-resv.h
   */
  assertHeld(kernel: DmaBufKernel, by: string): void {
    if (kernel.lockdep && !this.#held) kernel.log.warn('include/linux/dma-resv.h', `${by}: reservation lock not held`);
  }

  /**
   * A fence of work that uses the buffer.
   * @returns its number, for {@link signal}.
   * @kernel dma_resv_add_fence drivers/dma-buf/dma-resv.c
   */
  addFence(usage: DmaResvUsage): number {
    const fence = this.#nextFence++;
    this.#fences.set(fence, usage);
    return fence;
  }

  /** The work is done. */
  signal(fence: number): void {
    this.#fences.delete(fence);
  }

  /** Fences that a wait for `usage` waits for. */
  pending(usage: DmaResvUsage): readonly number[] {
    const last = DMA_RESV_USAGES.indexOf(usage);
    return [...this.#fences].filter(([, of]) => DMA_RESV_USAGES.indexOf(of) <= last).map(([fence]) => fence);
  }

  /**
   * Waits until they are signalled; in a model without time the work is done at once.
   * @kernel dma_resv_wait_timeout drivers/dma-buf/dma-resv.c
   */
  wait(usage: DmaResvUsage): void {
    for (const fence of this.pending(usage)) this.signal(fence);
  }
}
