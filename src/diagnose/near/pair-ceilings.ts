/** What the ways of all pairs can carry, at once: the same as `neighbour` says of each. */
import { factValue } from '../../capture/index.ts';
import { cellMapType, type MapTypeMatrix } from '../../p2pdma/index.ts';
import type { PciFunction } from '../../pci/index.ts';
import { linksAlong } from '../../route/index.ts';
import { upToRoot } from './neighbour.ts';

/** The bridges above a function, itself first, and what reaching each of them leaves. */
interface Ascent {
  readonly way: readonly PciFunction[];
  /** By place on the way, 1e9 bytes of payload per second; Infinity before the first link, NaN from an unknown one on. */
  readonly left: readonly number[];
}

/**
 * By provider * n + client, in the order of `matrix.functions`: what the slowest link on the way leaves for the payload of
 * the client's writes, 1e9 bytes per second. NaN where a link of the way is not known, or none is passed.
 */
export function pairCeilings(matrix: MapTypeMatrix): Float64Array {
  const { functions } = matrix;
  const n = functions.length;
  const ceilings = new Float64Array(n * n).fill(Number.NaN);
  for (const senders of byPayload(functions)) {
    const [sender] = senders;
    if (sender === undefined) continue;
    const ascents = functions.map((fn) => ascentOf(fn, functions[sender] ?? fn));
    for (let row = 0; row < n; row++) {
      for (const column of senders) {
        const [from, to] = [ascents[column], ascents[row]];
        if (row === column || from === undefined || to === undefined) continue;
        const at = row * n + column;
        const ceiling = pairCeiling(from, to, cellMapType(matrix.cells[at] ?? 0));
        if (Number.isFinite(ceiling)) ceilings[at] = ceiling;
      }
    }
  }
  return ceilings;
}

/** Positions of functions that send packets of one size. */
function byPayload(functions: readonly PciFunction[]): Iterable<readonly number[]> {
  const found = new Map<number | undefined, number[]>();
  for (const [at, fn] of functions.entries()) {
    const { pcie } = fn.physfn ?? fn;
    const payload = pcie.state === 'known' ? factValue(pcie.value.maxPayload) : undefined;
    found.set(payload, [...(found.get(payload) ?? []), at]);
  }
  return found.values();
}

function ascentOf(fn: PciFunction, sender: PciFunction): Ascent {
  const way = upToRoot(fn);
  const links = new Map(linksAlong(way, sender).map(({ below, ceiling }) => [below, ceiling]));
  let least = Number.POSITIVE_INFINITY;
  const left = way.map((_, at) => {
    const below = way[at - 1];
    const link = below === undefined ? undefined : links.get(below);
    if (link !== undefined) least = Math.min(least, factValue(link) ?? Number.NaN);
    return least;
  });
  return { way, left };
}

function pairCeiling(from: Ascent, to: Ascent, mapType: ReturnType<typeof cellMapType>): number {
  const top = Math.min(from.left.at(-1) ?? Number.NaN, to.left.at(-1) ?? Number.NaN);
  if (mapType !== 'PCI_P2PDMA_MAP_BUS_ADDR' && mapType !== 'unknown') return top;
  // From the root down, as long as both ways are one.
  let [a, b] = [from.way.length - 1, to.way.length - 1];
  if (from.way[a] !== to.way[b]) return top;
  while (a > 0 && b > 0 && from.way[a - 1] === to.way[b - 1]) [a, b] = [a - 1, b - 1];
  return Math.min(from.left[a] ?? Number.NaN, to.left[b] ?? Number.NaN);
}
