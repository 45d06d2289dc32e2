/** Values that hold for ranges of addresses, found by address and computed when first asked for. */
import type { AddrRange } from '../base/index.ts';

/** A value that holds for `range`, as computed for the address `base` in it. */
export interface Held<T> {
  readonly range: AddrRange;
  readonly base: bigint;
  readonly value: T;
}

/** Disjoint ranges in ascending order. One cache belongs to one address space and one decision procedure. */
export class IntervalCache<T> {
  readonly #compute: (address: bigint) => Held<T>;
  readonly #held: Held<T>[] = [];
  #last: Held<T> | undefined;

  /** @param compute gives the value of an address and its whole range; ranges of two addresses are equal or disjoint. */
  constructor(compute: (address: bigint) => Held<T>) {
    this.#compute = compute;
  }

  /** What holds for `address`. */
  at(address: bigint): Held<T> {
    const last = this.#last;
    if (last !== undefined && address >= last.range.start && address < last.range.end) return last;
    const index = this.#indexAbove(address);
    const below = this.#held[index - 1];
    if (below !== undefined && address < below.range.end) {
      this.#last = below;
      return below;
    }
    const found = this.#compute(address);
    this.#held.splice(index, 0, found);
    this.#last = found;
    return found;
  }

  /** Index of the first range that starts above `address`. */
  #indexAbove(address: bigint): number {
    let low = 0;
    let high = this.#held.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const held = this.#held[middle];
      if (held !== undefined && held.range.start <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
