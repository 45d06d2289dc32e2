/** The tree as flat arrays, every subtree one run of positions: what makes all pairs cheap. */
import { defined } from '../base/index.ts';
import { type PciFunction, type PciTopology, upstreamBridge } from '../pci/index.ts';
import { acsRedirectBits } from './acs-redirect.ts';
import type { P2pdmaMachine } from './p2pdma-machine.ts';

/** Does a function redirect? Ordered so that the maximum along a path is the path's answer. */
export const REDIRECT_NO = 0;
const REDIRECT_UNKNOWN = 1;
export const REDIRECT_YES = 2;

/** All functions in preorder (a bridge before what is below it); all arrays are by position. */
export interface Preorder {
  readonly functions: readonly PciFunction[];
  /** Position by `PciFunction.index`. */
  readonly position: Int32Array;
  /** Position of the bridge above, -1 on a root bus. */
  readonly parent: Int32Array;
  /** 0 on a root bus. */
  readonly depth: Uint16Array;
  /** First position after the subtree. */
  readonly end: Int32Array;
  /** Host bridge index; functions of one host bridge are one run. */
  readonly hostBridge: Int32Array;
  /** REDIRECT_* of the function itself. */
  readonly redirect: Uint8Array;
  /** Depth of the deepest redirecting function on the way from the root bus to here, itself included; -1: none. */
  readonly deepestRedirect: Int16Array;
  /** The same for functions whose ACS control is not known. */
  readonly deepestUnknown: Int16Array;
  /** 1 where the place in the tree, or that of a bridge above, is not certain. */
  readonly uncertain: Uint8Array;
  /** Positions whose own place is not certain, ascending. */
  readonly misplaced: readonly number[];
}

/** Lays the tree out. */
export function buildPreorder(machine: P2pdmaMachine): Preorder {
  const functions = preorder(machine.topology);
  const n = functions.length;
  const flat = {
    functions,
    position: new Int32Array(n),
    parent: new Int32Array(n).fill(-1),
    depth: new Uint16Array(n),
    end: new Int32Array(n),
    hostBridge: new Int32Array(n),
    redirect: new Uint8Array(n),
    deepestRedirect: new Int16Array(n).fill(-1),
    deepestUnknown: new Int16Array(n).fill(-1),
    uncertain: new Uint8Array(n),
    misplaced: functions.flatMap((fn, at) => (fn.placement.certain ? [] : [at])),
  };
  for (let at = 0; at < n; at++) flat.position[defined(functions[at], 'function').index] = at;
  for (let at = 0; at < n; at++) place(flat, at, machine);
  for (let at = n - 1; at >= 0; at--) {
    flat.end[at] = Math.max(flat.end[at] ?? 0, at + 1);
    const parent = flat.parent[at] ?? -1;
    if (parent >= 0) flat.end[parent] = Math.max(flat.end[parent] ?? 0, flat.end[at] ?? 0);
  }
  return flat;
}

function place(flat: Preorder, at: number, machine: P2pdmaMachine): void {
  const fn = defined(flat.functions[at], 'function');
  const above = upstreamBridge(fn);
  const parent = above === undefined ? -1 : (flat.position[above.index] ?? -1);
  const bits = acsRedirectBits(machine, fn);
  const redirect =
    bits.state === 'known' && bits.value === 0 ? REDIRECT_NO : bits.state === 'known' ? REDIRECT_YES : REDIRECT_UNKNOWN;
  const depth = parent < 0 ? 0 : (flat.depth[parent] ?? 0) + 1;
  flat.parent[at] = parent;
  flat.depth[at] = depth;
  flat.hostBridge[at] = fn.hostBridge.index;
  flat.redirect[at] = redirect;
  flat.deepestRedirect[at] = redirect === REDIRECT_YES ? depth : (flat.deepestRedirect[parent] ?? -1);
  flat.deepestUnknown[at] = redirect === REDIRECT_UNKNOWN ? depth : (flat.deepestUnknown[parent] ?? -1);
  flat.uncertain[at] = !fn.placement.certain || (parent >= 0 && flat.uncertain[parent] === 1) ? 1 : 0;
}

function preorder(topology: PciTopology): PciFunction[] {
  const children = new Map<PciFunction, PciFunction[]>();
  const order: PciFunction[] = [];
  const pending: PciFunction[] = [];
  const roots: PciFunction[] = [];
  for (const fn of topology.functions) {
    const above = upstreamBridge(fn);
    if (above === undefined) roots.push(fn);
    else if (children.get(above)?.push(fn) === undefined) children.set(above, [fn]);
  }
  roots.sort((a, b) => a.hostBridge.index - b.hostBridge.index || a.index - b.index);
  for (const root of roots) {
    pending.push(root);
    for (let fn = pending.pop(); fn !== undefined; fn = pending.pop()) {
      order.push(fn);
      for (const child of children.get(fn)?.toReversed() ?? []) pending.push(child);
    }
  }
  return order;
}
