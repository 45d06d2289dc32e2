/** Where the entries of a table came from, worked out when someone asks. */
import { U64_MAX } from '../base/index.ts';
import { calcRunNents, type SplitRules } from '../scatterlist/index.ts';
import type { SgtMapping } from './sgt-mapping.ts';

/** Part of a range that an entry holds. */
export interface EntryPiece {
  /** Number of the range. */
  readonly range: number;
  /** Bytes from the start of the range. */
  readonly offset: bigint;
  /** Bytes. */
  readonly len: bigint;
}

/** How one entry came about. */
export interface EntryOrigin {
  /** Which cut of its run it is, from 0: runs are ranges, or in flow `iova` the one run of all of them. */
  readonly chunk: number;
  /** One piece, or in flow `iova` as many as the entry spans; none for an entry the kernel left empty. */
  readonly pieces: readonly EntryPiece[];
}

/**
 * Tells the origin of entries of a mapping, by the ranges that were asked for. The ranges are gone through once;
 * after that an answer takes a search, so that tables of millions of entries can be asked about anywhere.
 * @param rules how the kernel that made the table cuts
 * @returns the origin of entry `index`
 */
export function entryOrigins(mapping: SgtMapping, rules: SplitRules): (index: number) => EntryOrigin {
  return mapping.flow === 'iova' ? originsInRun(mapping, rules) : originsByRange(mapping, rules);
}

/** Every range starts an entry of its own. */
function originsByRange({ ranges, table }: SgtMapping, rules: SplitRules): (index: number) => EntryOrigin {
  const firstEntry = new Float64Array(ranges.length + 1);
  for (let range = 0; range < ranges.length; range++)
    firstEntry[range + 1] = (firstEntry[range] ?? 0) + calcRunNents(ranges.at(range).len, rules);
  return (index) => {
    const range = lastAtMost(firstEntry, index);
    if (range >= ranges.length) return { chunk: 0, pieces: [] };
    const chunk = index - (firstEntry[range] ?? 0);
    const offset = BigInt(chunk) * BigInt(rules.chunk);
    return { chunk, pieces: [{ range, offset, len: BigInt(table.dmaLen[index] ?? 0) }] };
  };
}

/** All ranges are one run, cut where an entry is full. */
function originsInRun({ ranges, table }: SgtMapping, rules: SplitRules): (index: number) => EntryOrigin {
  const starts = new BigUint64Array(ranges.length + 1);
  let at = 0n;
  for (let range = 0; range < ranges.length; range++) {
    at += ranges.at(range).len;
    starts[range + 1] = at < U64_MAX ? at : U64_MAX;
  }
  return (index) => {
    const start = BigInt(index) * BigInt(rules.chunk);
    const end = start + BigInt(table.dmaLen[index] ?? 0);
    const pieces: EntryPiece[] = [];
    for (let range = lastAtMost(starts, start); range < ranges.length && (starts[range] ?? 0n) < end; range++) {
      const [rangeStart, rangeEnd] = [starts[range] ?? 0n, starts[range + 1] ?? 0n];
      const from = start > rangeStart ? start : rangeStart;
      const to = end < rangeEnd ? end : rangeEnd;
      if (from < to) pieces.push({ range, offset: from - rangeStart, len: to - from });
    }
    return { chunk: index, pieces };
  };
}

/** The last place of an ascending list that begins with 0 whose number is not above `value` (which is not negative). */
function lastAtMost(list: Float64Array | BigUint64Array, value: number | bigint): number {
  let [low, high] = [0, list.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((list[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
