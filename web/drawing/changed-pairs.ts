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

/** Pairs that change alike. Long lists are cut: nobody reads a million names. */
export interface AlikeChanges {
  readonly was: TypeCode;
  readonly now: TypeCode;
  readonly pairs: number;
  /** By whose memory it is, ascending. */
  readonly providers: readonly ProviderChanges[];
  /** Providers that are not in the list. */
  readonly moreProviders: number;
}

/** Whose memory it is and who uses it, as rows of the matrices. */
export interface ProviderChanges {
  readonly row: number;
  readonly clients: readonly number[];
  readonly moreClients: number;
}

const MOST_PROVIDERS = 500;
const MOST_CLIENTS = 300;

interface Draft {
  pairs: number;
  lastRow: number;
  moreProviders: number;
  readonly providers: { row: number; clients: number[]; moreClients: number }[];
}

/** All changes, sorted by what becomes of what, the most frequent first. */
export function alikeChanges(types: Uint8Array, before: Uint8Array, n: number): readonly AlikeChanges[] {
  const drafts: (Draft | undefined)[] = [];
  for (let row = 0; row < n; row++) {
    for (let column = 0, at = row * n; column < n; column++, at++) {
      const [was, now] = [before[at] ?? 0, types[at] ?? 0];
      if (was === now || row === column) continue;
      drafts[was * 4 + now] ??= { pairs: 0, lastRow: -1, moreProviders: 0, providers: [] };
      note(drafts[was * 4 + now], row, column);
    }
  }
  return drafts
    .flatMap((draft, key) =>
      draft === undefined ? [] : [{ was: (key >> 2) as TypeCode, now: (key & 3) as TypeCode, ...draft }],
    )
    .sort((a, b) => b.pairs - a.pairs);
}

function note(draft: Draft | undefined, row: number, column: number): void {
  if (draft === undefined) return;
  draft.pairs++;
  if (draft.lastRow !== row) {
    draft.lastRow = row;
    if (draft.providers.length < MOST_PROVIDERS) draft.providers.push({ row, clients: [], moreClients: 0 });
    else draft.moreProviders++;
  }
  const last = draft.providers.at(-1);
  if (last?.row !== row) return;
  if (last.clients.length < MOST_CLIENTS) last.clients.push(column);
  else last.moreClients++;
}
