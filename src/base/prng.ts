/** A small deterministic random source for generated machines and simulations: same seed, same sequence. Not for secrets. */
export class Prng {
  #state: number;

  /** @param seed any 32-bit number; 0 is taken as 1. */
  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  /** The next 32 random bits (xorshift32, Marsaglia 2003), 1 ... 2^32-1. */
  next(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state;
  }

  /** A number from 0 to `count`-1. */
  below(count: number): number {
    return this.next() % count;
  }

  /** True once in `n` times on average. */
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }

  /** One of `items`; undefined when there are none. */
  pick<T>(items: readonly T[]): T | undefined {
    return items[this.below(items.length || 1)];
  }
}
