/** What holds for all pairs of some devices, told by places: where the two of a pair stand to each other, and the answer. */
import { defined } from '../base/index.ts';
import { factValue } from '../capture/index.ts';
import { cellMapType, type MapTypeMatrix } from '../p2pdma/index.ts';
import { deviceKind, type PciFunction, upstreamBridge } from '../pci/index.ts';
import type { MapType } from '../uapi/index.ts';

/** The smallest place that holds both of a pair, from a card to the machine; `unplaced` where the tree is not known. */
export type Scope = 'card' | 'switch' | 'root-port' | 'host-bridge' | 'machine' | 'unplaced';

/** From the smallest to the largest. */
const SCOPES: readonly Scope[] = ['card', 'switch', 'root-port', 'host-bridge', 'machine', 'unplaced'];

/** Where a function stands. Equal values are equal places. */
export interface Standing {
  readonly card: number;
  /** The lowest switch above, by its upstream port. */
  readonly switch: PciFunction | undefined;
  /** The function on the root bus above, or the function itself. */
  readonly top: PciFunction;
  readonly placed: boolean;
}

/** Where a function stands. A virtual function stands where its physical one does. */
export function standingOf(fn: PciFunction): Standing {
  let top = fn.physfn ?? fn;
  const card = Math.floor(top.bdf / 8);
  let lowest: PciFunction | undefined;
  let placed = fn.placement.certain && top.placement.certain;
  for (let at = upstreamBridge(top); at !== undefined; at = upstreamBridge(at)) {
    if (lowest === undefined && deviceKind(at) === 'switch-upstream') lowest = at;
    placed &&= at.placement.certain;
    top = at;
  }
  return { card, switch: lowest, top, placed };
}

/** The smallest place that holds both. */
export function scopeOf(a: Standing, b: Standing): Scope {
  if (!a.placed || !b.placed) return 'unplaced';
  if (a.card === b.card) return 'card';
  if (a.switch !== undefined && a.switch === b.switch) return 'switch';
  if (a.top === b.top) return 'root-port';
  return a.top.hostBridge === b.top.hostBridge ? 'host-bridge' : 'machine';
}

/** How `nvidia-smi topo -m` names the way between two devices; undefined where NUMA nodes decide and are not known. */
export function pciClass(a: PciFunction, b: PciFunction): 'PIX' | 'PXB' | 'PHB' | 'NODE' | 'SYS' | undefined {
  switch (scopeOf(standingOf(a), standingOf(b))) {
    case 'card':
    case 'switch':
      return 'PIX';
    case 'root-port':
      return 'PXB';
    case 'host-bridge':
      return 'PHB';
    case 'unplaced':
      return undefined;
    case 'machine': {
      const nodes = [a, b].map((fn) => factValue(fn.captured.numaNode));
      if (nodes.includes(undefined)) return undefined;
      return nodes[0] === nodes[1] ? 'NODE' : 'SYS';
    }
  }
}

/** What holds for pairs of some scopes, neighbours in {@link SCOPES}. */
export interface ScopeAnswer {
  readonly scopes: readonly Scope[];
  readonly mapType: MapType | 'unknown';
  readonly pairs: number;
  /** How many of them have another answer. */
  readonly exceptions: number;
}

/** An ordered pair whose answer is not that of its scope. */
export interface PairException {
  readonly provider: PciFunction;
  readonly client: PciFunction;
  readonly mapType: MapType | 'unknown';
}

/** All ordered pairs of different functions. */
export interface PairSummary {
  readonly functions: readonly PciFunction[];
  readonly pairs: number;
  readonly counts: Readonly<Record<MapType | 'unknown', number>>;
  /** From the smallest scope to the largest; scopes without pairs are left out. */
  readonly answers: readonly ScopeAnswer[];
  /** At most {@link MOST_EXCEPTIONS}. */
  readonly exceptions: readonly PairException[];
  /** Are there cards of several functions that stand below no switch? */
  readonly cardsApart: boolean;
  /** Members of each switch with two or more of the functions. */
  readonly switches: readonly (readonly PciFunction[])[];
}

/** Exceptions that are kept one by one. */
const MOST_EXCEPTIONS = 4096;

const TYPES = [
  'PCI_P2PDMA_MAP_BUS_ADDR',
  'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE',
  'PCI_P2PDMA_MAP_NOT_SUPPORTED',
  'unknown',
] as const;

/** Sums up a matrix. `functions`: those of it that are asked about. */
export function summarizePairs(matrix: MapTypeMatrix, functions: readonly PciFunction[]): PairSummary {
  const standings = functions.map(standingOf);
  const counts = SCOPES.map(() => new Map<MapType | 'unknown', number>());
  const each = (visit: (scope: number, mapType: MapType | 'unknown', row: number, column: number) => void): void => {
    const n = matrix.functions.length;
    const at = functions.map((fn) => defined(matrix.position[fn.index], 'a function of the matrix'));
    for (const [row, a] of standings.entries()) {
      for (const [column, b] of standings.entries()) {
        if (row === column) continue;
        const cell = matrix.cells[(at[row] ?? 0) * n + (at[column] ?? 0)] ?? 0;
        visit(SCOPES.indexOf(scopeOf(a, b)), cellMapType(cell), row, column);
      }
    }
  };
  each((scope, mapType) => {
    const of = counts[scope];
    of?.set(mapType, (of.get(mapType) ?? 0) + 1);
  });
  const dominant = counts.map((of) =>
    TYPES.reduce((most, type) => ((of.get(type) ?? 0) > (of.get(most) ?? 0) ? type : most)),
  );
  const exceptions: PairException[] = [];
  each((scope, mapType, row, column) => {
    if (mapType === dominant[scope] || exceptions.length >= MOST_EXCEPTIONS) return;
    const [provider, client] = [functions[row], functions[column]];
    if (provider !== undefined && client !== undefined) exceptions.push({ provider, client, mapType });
  });
  const total = (type: MapType | 'unknown'): number => counts.reduce((sum, of) => sum + (of.get(type) ?? 0), 0);
  return {
    functions,
    pairs: functions.length * Math.max(0, functions.length - 1),
    counts: {
      PCI_P2PDMA_MAP_BUS_ADDR: total('PCI_P2PDMA_MAP_BUS_ADDR'),
      PCI_P2PDMA_MAP_THRU_HOST_BRIDGE: total('PCI_P2PDMA_MAP_THRU_HOST_BRIDGE'),
      PCI_P2PDMA_MAP_NOT_SUPPORTED: total('PCI_P2PDMA_MAP_NOT_SUPPORTED'),
      unknown: total('unknown'),
    },
    answers: mergedAnswers(counts, dominant),
    exceptions,
    cardsApart: cardsApart(standings),
    switches: switchesOf(functions, standings),
  };
}

function mergedAnswers(
  counts: readonly ReadonlyMap<MapType | 'unknown', number>[],
  dominant: readonly (MapType | 'unknown')[],
): ScopeAnswer[] {
  const answers: ScopeAnswer[] = [];
  SCOPES.forEach((scope, at) => {
    const pairs = [...(counts[at]?.values() ?? [])].reduce((sum, count) => sum + count, 0);
    const mapType = dominant[at] ?? 'unknown';
    if (pairs === 0) return;
    const exceptions = pairs - (counts[at]?.get(mapType) ?? 0);
    const last = answers.at(-1);
    if (last?.mapType !== mapType) answers.push({ scopes: [scope], mapType, pairs, exceptions });
    else {
      answers[answers.length - 1] = {
        scopes: [...last.scopes, scope],
        mapType,
        pairs: last.pairs + pairs,
        exceptions: last.exceptions + exceptions,
      };
    }
  });
  return answers;
}

function cardsApart(standings: readonly Standing[]): boolean {
  const apart = standings.filter((standing) => standing.placed && standing.switch === undefined);
  return new Set(apart.map(({ card }) => card)).size < apart.length;
}

function switchesOf(functions: readonly PciFunction[], standings: readonly Standing[]): PciFunction[][] {
  const members = new Map<PciFunction, PciFunction[]>();
  standings.forEach(({ switch: of, placed }, at) => {
    const fn = functions[at];
    if (of === undefined || fn === undefined || !placed) return;
    const before = members.get(of);
    if (before === undefined) members.set(of, [fn]);
    else before.push(fn);
  });
  return [...members.values()].filter((of) => of.length > 1);
}
