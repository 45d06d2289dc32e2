/**
 * The maximal range of addresses for which a decision procedure decides as it does for one of them: every comparison
 * of the address with a range cuts it down to the addresses that compare alike.
 */
import type { AddrRange } from '../base/index.ts';

/** One past the last 64-bit address. */
export const ADDRESS_END: bigint = 1n << 64n;

/** Starts with all addresses; narrowed by each comparison. */
export class Span {
  /** The address that is followed, in the space of the current stage. */
  address: bigint;
  /** Bounds in the space the span started in: `lo` <= start address < `hi`. */
  lo = 0n;
  hi: bigint = ADDRESS_END;
  /** Current address minus the address in the starting space. */
  #shift = 0n;

  constructor(address: bigint) {
    this.address = address;
  }

  /** Is the address in `range`? The span keeps only addresses with the same answer, on the same side. */
  isIn(range: AddrRange): boolean {
    if (this.address < range.start) {
      this.#below(range.start);
      return false;
    }
    if (this.address >= range.end) {
      this.#from(range.end);
      return false;
    }
    this.within(range);
    return true;
  }

  /** Keeps only addresses of `range`, which holds the current address. */
  within(range: AddrRange): void {
    this.#from(range.start);
    this.#below(range.end);
  }

  /** Goes on with another address for the same byte: a translation. The span must lie in a range it holds for. */
  moveTo(address: bigint): void {
    this.#shift += address - this.address;
    this.address = address;
  }

  /** Runs `branch`, then stands again at the address before it. What the branch narrowed stays. */
  keepAddress<T>(branch: () => T): T {
    const { address } = this;
    const shift = this.#shift;
    const result = branch();
    this.address = address;
    this.#shift = shift;
    return result;
  }

  #from(start: bigint): void {
    const lo = start - this.#shift;
    if (lo > this.lo) this.lo = lo;
  }

  #below(end: bigint): void {
    const hi = end - this.#shift;
    if (hi < this.hi) this.hi = hi;
  }
}
