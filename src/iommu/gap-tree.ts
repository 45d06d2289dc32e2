/**
 * Disjoint page ranges in an AVL tree that knows, for every subtree, the largest allocation that fits between its
 * ranges. So the highest fitting gap below any range is found in O(log n), where walking the ranges is O(n).
 */
import { largestFit } from './gap.ts';
import { GAP, HEIGHT, HI, LEFT, LO, MAX_GAP, NEXT, NodeArena, type NodeId, PARENT, PREV, RIGHT } from './node-arena.ts';

/** The ranges of one allocator. A node stays valid until it is removed. */
export class GapTree {
  /** A virtual range above everything. */
  readonly anchor: NodeId;
  /** Pages below are no part of any gap. */
  readonly #startPfn: number;
  readonly #arena = new NodeArena();
  #root: NodeId;

  constructor(startPfn: number) {
    this.#startPfn = startPfn;
    this.anchor = this.#arena.allocate(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
    this.#root = this.anchor;
  }

  /** First page of a range. */
  lo(id: NodeId): number {
    return this.#arena.doubles[(id >> 1) + LO] as number;
  }

  /** Last page of a range. */
  hi(id: NodeId): number {
    return this.#arena.doubles[(id >> 1) + HI] as number;
  }

  /** The next higher range; the anchor after the last. */
  next(id: NodeId): NodeId {
    return this.#arena.words[id + NEXT] as NodeId;
  }

  /** The lowest range; the anchor when there is none. */
  first(): NodeId {
    let id = this.#root;
    for (;;) {
      const left = this.#arena.words[id + LEFT] as NodeId;
      if (left === 0) return id;
      id = left;
    }
  }

  /** First page of the gap below a range. */
  gapStart(id: NodeId): number {
    const prev = this.#arena.words[id + PREV] as NodeId;
    return prev === 0 ? this.#startPfn : this.hi(prev) + 1;
  }

  /** The range that holds `pfn`; 0 if none does. */
  find(pfn: number): NodeId {
    const { doubles, words } = this.#arena;
    let id = this.#root;
    while (id !== 0) {
      const at = id >> 1;
      if (pfn < (doubles[at + LO] as number)) id = words[id + LEFT] as NodeId;
      else if (pfn > (doubles[at + HI] as number)) id = words[id + RIGHT] as NodeId;
      else return id;
    }
    return 0;
  }

  /** The lowest range that starts at or above `pfn`; the anchor if there is none. */
  lowestFrom(pfn: number): NodeId {
    const { doubles, words } = this.#arena;
    let id = this.#root;
    let best = this.anchor;
    while (id !== 0) {
      if ((doubles[(id >> 1) + LO] as number) >= pfn) {
        best = id;
        id = words[id + LEFT] as NodeId;
      } else {
        id = words[id + RIGHT] as NodeId;
      }
    }
    return best;
  }

  /** The highest range below `id` with a gap below it that takes `pages` pages; 0 if there is none. */
  highestFitBelow(id: NodeId, pages: number): NodeId {
    const { doubles, words } = this.#arena;
    let at = id;
    for (;;) {
      const left = words[at + LEFT] as NodeId;
      if (left !== 0 && (doubles[(left >> 1) + MAX_GAP] as number) >= pages) return this.#highestFitIn(left, pages);
      let parent = words[at + PARENT] as NodeId;
      while (parent !== 0 && words[parent + LEFT] === at) {
        at = parent;
        parent = words[at + PARENT] as NodeId;
      }
      if (parent === 0) return 0;
      at = parent;
      if ((doubles[(at >> 1) + GAP] as number) >= pages) return at;
    }
  }

  /** The highest range of a subtree that has a fitting gap somewhere. */
  #highestFitIn(root: NodeId, pages: number): NodeId {
    const { doubles, words } = this.#arena;
    let id = root;
    for (;;) {
      const right = words[id + RIGHT] as NodeId;
      if (right !== 0 && (doubles[(right >> 1) + MAX_GAP] as number) >= pages) id = right;
      else if ((doubles[(id >> 1) + GAP] as number) >= pages) return id;
      else id = words[id + LEFT] as NodeId;
    }
  }

  /** Adds the range `lo` to `hi` right below the range `above`. */
  insertBelow(above: NodeId, lo: number, hi: number): NodeId {
    const id = this.#arena.allocate(lo, hi);
    const { words } = this.#arena;
    const below = words[above + PREV] as NodeId;
    const parent = words[above + LEFT] === 0 ? above : below;
    words[parent + (parent === above ? LEFT : RIGHT)] = id;
    words[id + PARENT] = parent;
    words[id + NEXT] = above;
    words[id + PREV] = below;
    words[above + PREV] = id;
    if (below !== 0) words[below + NEXT] = id;
    this.#measureGap(id);
    this.#measureGap(above);
    this.#refresh(id);
    this.#retrace(parent, above);
    return id;
  }

  /** Lets a range start at `lo`, further down within the gap below it. */
  extendDown(id: NodeId, lo: number): void {
    this.#arena.doubles[(id >> 1) + LO] = lo;
    this.#measureGap(id);
    this.#retrace(id, id);
  }

  /** Removes a range; not the anchor. */
  remove(id: NodeId): void {
    const { words } = this.#arena;
    const above = words[id + NEXT] as NodeId;
    const below = words[id + PREV] as NodeId;
    words[above + PREV] = below;
    if (below !== 0) words[below + NEXT] = above;
    this.#measureGap(above);
    this.#retrace(this.#unlink(id), above);
    this.#arena.free(id);
  }

  /** Takes a node out of the tree; returns the lowest node whose subtree changed. */
  #unlink(id: NodeId): NodeId {
    const { words } = this.#arena;
    const left = words[id + LEFT] as NodeId;
    const right = words[id + RIGHT] as NodeId;
    const parent = words[id + PARENT] as NodeId;
    if (left === 0 || right === 0) {
      const child = left + right;
      this.#replaceChild(parent, id, child);
      return child === 0 ? parent : child;
    }
    // The next higher node is the leftmost below `right`: it takes the place of `id`.
    const heir = words[id + NEXT] as NodeId;
    const heirParent = words[heir + PARENT] as NodeId;
    if (heirParent !== id) {
      this.#replaceChild(heirParent, heir, words[heir + RIGHT] as NodeId);
      words[heir + RIGHT] = right;
      words[right + PARENT] = heir;
    }
    words[heir + LEFT] = left;
    words[left + PARENT] = heir;
    this.#replaceChild(parent, id, heir);
    return heirParent === id ? heir : heirParent;
  }

  #replaceChild(parent: NodeId, old: NodeId, child: NodeId): void {
    const { words } = this.#arena;
    if (parent === 0) this.#root = child;
    else if (words[parent + LEFT] === old) words[parent + LEFT] = child;
    else words[parent + RIGHT] = child;
    if (child !== 0) words[child + PARENT] = parent;
  }

  /** Rebalances and updates from `from` upwards, at least up to `until` and as far as anything changes. */
  #retrace(from: NodeId, until: NodeId): void {
    const { doubles, words } = this.#arena;
    let reached = false;
    let id = from;
    while (id !== 0) {
      const left = words[id + LEFT] as NodeId;
      const right = words[id + RIGHT] as NodeId;
      const leftHeight = words[left + HEIGHT] as number;
      const rightHeight = words[right + HEIGHT] as number;
      if (id === until) reached = true;
      const lean = leftHeight - rightHeight;
      if (lean > 1 || lean < -1) {
        id = words[this.#rebalance(id, lean) + PARENT] as NodeId;
        continue;
      }
      const height = 1 + (lean > 0 ? leftHeight : rightHeight);
      const at = id >> 1;
      let most = doubles[at + GAP] as number;
      const leftMost = doubles[(left >> 1) + MAX_GAP] as number;
      const rightMost = doubles[(right >> 1) + MAX_GAP] as number;
      if (leftMost > most) most = leftMost;
      if (rightMost > most) most = rightMost;
      if (height === words[id + HEIGHT] && most === doubles[at + MAX_GAP]) {
        if (reached) return;
      } else {
        words[id + HEIGHT] = height;
        doubles[at + MAX_GAP] = most;
      }
      id = words[id + PARENT] as NodeId;
    }
  }

  /** Makes the heights below a node differ by one at most; returns the new root of its subtree. */
  #rebalance(id: NodeId, lean: number): NodeId {
    const { words } = this.#arena;
    const [tall, low] = lean > 0 ? [LEFT, RIGHT] : [RIGHT, LEFT];
    const child = words[id + tall] as NodeId;
    const outer = words[(words[child + tall] as NodeId) + HEIGHT] as number;
    const inner = words[(words[child + low] as NodeId) + HEIGHT] as number;
    if (inner > outer) this.#rotate(child, low, tall);
    return this.#rotate(id, tall, low);
  }

  /** Lifts the child on side `from` over `id`, which becomes its child on side `to`. */
  #rotate(id: NodeId, from: number, to: number): NodeId {
    const { words } = this.#arena;
    const child = words[id + from] as NodeId;
    const inner = words[child + to] as NodeId;
    this.#replaceChild(words[id + PARENT] as NodeId, id, child);
    words[id + from] = inner;
    if (inner !== 0) words[inner + PARENT] = id;
    words[child + to] = id;
    words[id + PARENT] = child;
    this.#refresh(id);
    this.#refresh(child);
    return child;
  }

  /** Height and largest gap of a subtree from those of its children. Node 0 has 0 of both. */
  #refresh(id: NodeId): void {
    const { doubles, words } = this.#arena;
    const left = words[id + LEFT] as NodeId;
    const right = words[id + RIGHT] as NodeId;
    words[id + HEIGHT] = 1 + Math.max(words[left + HEIGHT] as number, words[right + HEIGHT] as number);
    const below = Math.max(doubles[(left >> 1) + MAX_GAP] as number, doubles[(right >> 1) + MAX_GAP] as number);
    doubles[(id >> 1) + MAX_GAP] = Math.max(below, doubles[(id >> 1) + GAP] as number);
  }

  /** The gap below the anchor has no end: it is judged with each allocation's limit, and counts for nothing here. */
  #measureGap(id: NodeId): void {
    if (id !== this.anchor) this.#arena.doubles[(id >> 1) + GAP] = largestFit(this.gapStart(id), this.lo(id));
  }
}
