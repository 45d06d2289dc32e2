/** In which order the matrix shows functions, and where it draws lines between groups of them. */
import { KIND_ORDER, kindLabel } from '../../src/pci/index.ts';
import type { FunctionView, MachineView, SituationView } from '../protocol.ts';

/** How rows and columns are grouped. */
export type Grouped = keyof typeof GROUPINGS;

/** In words. */
export const GROUPINGS = {
  kind: 'kind',
  place: 'switch',
  socket: 'NUMA node',
  root: 'root bus',
  group: 'IOMMU group',
} as const;

/** Rows and columns in drawing order. */
export interface MatrixOrder {
  /** Row in `types` by row of the drawing. */
  readonly rows: Int32Array;
  /** Rows of `types`, which may hold more than are drawn. */
  readonly stride: number;
  readonly functions: readonly FunctionView[];
  /** By row: what the device is, without the vendor where many rows have the same. */
  readonly names: readonly string[];
  /** Consecutive rows that belong together. */
  readonly groups: readonly { readonly title: string; readonly from: number; readonly to: number }[];
}

/** Orders what is shown. `only`: rows of `types` to leave, all if not given. */
export function matrixOrder(
  machine: MachineView,
  shown: Int32Array,
  grouped: Grouped,
  only: readonly number[] | undefined,
  groups: SituationView['groups'],
): MatrixOrder {
  const rows = [...(only ?? shown.keys())];
  const fnAt = (row: number): FunctionView | undefined => machine.functions[shown[row] ?? -1];
  const groupOf = new Map(groups?.flatMap(({ number, members }) => members.map((member) => [member, number] as const)));
  const keys = new Map(rows.map((row) => [row, keyOf(machine, fnAt(row), grouped, groupOf)]));
  rows.sort((a, b) => {
    const [x, y] = [keys.get(a), keys.get(b)];
    return (x?.rank ?? 0) - (y?.rank ?? 0) || (x?.place ?? 0) - (y?.place ?? 0) || byNumber(x, y) || a - b;
  });
  const titled: { title: string; from: number; to: number }[] = [];
  rows.forEach((row, at) => {
    const title = keys.get(row)?.title ?? '';
    const group = titled.at(-1);
    if (group?.title === title) group.to = at + 1;
    else titled.push({ title, from: at, to: at + 1 });
  });
  return {
    rows: Int32Array.from(rows),
    stride: shown.length,
    functions: rows.flatMap((row) => fnAt(row) ?? []),
    names: shortNames(rows.map((row) => fnAt(row)?.name ?? '')),
    groups: titled,
  };
}

/** A first word that three names or more have says nothing of any of them. */
function shortNames(names: readonly string[]): readonly string[] {
  const firstWord = (name: string): string => /^\S+ (?=\S)/.exec(name)?.[0] ?? '';
  const counts = new Map<string, number>();
  for (const name of names) counts.set(firstWord(name), (counts.get(firstWord(name)) ?? 0) + 1);
  return names.map((name) => ((counts.get(firstWord(name)) ?? 0) > 2 ? name.slice(firstWord(name).length) : name));
}

interface Key {
  readonly title: string;
  readonly rank: number;
  readonly place: number;
  readonly label: string;
}

/** `GPU2` before `GPU10`, wherever they are plugged in. */
function byNumber(a: Key | undefined, b: Key | undefined): number {
  return NUMBERS.compare(a?.label ?? '', b?.label ?? '');
}

const NUMBERS = new Intl.Collator('en', { numeric: true });

function keyOf(
  machine: MachineView,
  fn: FunctionView | undefined,
  grouped: Grouped,
  groupOf: ReadonlyMap<number, number>,
): Key {
  if (fn === undefined) return { title: '', rank: 0, place: 0, label: '' };
  const top = placeOf(machine, fn);
  const bridge = machine.hostBridges[fn.hostBridge];
  const own = { place: fn.index, label: fn.label ?? `~${fn.bdf}` };
  switch (grouped) {
    case 'place':
      return { title: top.title, rank: top.at, ...own };
    case 'socket': {
      const node = bridge?.numaNode;
      return { title: node === undefined ? 'node not known' : `node ${node}`, rank: node ?? 1e6, ...own };
    }
    case 'root':
      return { title: `root bus ${bridge?.name ?? ''}`, rank: fn.hostBridge, ...own };
    case 'group': {
      const number = groupOf.get(fn.index);
      return { title: number === undefined ? 'no group' : `group ${number}`, rank: number ?? 1e9, ...own };
    }
    case 'kind':
      break;
  }
  const kind = kindLabel(fn.kind);
  const rank = KIND_ORDER.indexOf(kind);
  return { title: kind, rank: rank < 0 ? KIND_ORDER.length : rank, ...own, place: 0 };
}

/** The lowest switch above a function, else its root bus. */
function placeOf(machine: MachineView, fn: FunctionView): { readonly title: string; readonly at: number } {
  let above = machine.functions[fn.parent];
  for (let steps = 0; above !== undefined && steps < 512; steps++) {
    if (above.kind === 'switch-upstream') return { title: `switch ${above.bdf}`, at: above.index };
    above = machine.functions[above.parent];
  }
  return { title: `root bus ${machine.hostBridges[fn.hostBridge]?.name ?? ''}`, at: -1 - 1e6 + fn.hostBridge };
}
