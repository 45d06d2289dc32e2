/** Which bytes of a large space belong to a set, as runs. */

/** Bytes `from` to `to`, without `to`. */
export interface ByteRun {
  readonly from: bigint;
  readonly to: bigint;
}

/** A growing set of bytes. */
export class ByteRuns {
  readonly #runs: ByteRun[] = [];

  /** Ascending; no two touch. */
  get runs(): readonly ByteRun[] {
    return this.#runs;
  }

  /** Takes bytes `from` to `to`, without `to`, into the set. */
  add(from: bigint, to: bigint): void {
    if (to <= from) return;
    const first = firstEndingAt(this.#runs, from);
    let after = first;
    let run: ByteRun = { from, to };
    for (let next = this.#runs[after]; next !== undefined && next.from <= to; next = this.#runs[++after]) {
      run = { from: next.from < run.from ? next.from : run.from, to: next.to > run.to ? next.to : run.to };
    }
    this.#runs.splice(first, after - first, run);
  }
}

/** Place of the first of ascending runs that ends at `offset` or behind it. */
export function firstEndingAt(runs: readonly ByteRun[], offset: bigint): number {
  let [low, high] = [0, runs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((runs[middle]?.to ?? 0n) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
