import type { Pfn } from './pfn.ts';
import { roundUpPowerOfTwo } from './pfn.ts';

interface Node {
  lo: Pfn;
  hi: Pfn;
}
const ANCHOR: Node = { lo: Number.POSITIVE_INFINITY, hi: Number.POSITIVE_INFINITY };

/** Naive stand-in. */
export class IovaTree {
  readonly #nodes: Node[] = [];
  readonly #startPfn: Pfn;
  readonly #dma32: Pfn;
  #cached32: Node = ANCHOR;
  #cached64: Node = ANCHOR;
  #max32: Pfn;

  constructor(startPfn: Pfn, dma32Pfn: Pfn) {
    this.#startPfn = startPfn;
    this.#dma32 = dma32Pfn;
    this.#max32 = dma32Pfn;
  }

  alloc(pages: Pfn, limitPfn: Pfn): Pfn | undefined {
    const limit = limitPfn + 1;
    const low = limit <= this.#dma32;
    if (low && pages >= this.#max32) return undefined;
    const align = roundUpPowerOfTwo(pages);
    const start = low ? this.#cached32 : this.#cached64;
    const retryTop = start.hi;
    let found = this.#walk(start, limit, pages, align, this.#startPfn);
    if (found === undefined && retryTop < limit) {
      const from = this.#nodes.find((node) => node.lo >= limit) ?? ANCHOR;
      found = this.#walk(from, limit, pages, align, retryTop + 1);
    }
    if (found === undefined) {
      this.#max32 = pages;
      return undefined;
    }
    const node = { lo: found, hi: found + pages - 1 };
    this.#nodes.push(node);
    this.#nodes.sort((a, b) => a.lo - b.lo);
    if (node.hi < this.#dma32) this.#cached32 = node;
    else this.#cached64 = node;
    return found;
  }

  #walk(start: Node, limit: Pfn, pages: Pfn, align: Pfn, low: Pfn): Pfn | undefined {
    let index = start === ANCHOR ? this.#nodes.length : this.#nodes.indexOf(start);
    let high = limit;
    let at: Node | undefined = start;
    let pfn = 0;
    do {
      high = Math.min(high, (at as Node).lo);
      pfn = Math.floor((high - pages) / align) * align;
      index--;
      at = this.#nodes[index];
    } while (at !== undefined && pfn <= at.hi && pfn >= low);
    return high < pages || pfn < low ? undefined : pfn;
  }

  /** Removes the node that holds `pfn`; false if there is none. */
  remove(pfn: Pfn): boolean {
    const index = this.#nodes.findIndex((node) => node.lo <= pfn && pfn <= node.hi);
    const node = this.#nodes[index];
    if (node === undefined) return false;
    const next = this.#nodes[index + 1] ?? ANCHOR;
    if (node === this.#cached32 || (node.hi < this.#dma32 && node.lo >= this.#cached32.lo)) this.#cached32 = next;
    if (node.lo < this.#dma32) this.#max32 = this.#dma32;
    if (node.lo >= this.#cached64.lo) this.#cached64 = next;
    this.#nodes.splice(index, 1);
    return true;
  }

  reserve(lo: Pfn, hi: Pfn): void {
    let from = lo;
    for (const node of this.#nodes) {
      if (node.lo > hi || node.hi < from) continue;
      if (from < node.lo) node.lo = from;
      from = node.hi + 1;
      if (from > hi) return;
    }
    this.#nodes.push({ lo: from, hi });
    this.#nodes.sort((a, b) => a.lo - b.lo);
  }

  ranges(): readonly (readonly [Pfn, Pfn])[] {
    return this.#nodes.map((node) => [node.lo, node.hi]);
  }
}
