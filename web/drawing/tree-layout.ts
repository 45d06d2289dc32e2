/** Where everything of a machine's tree is drawn: root buses at the left, depth to the right, one line a leaf. */
import type { DeviceKind } from '../../src/pci/index.ts';
import type { FunctionView, MachineView } from '../protocol.ts';

/** What a box stands for. */
export type BoxWhat =
  | { readonly what: 'root'; readonly hostBridge: number }
  | { readonly what: 'function'; readonly fn: FunctionView }
  | { readonly what: 'rest'; readonly of: string; readonly text: string; readonly kind: DeviceKind };

/** One box. Positions in drawing units. */
export interface Box {
  /** Stable name, for keys and for folding. */
  readonly id: string;
  readonly node: BoxWhat;
  readonly x: number;
  readonly y: number;
  readonly depth: number;
  /** Box above, in `boxes`; -1 for root buses. */
  readonly parent: number;
  /** Whether there is something to fold, and whether it is. */
  readonly folded: boolean | undefined;
  /** How many functions are folded away. */
  readonly hidden: number;
}

/** Where the root buses of one NUMA node are drawn. */
export interface Socket {
  readonly numaNode: number | undefined;
  readonly y: number;
  readonly height: number;
}

/** A drawn tree. `boxes` are in drawing order: each before what is below it. */
export interface TreeLayout {
  readonly boxes: readonly Box[];
  /** Root buses of one socket stand together; empty where there are no sockets to tell apart. */
  readonly sockets: readonly Socket[];
  readonly width: number;
  readonly height: number;
}

export const BOX_WIDTH = 156;
export const BOX_HEIGHT = 28;
const COLUMN = 196;
const LINE = 34;
const ROOT_GAP = 18;
/** Room for the name of a socket. */
const SOCKET_HEAD = 24;

/** What a reader wants to see. */
export interface TreeWish {
  /** Boxes folded or unfolded by hand. */
  readonly folds: ReadonlyMap<string, boolean>;
  /** Functions to show, with all above them; undefined: all. */
  readonly only: ReadonlySet<number> | undefined;
  /** Empty ports and parts of the platform too. */
  readonly everything: boolean;
  /** Functions that must be in sight: the way of a pair, the chosen device. */
  readonly shown: ReadonlySet<number>;
}

interface Branch {
  readonly id: string;
  readonly node: BoxWhat;
  readonly children: Branch[];
  size: number;
}

/** More leaves than this are folded away, switch by switch, until asked for. */
const MOST_LEAVES = 160;

/** Lays out a machine's tree. */
export function treeLayout(machine: MachineView, wish: TreeWish): TreeLayout {
  const roots = buildBranches(machine, wish);
  const open = chooseFolds(roots, wish);
  const boxes: Box[] = [];
  const sockets: Socket[] = [];
  let y = 12;
  for (const { numaNode, members } of bySocket(roots, machine)) {
    const top = y;
    if (members.length < roots.length) y += SOCKET_HEAD;
    for (const root of members) y = place(root, 0, -1, y, open, boxes) + ROOT_GAP;
    if (members.length < roots.length) sockets.push({ numaNode, y: top, height: y - top - ROOT_GAP });
  }
  const deepest = boxes.reduce((most, { depth }) => Math.max(most, depth), 0);
  return { boxes, sockets, width: deepest * COLUMN + BOX_WIDTH + 24, height: y };
}

/** Root buses by NUMA node, in the order in which the nodes first come. All together where only one node is known. */
function bySocket(roots: readonly Branch[], { hostBridges }: MachineView) {
  const sockets = new Map<number | undefined, Branch[]>();
  for (const root of roots) {
    const numaNode = root.node.what === 'root' ? hostBridges[root.node.hostBridge]?.numaNode : undefined;
    const members = sockets.get(numaNode);
    if (members === undefined) sockets.set(numaNode, [root]);
    else members.push(root);
  }
  const known = [...sockets.keys()].filter((numaNode) => numaNode !== undefined);
  if (known.length < 2) return [{ numaNode: known[0], members: roots }];
  return [...sockets].map(([numaNode, members]) => ({ numaNode, members }));
}

/** The line from a box to one below it. */
export function linkCurve(parent: Box, box: Box): string {
  const x = parent.x + BOX_WIDTH;
  const from = parent.y + BOX_HEIGHT / 2;
  const to = box.y + BOX_HEIGHT / 2;
  if (Math.abs(from - to) < 1) return `M${x} ${from}H${box.x}`;
  const bend = x + (COLUMN - BOX_WIDTH) * 0.36;
  return `M${x} ${from}H${bend - 6}Q${bend} ${from} ${bend} ${from + 6}V${to - 6}Q${bend} ${to} ${bend + 6} ${to}H${box.x}`;
}

function buildBranches(machine: MachineView, wish: TreeWish): Branch[] {
  const { functions, hostBridges } = machine;
  const kept = wish.only === undefined ? undefined : withAncestors(functions, wish.only);
  const roots = hostBridges.map((_, hostBridge): Branch => branch(`root ${hostBridge}`, { what: 'root', hostBridge }));
  const branches = new Map<number, Branch>();
  for (const fn of functions) {
    if (kept === undefined || kept.has(fn.index)) branches.set(fn.index, branch(fn.bdf, { what: 'function', fn }));
  }
  for (const [index, own] of branches) {
    const fn = functions[index];
    if (fn === undefined) continue;
    const above = branches.get(fn.physfn >= 0 ? fn.physfn : fn.parent) ?? roots[fn.hostBridge];
    above?.children.push(own);
  }
  if (!wish.everything) for (const each of [...roots, ...branches.values()]) gatherRest(each, wish);
  for (const root of roots) measure(root);
  return roots.filter((root) => root.children.length > 0 || wish.only === undefined);
}

function branch(id: string, node: BoxWhat): Branch {
  return { id, node, children: [], size: 1 };
}

function withAncestors(functions: readonly FunctionView[], only: ReadonlySet<number>): Set<number> {
  const kept = new Set<number>();
  for (const index of only) {
    for (let at = functions[index]; at !== undefined && !kept.has(at.index); ) {
      kept.add(at.index);
      at = functions[at.physfn >= 0 ? at.physfn : at.parent];
    }
  }
  return kept;
}

/** Empty ports and parts of the platform say little: one box for all of a kind. */
function gatherRest(parent: Branch, wish: TreeWish): void {
  const ports: Branch[] = [];
  const platform: Branch[] = [];
  const rest: Branch[] = [];
  for (const child of parent.children) {
    const fn = child.node.what === 'function' ? child.node.fn : undefined;
    if (fn === undefined || child.children.length > 0 || wish.shown.has(fn.index) || wish.only !== undefined)
      rest.push(child);
    else if (fn.bridge) ports.push(child);
    else if (!fn.endpoint) platform.push(child);
    else rest.push(child);
  }
  if (ports.length + platform.length === 0) return;
  parent.children.length = 0;
  const add = (list: readonly Branch[], words: string, kind: DeviceKind): void => {
    if (list.length === 0) return;
    const text = `${list.length} ${words}${list.length === 1 ? '' : 's'}`;
    parent.children.push(branch(`${parent.id} ${words}`, { what: 'rest', of: parent.id, text, kind }));
  };
  add(platform, 'platform function', 'system');
  add(ports, 'empty port', 'root-port');
  parent.children.push(...rest);
}

/** Counts without recursion: trees from hostile inputs are as deep as they like. */
function measure(root: Branch): void {
  const order: Branch[] = [root];
  for (let at = 0; at < order.length; at++) order.push(...(order[at]?.children ?? []));
  for (const each of order.reverse()) each.size = each.children.reduce((sum, child) => sum + child.size, 1);
}

/** Unfolds breadth first while there is room, and what is asked for in any case. */
function chooseFolds(roots: readonly Branch[], wish: TreeWish): ReadonlySet<string> {
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
      const fits = grown <= MOST_LEAVES || each.children.length <= 2;
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

/** Places a branch and all open below it; gives the line after. Iterative, as trees may be deep. */
function place(
  root: Branch,
  depth: number,
  parent: number,
  y: number,
  open: ReadonlySet<string>,
  boxes: Box[],
): number {
  const pending: { each: Branch; depth: number; parent: number }[] = [{ each: root, depth, parent }];
  let line = y;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { each } = next;
    const at = boxes.length;
    const unfolded = open.has(each.id);
    boxes.push({
      id: each.id,
      node: each.node,
      x: 12 + next.depth * COLUMN,
      y: line,
      depth: next.depth,
      parent: next.parent,
      folded: each.children.length === 0 ? undefined : !unfolded,
      hidden: unfolded ? 0 : each.size - 1,
    });
    // The first child stands on its parent's line: straight ways stay straight.
    if (unfolded)
      for (const child of each.children.toReversed()) pending.push({ each: child, depth: next.depth + 1, parent: at });
    else line += LINE;
  }
  return line;
}
