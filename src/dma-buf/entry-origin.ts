/** Where an entry of a table came from, worked out when someone asks. */
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

/** The origin of entry `index`, by the ranges that were asked for. */
export function entryOrigin(mapping: SgtMapping, index: number, rules: SplitRules): EntryOrigin {
  const { ranges, table } = mapping;
  const chunkSize = BigInt(rules.chunk);
  const len = BigInt(table.dmaLen[index] ?? 0);
  if (mapping.flow === 'iova') return { chunk: index, pieces: piecesOfRun(mapping, BigInt(index) * chunkSize, len) };
  let first = 0;
  for (let range = 0; range < ranges.length; range++) {
    const count = calcRunNents(ranges.at(range).len, rules);
    if (index < first + count) {
      const chunk = index - first;
      return { chunk, pieces: [{ range, offset: BigInt(chunk) * chunkSize, len }] };
    }
    first += count;
  }
  return { chunk: 0, pieces: [] };
}

/** The ranges that bytes [start, start + len) of the run are meant to lead to. */
function piecesOfRun({ ranges }: SgtMapping, start: bigint, len: bigint): EntryPiece[] {
  const pieces: EntryPiece[] = [];
  const end = start + len;
  let at = 0n;
  for (let range = 0; range < ranges.length && at < end; range++) {
    const rangeEnd = at + ranges.at(range).len;
    const from = start > at ? start : at;
    const to = end < rangeEnd ? end : rangeEnd;
    if (from < to) pieces.push({ range, offset: from - at, len: to - from });
    at = rangeEnd;
  }
  return pieces;
}
