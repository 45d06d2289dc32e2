/** Subtrees that are equal but for their addresses, and one branch in place of several of them. */
import type { DeviceKind } from '../../src/pci/index.ts';
import type { FunctionView } from '../protocol.ts';
import { type Branch, branch, inOrder, type TreeWish } from './branches.ts';
import { type Counted, kindCount } from './kind-count.ts';

/** How much is folded. */
export type AlikeWish = Pick<Required<TreeWish>, 'alike' | 'traits' | 'shown'>;

/** Lines of a picture that is looked at without scrolling far. */
const ROOM = 100;
/** So many leaves side by side are one where only some of them have no room. */
const MANY = 3;

/**
 * Puts one branch in place of equal ones below the same parent. What must be in sight stays itself. Where as much is
 * wanted as there is room for, devices are put together first, then what is above them, level by level.
 */
export function foldAlike(roots: readonly Branch[], wish: AlikeWish): Branch[] {
  if (wish.alike === 'none') return [...roots];
  const marks = new Marks(roots, wish);
  if (wish.alike === 'all') return grouped(roots, marks, { height: Number.POSITIVE_INFINITY, least: 2 });
  let found = [...roots];
  for (const limit of limits(marks.highest)) {
    if (lineCount(found) <= ROOM) break;
    found = grouped(roots, marks, limit);
  }
  return found;
}

interface Limit {
  /** Of the subtrees that are put together. */
  readonly height: number;
  readonly least: number;
}

function limits(highest: number): Limit[] {
  const few = Array.from({ length: Math.min(highest, 8) }, (_, at) => ({ height: at + 1, least: 2 }));
  return [{ height: 0, least: MANY }, { height: 0, least: 2 }, ...few];
}

/** Lines that are drawn: ports share theirs with what they hold. */
function lineCount(roots: readonly Branch[]): number {
  let lines = 0;
  for (const { node, children } of visible(roots)) lines += isSlot({ node, children }) ? 0 : 1;
  return lines;
}

/** What is drawn of branches that are put together is one line. */
function visible(roots: readonly Branch[]): Branch[] {
  const order = [...roots];
  for (let at = 0; at < order.length; at++) {
    const each = order[at];
    if (each !== undefined && each.node.what !== 'alike') order.push(...each.children);
  }
  return order;
}

/** A port that has something below it. */
function isSlot({ node, children }: Pick<Branch, 'node' | 'children'>): boolean {
  return node.what === 'function' && isPort(node.fn) && children.length > 0;
}

/** Root ports and the downstream ports of switches: what holds a card. */
export function isPort({ kind }: FunctionView): boolean {
  return kind === 'root-port' || kind === 'switch-downstream';
}

/** A number for each subtree, the same for equal ones, and how high each is. */
class Marks {
  readonly #numbers = new Map<string, number>();
  readonly #marks = new Map<Branch, number>();
  readonly #heights = new Map<Branch, number>();
  highest = 0;

  constructor(roots: readonly Branch[], wish: AlikeWish) {
    for (const each of inOrder(roots).reverse()) {
      const below = each.children.map((child) => this.markOf(child)).sort((a, b) => a - b);
      const text = `${ownMark(each, wish)}\n${below.join()}`;
      const mark = this.#numbers.get(text) ?? this.#numbers.size;
      this.#numbers.set(text, mark);
      this.#marks.set(each, mark);
      const height = each.children.reduce((most, child) => Math.max(most, this.heightOf(child) + 1), 0);
      // A port and the one device in it are one line, and so as high as the device.
      const own = isSlot(each) && each.children.length === 1 ? height - 1 : height;
      this.#heights.set(each, own);
      this.highest = Math.max(this.highest, own);
    }
  }

  markOf(each: Branch): number {
    return this.#marks.get(each) ?? -1;
  }

  heightOf(each: Branch): number {
    return this.#heights.get(each) ?? 0;
  }
}

function ownMark({ id, node }: Branch, { traits, shown }: AlikeWish): string {
  switch (node.what) {
    case 'root':
      return `root ${node.numaNode}`;
    case 'rest':
      return `rest ${node.text}`;
    case 'alike':
      return id;
    case 'function': {
      const { fn } = node;
      if (shown.has(fn.index)) return `shown ${fn.index}`;
      const slow = fn.link?.slow === undefined ? '' : 'slow';
      return [fn.kind, fn.name, fn.link?.text ?? '', slow, traits.get(fn.index) ?? ''].join('\t');
    }
  }
}

/** A copy of the branches, equal ones as one. */
function grouped(roots: readonly Branch[], marks: Marks, limit: Limit): Branch[] {
  const copies = new Map<Branch, Branch>();
  for (const each of inOrder(roots).reverse()) {
    const children = each.children.map((child) => ({ child, copy: copies.get(child) ?? child }));
    copies.set(each, { ...each, children: together(each.id, children, marks, limit) });
  }
  const tops = roots.map((child) => ({ child, copy: copies.get(child) ?? child }));
  return together('', tops, marks, limit);
}

interface Member {
  /** As it is, and with what is below it put together. */
  readonly child: Branch;
  readonly copy: Branch;
}

function together(parent: string, children: readonly Member[], marks: Marks, limit: Limit): Branch[] {
  const sets = new Map<number, Member[]>();
  for (const member of children) {
    const mark = marks.markOf(member.child);
    const set = sets.get(mark);
    if (set === undefined) sets.set(mark, [member]);
    else set.push(member);
  }
  return [...sets.values()].flatMap((set) => {
    const [first] = set;
    const rest = first?.child.node.what === 'rest' || first?.child.node.what === 'alike';
    if (first === undefined || rest || set.length < limit.least || marks.heightOf(first.child) > limit.height)
      return set.map(({ copy }) => copy);
    return [alike(parent, set)];
  });
}

function alike(parent: string, set: readonly Member[]): Branch {
  const [first] = set;
  const device = first === undefined ? undefined : onlyDevice(first.child);
  const made = branch(`alike ${parent} ${first?.child.id}`, {
    what: 'alike',
    count: set.length,
    ...(first === undefined ? { words: '', contents: '' } : describe(first.child, set.length)),
    numaNode: first?.child.node.what === 'root' ? first.child.node.numaNode : undefined,
    names: namesOf(set.map(({ child }) => child)),
    kind: kindOf(first?.child),
    heads: set.flatMap(({ child }) => (child.node.what === 'function' ? [child.node.fn] : [])),
    first: first?.child.node.what === 'root' ? undefined : device,
  });
  made.children = set.map(({ copy }) => copy);
  made.size = set.reduce((sum, { child }) => sum + child.size, 1);
  return made;
}

/** The device of a branch that has one place for one. */
function onlyDevice(from: Branch): FunctionView | undefined {
  let at = from;
  for (let next = at.children[0]; next !== undefined && at.children.length === 1; next = at.children[0]) at = next;
  return at.children.length === 0 && at.node.what === 'function' ? at.node.fn : undefined;
}

function kindOf(from: Branch | undefined): DeviceKind {
  if (from === undefined || from.node.what === 'root') return 'host-bridge';
  return (
    onlyDevice(from)?.kind ?? firstSwitch(from)?.kind ?? (from.node.what === 'function' ? from.node.fn.kind : 'other')
  );
}

function firstSwitch(from: Branch): FunctionView | undefined {
  const found = inOrder([from]).find(({ node }) => node.what === 'function' && node.fn.kind === 'switch-upstream');
  return found?.node.what === 'function' ? found.node.fn : undefined;
}

/** What each of several is, and what it holds: `switches`, `2 GPUs, 2 NICs`. */
function describe(from: Branch, count: number): { readonly words: string; readonly contents: string } {
  const device = from.node.what === 'root' ? undefined : onlyDevice(from);
  if (device !== undefined) return { words: kindCount(device.kind, count), contents: '' };
  const all = inOrder([from]).flatMap(({ node }) => (node.what === 'function' ? [node.fn] : []));
  const counts = new Map<DeviceKind, number>();
  for (const { kind, endpoint } of all) if (endpoint) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return {
    words: kindCount(holderOf(from, all), count),
    contents: [...counts].map(([kind, many]) => `${many} ${kindCount(kind, many)}`).join(', '),
  };
}

function holderOf({ node }: Branch, all: readonly FunctionView[]): Counted {
  if (node.what === 'root') return 'root bus';
  if (all.some(({ kind }) => kind === 'switch-upstream')) return 'switch-upstream';
  return node.what === 'function' ? node.fn.kind : 'other';
}

/** Labels with one prefix as a range, else the addresses of the first and the last. */
function namesOf(set: readonly Branch[]): string {
  const devices = set.map(onlyDevice);
  const labels = devices.map((fn) => /^(.*?)(\d+)$/.exec(fn?.label ?? ''));
  const prefix = labels[0]?.[1];
  if (prefix !== undefined && labels.every((label) => label?.[1] === prefix))
    return `${prefix}${ranges(labels.map((label) => Number(label?.[2])))}`;
  const [first, last] = [devices[0]?.bdf ?? set[0]?.id ?? '', devices.at(-1)?.bdf ?? set.at(-1)?.id ?? ''];
  return first.startsWith('root ') ? '' : `${short(first)} – ${short(last)}`;
}

function short(bdf: string): string {
  return bdf.replace(/^[0-9a-f]{4,8}:(?=..:)/, '');
}

/** `0-3, 6`. */
function ranges(numbers: readonly number[]): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  const parts: { from: number; to: number }[] = [];
  for (const number of sorted) {
    const last = parts.at(-1);
    if (last !== undefined && number === last.to + 1) last.to = number;
    else parts.push({ from: number, to: number });
  }
  return parts.map(({ from, to }) => (from === to ? `${from}` : `${from}–${to}`)).join(', ');
}
