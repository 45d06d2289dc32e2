/** Values that hold for ranges of addresses, found by address and computed when first asked for. */
import type { AddrRange } from '../base/index.ts';

/** A value that holds for `range`. It says what happens at `base`, which may lie outside, and moves with the address. */
export interface Held<T> {
  readonly range: AddrRange;
  readonly base: bigint;
  readonly value: T;
}

/** Disjoint ranges in ascending order. One cache belongs to one address space and one decision procedure. */
export class IntervalCache<T> {
  readonly #compute: (address: bigint) => Held<T>;
  readonly #held: Held<T>[] = [];
  /** Starts of the ranges, rounded to doubles: searched first, because comparing bigints costs much more. */
  readonly #starts: number[] = [];
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
    this.#starts.splice(index, 0, Number(found.range.start));
    this.#last = found;
    return found;
  }

  /** Index of the first range that starts above `address`. Rounding keeps the order, so only neighbours can be wrong. */
  #indexAbove(address: bigint): number {
    const rounded = Number(address);
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] ?? 0) <= rounded) low = middle + 1;
      else high = middle;
    }
    for (let held = this.#held[low - 1]; held !== undefined && held.range.start > address; held = this.#held[low - 1]) {
      low--;
    }
    return low;
  }
}
