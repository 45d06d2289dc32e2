/** Pairs whose answer changes, a few lines for many pairs. */
import { gather } from '../base/index.ts';
import type { PairChange, PairException, Want } from '../diagnose/index.ts';
import type { PciFunction } from '../pci/index.ts';
import { byKind, nameList } from './name-list.ts';
import type { DeviceNames } from './names.ts';
import { MAP_TYPE_WORDS } from './words.ts';

/** "12 of 56 ordered pairs change: 8 not supported → direct, 4 ...". */
export function changeSummary(changes: readonly PairChange[], functions: number): string {
  const pairs = functions * (functions - 1);
  if (changes.length === 0) return `none of ${pairs} ordered pairs changes.`;
  const parts = [...byTurn(changes)].map(([turn, of]) => `${of.length} ${turn}`);
  return `${changes.length} of ${pairs} ordered pairs change: ${parts.join(', ')}.`;
}

/** One line for devices that change alike, at most `most` lines. */
export function changeLines(changes: readonly PairChange[], names: DeviceNames, most = 16): string[] {
  const lines = [...byTurn(changes)].flatMap(([turn, of]) => bundleTexts(of, names).map((who) => `${turn}: ${who}`));
  const more = lines.length - most;
  return more > 0 ? [...lines.slice(0, most), `and ${more} more lines; --json lists every pair`] : lines;
}

/** One line for devices whose pairs have one answer: `not supported: gpu0…gpu3 <-> nic1`. */
export function pairLines(pairs: readonly PairException[], names: DeviceNames): string[] {
  const byType = new Map<PairException['mapType'], PairException[]>();
  for (const pair of pairs) gather(byType, pair.mapType, pair);
  return [...byType].flatMap(([type, of]) =>
    bundleTexts(of, names).map((who) => `${MAP_TYPE_WORDS[type].short}: ${who}`),
  );
}

/** Who is meant by some ordered pairs, alike ones together. */
export function bundleTexts(pairs: readonly Want[], names: DeviceNames): string[] {
  return bundles(pairs).map(({ left, right, both }) => {
    const one = nameList(byKind(left), names);
    if (both && right.length === 0) return `${one} among each other`;
    return `${one} ${both ? '<->' : '->'} ${nameList(byKind(right), names)}`;
  });
}

function byTurn(changes: readonly PairChange[]): Map<string, PairChange[]> {
  const turns = new Map<string, PairChange[]>();
  for (const change of changes) {
    const turn = `${MAP_TYPE_WORDS[change.from].short} → ${MAP_TYPE_WORDS[change.to].short}`;
    const of = turns.get(turn);
    if (of === undefined) turns.set(turn, [change]);
    else of.push(change);
  }
  return turns;
}

/** Providers with the same partners together. `both`: the pairs change in both directions. */
interface Bundle {
  readonly left: PciFunction[];
  /** Empty with `both`: everyone in `left` with everyone else there. */
  readonly right: readonly PciFunction[];
  readonly both: boolean;
}

function bundles(changes: readonly Want[]): Bundle[] {
  const clients = new Map<PciFunction, Set<PciFunction>>();
  for (const { provider, client } of changes) {
    const of = clients.get(provider);
    if (of === undefined) clients.set(provider, new Set([client]));
    else of.add(client);
  }
  const done: Bundle[] = [];
  const mutual = (a: PciFunction, b: PciFunction): boolean =>
    clients.get(a)?.has(b) === true && clients.get(b)?.has(a) === true;
  const providers = byKind([...clients.keys()]);
  const rank = new Map(
    byKind([...new Set(changes.flatMap(({ provider, client }) => [provider, client]))]).map((fn, at) => [fn, at]),
  );
  const partners = (fn: PciFunction, both: boolean): readonly PciFunction[] =>
    [...(clients.get(fn) ?? [])].filter((client) => mutual(fn, client) === both);
  // Mutual pairs: those whose partners and selves make the same set change among each other.
  const cliques = gatherAlike(providers, (fn) => [fn, ...partners(fn, true)]).filter(
    ({ left, right }) => left.length > 1 && left.length === right.length,
  );
  const inClique = new Map(cliques.flatMap((clique) => clique.left.map((fn) => [fn, clique] as const)));
  done.push(...cliques.map(({ left }) => ({ left, right: [], both: true })));
  const rest = providers.filter((fn) => !inClique.has(fn));
  const later = (fn: PciFunction): readonly PciFunction[] =>
    partners(fn, true).filter((client) => (rank.get(client) ?? 0) > (rank.get(fn) ?? 0));
  done.push(...gatherAlike(rest, later).map(({ left, right }) => ({ left, right, both: true })));
  done.push(
    ...gatherAlike(providers, (fn) => partners(fn, false)).map(({ left, right }) => ({ left, right, both: false })),
  );
  return done;
}

/** Functions with one and the same set of partners; those without any are left out. */
function gatherAlike(
  functions: readonly PciFunction[],
  partnersOf: (fn: PciFunction) => readonly PciFunction[],
): { readonly left: PciFunction[]; readonly right: readonly PciFunction[] }[] {
  const bySet = new Map<string, { left: PciFunction[]; right: readonly PciFunction[] }>();
  for (const fn of functions) {
    const right = partnersOf(fn).toSorted((a, b) => a.index - b.index);
    if (right.length === 0) continue;
    const key = right.map(({ index }) => index).join(' ');
    const found = bySet.get(key);
    if (found === undefined) bySet.set(key, { left: [fn], right });
    else found.left.push(fn);
  }
  return [...bySet.values()];
}
