/**
 * A machine's tree in two dimensions: root buses in columns, a port and what it holds in one line, what is below a
 * switch under it. Everything stands on lines of one height.
 */
import type { MachineView } from '../protocol.ts';
import { isPort } from './alike.ts';
import type { TreeWish } from './branches.ts';
import { type Columns, type Gaps, inColumns, type Sized, widest } from './columns.ts';
import { type Item, outline } from './outline.ts';

/** One box. Positions and sizes in drawing units. */
export interface Box extends Item {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  /** The line from the box above; '' for root buses. */
  readonly line: string;
}

/** What is drawn behind the boxes of one root bus. */
export interface Frame extends Sized {
  readonly id: string;
  readonly x: number;
  readonly y: number;
}

/** Where the root buses of one NUMA node are drawn. */
export interface Socket extends Frame {
  readonly numaNode: number | undefined;
}

/** A drawn tree. `boxes` are in the order of the outline. */
export interface PackedTree extends Sized {
  readonly boxes: readonly Box[];
  readonly frames: readonly Frame[];
  /** Root buses of one socket stand together; empty where there are no sockets to tell apart. */
  readonly sockets: readonly Socket[];
}

/** Height of a line, and of the boxes on it. */
export const LINE = 28;
export const HEIGHT = 22;
/** Widths of boxes. */
const PORT = 106;
const DEVICE = 142;
const ROOT = 116;
/** From a port to what it holds. */
export const GAP = 30;
const WIDE = PORT + GAP + DEVICE;
/** What is below something stands so much further in. */
const INDENT = 8;
/** What a root bus has beside its name, up to where the devices of a switch end. */
const BESIDE = 8;
const REST = WIDE + 2 * INDENT - ROOT - BESIDE;
/** From a frame to what is in it; with the gap between two frames as high as a line. */
const PAD = 8;
const BETWEEN: Gaps = { across: 8, down: LINE - 2 * PAD };
const SOCKETS: Gaps = { across: 20, down: LINE };
const EDGE = 6;
/** What is below one place is in columns from so many lines on. */
const TALL = 26 * LINE;
/** From the bottom of a box to the line that runs to what is below it. */
const SHELF = 3;

/** Lays out the tree for a sheet that is `width` wide; wider where something in it is. */
export function packedTree(machine: MachineView, wish: TreeWish, width: number): PackedTree {
  const items = outline(machine, wish);
  const plain = sheet(new Shapes(items, width, false), width);
  const columns = sheet(new Shapes(items, width, true), width);
  const better = columns.height < plain.height && columns.width <= Math.max(width, plain.width);
  return (better ? columns : plain).draw();
}

interface Block extends Sized {
  readonly root: number;
}

/** How large a tree is, and what draws it. */
interface Sheet extends Sized {
  readonly draw: () => PackedTree;
}

/** Sockets beside each other or below each other, whichever takes less height. */
function sheet(shapes: Shapes, width: number): Sheet {
  const sockets = bySocket(shapes.items);
  const head = sockets.length > 1 ? LINE : 0;
  const inner = width - 2 * EDGE;
  const choices = [1, 2].map((abreast) => {
    const each = (inner - SOCKETS.across * (abreast - 1)) / abreast;
    const panels = sockets.map(({ numaNode, roots }) => {
      const blocks = roots.map((root): Block => ({ root, ...shapes.blockSize(root) }));
      const packed = inColumns(blocks, each, BETWEEN);
      return { numaNode, packed, width: packed.width, height: packed.height + head };
    });
    return inColumns(panels, abreast === 1 ? 0 : inner, SOCKETS);
  });
  const fitting = choices.filter((choice, at) => at === 0 || choice.width <= inner);
  const best = fitting.reduce((a, b) => (b.height < a.height ? b : a));
  const size = { width: best.width + 2 * EDGE, height: best.height + 2 * EDGE };
  return { ...size, draw: () => ({ ...size, ...placePanels(best.columns, head, shapes) }) };
}

interface Panel extends Sized {
  readonly numaNode: number | undefined;
  readonly packed: Columns<Block>;
}

/** Places all there is; `head` is the height of what stands above each socket. */
function placePanels(
  columns: readonly (readonly Panel[])[],
  head: number,
  shapes: Shapes,
): Pick<PackedTree, 'boxes' | 'frames' | 'sockets'> {
  const frames: Frame[] = [];
  const drawn: Socket[] = [];
  let x = EDGE;
  for (const column of columns) {
    let y = EDGE;
    for (const { numaNode, packed, ...size } of column) {
      if (head > 0) drawn.push({ id: `socket ${numaNode}`, numaNode, x, y, ...size });
      placeBlocks(packed.columns, { x, y: y + head }, shapes, frames);
      y += size.height + SOCKETS.down;
    }
    x += widest(column) + SOCKETS.across;
  }
  return { boxes: shapes.boxes(), frames, sockets: drawn };
}

function placeBlocks(
  columns: readonly (readonly Block[])[],
  at: { readonly x: number; readonly y: number },
  shapes: Shapes,
  frames: Frame[],
): void {
  let { x } = at;
  for (const column of columns) {
    const width = widest(column);
    let { y } = at;
    for (const { root, height } of column) {
      frames.push({ id: shapes.items[root]?.id ?? '', x, y, width, height });
      shapes.place(root, x + PAD, y + PAD);
      y += height + BETWEEN.down;
    }
    x += width + BETWEEN.across;
  }
}

/** Root buses by NUMA node, in the order in which the nodes first come. All together where only one node is known. */
function bySocket(items: readonly Item[]) {
  const sockets = new Map<number | undefined, number[]>();
  const all: number[] = [];
  items.forEach(({ parent, node }, at) => {
    if (parent >= 0) return;
    all.push(at);
    const numaNode = node.what === 'root' || node.what === 'alike' ? node.numaNode : undefined;
    const members = sockets.get(numaNode);
    if (members === undefined) sockets.set(numaNode, [at]);
    else members.push(at);
  });
  const known = [...sockets.keys()].filter((numaNode) => numaNode !== undefined);
  if (known.length < 2) return [{ numaNode: known[0], roots: all }];
  return [...sockets].map(([numaNode, roots]) => ({ numaNode, roots }));
}

/** What is below something, in columns. */
type Below = Columns<Sized & { readonly at: number }>;

/** How large everything is, and where it was placed. Children stand behind their parents in the outline. */
class Shapes {
  readonly items: readonly Item[];
  readonly #children: number[][];
  /** Of what hangs under a box, and not of what stands beside it. */
  readonly #below: (Below | undefined)[];
  /** Width and height of a box with all that is under it. */
  readonly #sizes: (Sized | undefined)[];
  readonly #places: (Box | undefined)[];

  constructor(items: readonly Item[], width: number, within: boolean) {
    this.items = items;
    this.#children = items.map(() => []);
    // As long as they become: an array that is filled from its end is slow.
    this.#below = items.map(() => undefined);
    this.#sizes = items.map(() => undefined);
    this.#places = items.map(() => undefined);
    for (const [at, { parent }] of items.entries()) this.#children[parent]?.push(at);
    for (let at = items.length - 1; at >= 0; at--) this.#measure(at, within ? width : 0);
  }

  /** With the frame around it. */
  blockSize(root: number): Sized {
    const { width, height } = this.#size(root);
    return { width: width + 2 * PAD, height: height - (LINE - HEIGHT) + 2 * PAD };
  }

  #size(at: number): Sized {
    return this.#sizes[at] ?? { width: 0, height: 0 };
  }

  #isPort(at: number): boolean {
    const node = this.items[at]?.node;
    return node?.what === 'function' && isPort(node.fn);
  }

  #ownWidth(at: number): number {
    const { node, parent } = this.items[at] ?? {};
    if (node?.what === 'root') return ROOT;
    if (node?.what === 'alike') return WIDE;
    if (node?.what === 'rest') return parent !== undefined && this.#isPort(parent) ? DEVICE : REST;
    return this.#isPort(at) ? PORT : DEVICE;
  }

  /** What a port holds, what has most below it last: only under that there is room on the left. */
  #held(at: number): readonly number[] {
    const held = this.#children[at] ?? [];
    return [...held].sort((a, b) => Number(this.#deep(a)) - Number(this.#deep(b)));
  }

  #deep(at: number): boolean {
    return this.#below[at] !== undefined;
  }

  /** What a root bus has beside its name. */
  #restOf(at: number): number | undefined {
    if (this.items[at]?.node.what !== 'root') return undefined;
    return (this.#children[at] ?? []).find((child) => this.items[child]?.node.what === 'rest');
  }

  #measure(at: number, width: number): void {
    const own = this.#ownWidth(at);
    const rest = this.#restOf(at);
    if (this.#isPort(at)) {
      const held = this.#held(at);
      let [right, height] = [0, 0];
      held.forEach((child, order) => {
        const size = this.#heldSize(child, order === held.length - 1);
        right = Math.max(right, size.width);
        height += size.height;
      });
      this.#sizes[at] = { width: Math.max(own, right), height: Math.max(LINE, height) };
      return;
    }
    const children = (this.#children[at] ?? []).filter((child) => child !== rest);
    const things = children.map((child) => ({ at: child, ...this.#size(child) }));
    if (things.length > 0) {
      const total = things.reduce((sum, { height }) => sum + height, 0);
      const room = total > TALL ? width - 2 * EDGE - 2 * PAD - INDENT * ((this.items[at]?.depth ?? 0) + 1) : 0;
      this.#below[at] = inColumns(things, room, { across: INDENT + 8, down: 0 });
    }
    const below = this.#below[at];
    const line = own + (rest === undefined ? 0 : BESIDE + this.#ownWidth(rest));
    this.#sizes[at] = {
      width: Math.max(line, below === undefined ? 0 : INDENT + below.width),
      height: LINE + (below?.height ?? 0),
    };
  }

  /** Seen from the port, below the last of what it holds there is room from the port on. */
  #heldSize(child: number, last: boolean): Sized {
    const { width, height } = this.#size(child);
    const below = this.#below[child];
    if (!last || below === undefined) return { width: PORT + GAP + width, height };
    return { width: Math.max(PORT + GAP + this.#ownWidth(child), INDENT + below.width), height };
  }

  /** Places a root bus and all below it. Iterative, as trees may be deep. */
  place(root: number, x: number, y: number): void {
    const pending: { at: number; x: number; y: number; left: number; line: string }[] = [
      { at: root, x, y, left: x, line: '' },
    ];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { at, left, line } = next;
      const item = this.items[at];
      if (item === undefined) continue;
      const box: Box = { ...item, x: next.x, y: next.y, width: this.#ownWidth(at), line };
      this.#places[at] = box;
      if (this.#isPort(at)) this.#placeHeld(box, at, pending);
      else this.#placeBelow(box, at, left, pending);
      const rest = this.#restOf(at);
      if (rest !== undefined)
        pending.push({ at: rest, x: box.x + box.width + BESIDE, y: box.y, left: box.x, line: '' });
    }
  }

  #placeHeld(port: Box, at: number, pending: Pending[]): void {
    const held = this.#held(at);
    let { y } = port;
    held.forEach((child, order) => {
      const last = order === held.length - 1;
      const x = port.x + PORT + GAP;
      pending.push({ at: child, x, y, left: last ? port.x : x, line: beside(port, x, y) });
      y += this.#heldSize(child, last).height;
    });
  }

  #placeBelow(above: Box, at: number, left: number, pending: Pending[]): void {
    let x = left + INDENT;
    for (const column of this.#below[at]?.columns ?? []) {
      let y = above.y + LINE;
      for (const { at: child, height } of column) {
        pending.push({ at: child, x, y, left: x, line: under(above, x, y) });
        y += height;
      }
      x += widest(column) + INDENT + 8;
    }
  }

  /** All that was placed. */
  boxes(): readonly Box[] {
    return this.#places.filter((box) => box !== undefined);
  }
}

interface Pending {
  readonly at: number;
  readonly x: number;
  readonly y: number;
  /** From where on there is room under the box. */
  readonly left: number;
  readonly line: string;
}

/** From a port to what it holds. */
function beside(port: Box, x: number, y: number): string {
  const [start, from, to] = [port.x + port.width, port.y + HEIGHT / 2, y + HEIGHT / 2];
  if (from === to) return `M${start} ${from}H${x}`;
  const bend = start + 5;
  return `M${start} ${from}H${bend - 4}Q${bend} ${from} ${bend} ${from + 4}V${to - 4}Q${bend} ${to} ${bend + 4} ${to}H${x}`;
}

/** From a box down, along the shelf below it, and down on the left of what is below. */
function under(above: Box, x: number, y: number): string {
  const to = y + HEIGHT / 2;
  const bus = x - INDENT / 2;
  const from = above.x + INDENT / 2;
  const bottom = above.y + HEIGHT;
  const end = `V${to - 4}Q${bus} ${to} ${bus + 4} ${to}H${x}`;
  if (Math.abs(from - bus) < 1) return `M${bus} ${bottom}${end}`;
  const shelf = bottom + SHELF;
  const out = bus < from ? from + INDENT : from;
  return `M${out} ${bottom}V${shelf}H${bus}${end}`;
}
