/** What hangs below what on a drawn tree: functions, and what stands for several of them. */
import type { DeviceKind } from '../../src/pci/index.ts';
import type { FunctionView, MachineView } from '../protocol.ts';

/** What a box stands for. */
export type BoxWhat =
  | { readonly what: 'root'; readonly hostBridge: number; readonly numaNode: number | undefined }
  | { readonly what: 'function'; readonly fn: FunctionView }
  /** Empty ports and parts of the platform. */
  | {
      readonly what: 'rest';
      readonly text: string;
      readonly kind: DeviceKind;
      readonly platform: number;
      readonly ports: number;
    }
  /** Subtrees that are equal but for addresses: `count` times `words`. */
  | {
      readonly what: 'alike';
      readonly count: number;
      readonly words: string;
      /** What each of them holds, where that is more than one device. */
      readonly contents: string;
      /** Labels of what stands at their ends, or first and last address: `GPU0-7`. */
      readonly names: string;
      readonly kind: DeviceKind;
      /** Of root buses. */
      readonly numaNode: number | undefined;
      /** The functions at their tops. */
      readonly heads: readonly FunctionView[];
      /** Of the first of them, where all end in one device. */
      readonly first: FunctionView | undefined;
    };

/** One place of the tree, with all that is below it. */
export interface Branch {
  readonly id: string;
  readonly node: BoxWhat;
  children: Branch[];
  /** Functions here and below, one for what stands for several that are no functions. */
  size: number;
}

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
  /** Whether equal subtrees are one: as many of them as there is no room for, all, or none. Left out: none. */
  readonly alike?: 'fit' | 'all' | 'none';
  /** By function index: what else must be equal for subtrees to be so. */
  readonly traits?: ReadonlyMap<number, string>;
}

/** The tree as it is, empty ports and the platform put together where nobody asked for everything. */
export function buildBranches(machine: MachineView, wish: TreeWish): Branch[] {
  const { functions, hostBridges } = machine;
  const kept = wish.only === undefined ? undefined : withAncestors(functions, wish.only);
  const roots = hostBridges.map(
    ({ numaNode }, hostBridge): Branch => branch(`root ${hostBridge}`, { what: 'root', hostBridge, numaNode }),
  );
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
  // From below: a port with nothing but parts of the platform is one of them.
  if (!wish.everything) for (const each of inOrder(roots).reverse()) gatherRest(each, wish);
  measure(roots);
  return roots.filter((root) => root.children.length > 0 || wish.only === undefined);
}

/** A branch without anything below it. */
export function branch(id: string, node: BoxWhat): Branch {
  return { id, node, children: [], size: 1 };
}

/** All branches, each before what is below it; without recursion: trees from hostile inputs are as deep as they like. */
export function inOrder(roots: readonly Branch[]): Branch[] {
  const order = [...roots];
  for (let at = 0; at < order.length; at++) for (const child of order[at]?.children ?? []) order.push(child);
  return order;
}

function measure(roots: readonly Branch[]): void {
  for (const each of inOrder(roots).reverse()) each.size = each.children.reduce((sum, { size }) => sum + size, 1);
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

/** Empty ports and parts of the platform say little: one box for all of them. */
function gatherRest(parent: Branch, wish: TreeWish): void {
  let [ports, platform] = [0, 0];
  const rest: Branch[] = [];
  for (const child of parent.children) {
    const fn = child.node.what === 'function' ? child.node.fn : undefined;
    const held = platformOnly(child);
    if (fn === undefined || held === undefined || wish.shown.has(fn.index) || wish.only !== undefined) rest.push(child);
    else if (held > 0) platform += held + 1;
    else if (fn.bridge) ports++;
    else if (!fn.endpoint) platform++;
    else rest.push(child);
  }
  if (ports + platform === 0) return;
  const counted = (count: number, words: string): string[] =>
    count === 0 ? [] : [`${count} ${words}${count === 1 || words === 'platform' ? '' : 's'}`];
  const words = ports === 0 ? 'platform function' : 'platform';
  const text = [...counted(platform, words), ...counted(ports, 'empty port')].join(', ');
  const kind = platform === 0 ? 'root-port' : 'system';
  parent.children = [branch(`${parent.id} rest`, { what: 'rest', text, kind, platform, ports }), ...rest];
}

/** How many parts of the platform a port holds; 0 of what has nothing below it, undefined where there is more. */
function platformOnly({ node, children }: Branch): number | undefined {
  if (children.length === 0) return 0;
  const [only, ...others] = children;
  const port = node.what === 'function' && (node.fn.kind === 'root-port' || node.fn.kind === 'switch-downstream');
  if (!port || only?.node.what !== 'rest' || others.length > 0 || only.node.ports > 0) return undefined;
  return only.node.platform;
}
