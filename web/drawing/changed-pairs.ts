/** Which pairs a question changes: both matrices hold the same devices, row by row. */
import type { TypeCode } from '../protocol.ts';

/** Rows with a changed pair in their row or in their column, ascending. */
export function changedRows(types: Uint8Array, before: Uint8Array, n: number): readonly number[] {
  const touched = new Uint8Array(n);
  for (let row = 0; row < n; row++) {
    for (let column = 0, at = row * n; column < n; column++, at++) {
      if (types[at] !== before[at] && row !== column) touched[row] = touched[column] = 1;
    }
  }
  return Array.from(touched.keys()).filter((row) => touched[row] === 1);
}

/** Pairs that change alike. */
export interface AlikeChanges {
  readonly was: TypeCode;
  readonly now: TypeCode;
  readonly pairs: number;
  /** By whose memory it is, ascending: rows of the matrices. */
  readonly providers: readonly { readonly row: number; readonly clients: readonly number[] }[];
}

/** All changes, sorted by what becomes of what, the most frequent first. */
export function alikeChanges(types: Uint8Array, before: Uint8Array, n: number): readonly AlikeChanges[] {
  const kinds = new Map<number, { pairs: number; providers: { row: number; clients: number[] }[] }>();
  for (let row = 0; row < n; row++) {
    for (let column = 0, at = row * n; column < n; column++, at++) {
      const [was, now] = [before[at] ?? 0, types[at] ?? 0];
      if (was === now || row === column) continue;
      const kind = kinds.get(was * 4 + now) ?? { pairs: 0, providers: [] };
      kinds.set(was * 4 + now, kind);
      kind.pairs++;
      const last = kind.providers.at(-1);
      if (last?.row === row) last.clients.push(column);
      else kind.providers.push({ row, clients: [column] });
    }
  }
  return [...kinds]
    .map(([key, kind]) => ({ was: (key >> 2) as TypeCode, now: (key & 3) as TypeCode, ...kind }))
    .sort((a, b) => b.pairs - a.pairs);
}
