/** Pairs whose answer stays the same, and that get other addresses all the same: of another kind, or for another time. */
import { type AddressKind, addressKinds } from '../../src/answers/index.ts';
import type { Situation } from '../../src/diagnose/index.ts';
import type { PciFunction } from '../../src/pci/index.ts';
import { addressChangeWords } from '../../src/report/index.ts';
import type { SituationView, WhatIfChoice } from '../protocol.ts';

/** {@link TypeCode} of pairs that pass the host bridge. */
const THROUGH = 3;

/** Counts them by what changes. Only another boot can change addresses. */
export function addressChanges(
  shown: readonly PciFunction[],
  types: Uint8Array,
  before: Uint8Array | undefined,
  situations: { readonly now: Situation; readonly before: Situation },
  { iommu, cmdline, kernel }: WhatIfChoice,
): Pick<SituationView, 'alsoChanges' | 'otherAddresses'> {
  if (before === undefined || (iommu ?? cmdline ?? kernel) === undefined) return { alsoChanges: [], otherAddresses: 0 };
  const [was, is] = [addressKinds(situations.before), addressKinds(situations.now)];
  const n = shown.length;
  const counts = new Map<string, { readonly from: AddressKind; readonly to: AddressKind; pairs: number }>();
  for (const [column, client] of shown.entries()) {
    const [from, to] = [was(client), is(client)];
    if (from === to) continue;
    let pairs = 0;
    for (let row = 0; row < n; row++)
      if (row !== column && types[row * n + column] === THROUGH && before[row * n + column] === THROUGH) pairs++;
    const key = `${from} ${to}`;
    const known = counts.get(key) ?? { from, to, pairs: 0 };
    known.pairs += pairs;
    counts.set(key, known);
  }
  const changed = [...counts.values()].filter(({ pairs }) => pairs > 0);
  return {
    alsoChanges: changed.map(({ from, to, pairs }) => addressChangeWords(from, to, pairs)),
    otherAddresses: changed.reduce((sum, { pairs }) => sum + pairs, 0),
  };
}
