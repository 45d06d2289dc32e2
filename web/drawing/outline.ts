/** Which boxes a drawn tree has, in which order, and what is folded away: the same for every way to place them. */
import type { MachineView } from '../protocol.ts';
import { foldAlike } from './alike.ts';
import { type BoxWhat, type Branch, buildBranches, type TreeWish } from './branches.ts';

/** One box, wherever it is drawn. */
export interface Item {
  /** Stable name, for keys and for folding. */
  readonly id: string;
  readonly node: BoxWhat;
  readonly depth: number;
  /** Box above, in the outline; -1 for root buses. */
  readonly parent: number;
  /** Whether there is something to fold, and whether it is. */
  readonly folded: boolean | undefined;
  /** How many functions are folded away. */
  readonly hidden: number;
}

/** More leaves than this are folded away, switch by switch, until asked for. */
const MOST_LEAVES = 160;
/** Where everything is asked for. */
const MOST_OF_ALL = 20_000;

/** The boxes, each before what is below it. */
export function outline(machine: MachineView, wish: TreeWish): readonly Item[] {
  const { alike = 'none', traits = new Map() } = wish;
  const roots = foldAlike(buildBranches(machine, wish), { ...wish, alike, traits });
  const open = chooseFolds(roots, wish);
  const items: Item[] = [];
  const pending = roots.toReversed().map((each) => ({ each, depth: 0, parent: -1 }));
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { each, depth, parent } = next;
    const unfolded = open.has(each.id);
    const at = items.length;
    items.push({
      id: each.id,
      node: each.node,
      depth,
      parent,
      folded: each.children.length === 0 ? undefined : !unfolded,
      hidden: unfolded ? 0 : each.size - 1,
    });
    if (unfolded)
      for (const child of each.children.toReversed()) pending.push({ each: child, depth: depth + 1, parent: at });
  }
  return items;
}

/** Unfolds breadth first while there is room, and what is asked for in any case. */
function chooseFolds(roots: readonly Branch[], wish: TreeWish): ReadonlySet<string> {
  const most = wish.alike === 'none' ? MOST_OF_ALL : MOST_LEAVES;
  const open = new Set<string>();
  let leaves = roots.length;
  let level: readonly Branch[] = roots;
  while (level.length > 0) {
    const next: Branch[] = [];
    for (const each of level) {
      if (each.children.length === 0) continue;
      const asked = wish.folds.get(each.id);
      const needed = holdsShown(each, wish);
      const grown = leaves + each.children.length - 1;
      const fits = each.node.what !== 'alike' && (grown <= most || each.children.length <= 2);
      if (asked === false || (asked === undefined && !needed && !fits)) continue;
      open.add(each.id);
      leaves = grown;
      next.push(...each.children);
    }
    level = next;
  }
  return open;
}

function holdsShown({ children }: Branch, wish: TreeWish): boolean {
  return children.some(({ node }) => node.what === 'function' && wish.shown.has(node.fn.index));
}
