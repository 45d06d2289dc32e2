/** Map type and distance of all ordered pairs, two bytes a pair, in time that does not depend on the depth of the tree. */
import { assert, defined } from '../base/index.ts';
import type { HostBridge, PciFunction } from '../pci/index.ts';
import type { MapType } from '../uapi/index.ts';
import { areApart, type Whereabouts, whereaboutsOf } from './apart.ts';
import { switchedOff } from './calc-map-type-and-dist.ts';
import { type HostBridgeVerdict, hostBridgeRule } from './host-bridge-rule.ts';
import { p2pdmaRules } from './kernel-rules.ts';
import type { P2pdmaMachine } from './p2pdma-machine.ts';
import { buildPreorder, type Preorder, REDIRECT_NO, REDIRECT_YES } from './preorder.ts';

/**
 * All ordered pairs. Rows are providers, columns clients, both in the order of `functions` (a bridge comes before
 * what is below it). A cell holds the map type in bits 15:14 and the hops in bits 13:0.
 */
export interface MapTypeMatrix {
  readonly functions: readonly PciFunction[];
  /** Row and column by `PciFunction.index`; -1 for a function that is not in the matrix. */
  readonly position: Int32Array;
  readonly cells: Uint16Array;
}

/** One row of the matrix at a time, for machines too large for all pairs at once. */
export interface MapTypeRows {
  readonly functions: readonly PciFunction[];
  readonly position: Int32Array;
  /** Writes the row of the provider at position `row` into `cells[offset]` and on, one cell for each function. */
  readonly fillRow: (row: number, cells: Uint16Array, offset: number) => void;
}

const HOPS = 0x3fff;
const UNKNOWN = 0x0000;
const REFUSED = 0x4000;
const DIRECT = 0x8000;
const THROUGH = 0xc000;
const TYPES: readonly (MapType | 'unknown')[] = [
  'unknown',
  'PCI_P2PDMA_MAP_NOT_SUPPORTED',
  'PCI_P2PDMA_MAP_BUS_ADDR',
  'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE',
];

/** The map type in a cell. */
export function cellMapType(cell: number): MapType | 'unknown' {
  return TYPES[cell >> 14] ?? 'unknown';
}

/** What `pci_p2pdma_distance()` returns for a cell: hops, -1 where not supported, undefined where unknown. */
export function cellDistance(cell: number): number | undefined {
  // No tree is as deep: all ones stand for hops that are not known.
  if (cell >> 14 === 0 || (cell & HOPS) === HOPS) return (cell & 0xc000) === REFUSED ? -1 : undefined;
  return (cell & 0xc000) === REFUSED ? -1 : cell & HOPS;
}

/** The cell of a pair of functions of the matrix. */
export function matrixCell(matrix: MapTypeMatrix, provider: PciFunction, client: PciFunction): number {
  const row = matrix.position[provider.index] ?? -1;
  const column = matrix.position[client.index] ?? -1;
  assert(row >= 0 && column >= 0, 'both functions are in the matrix');
  return matrix.cells[row * matrix.functions.length + column] ?? 0;
}

/**
 * Computes all pairs of `chosen` (default: of all functions): the same answers as `calcMapTypeAndDist` for each. Takes
 * two bytes a pair.
 */
export function mapTypeMatrix(machine: P2pdmaMachine, chosen?: readonly PciFunction[]): MapTypeMatrix {
  const all = mapTypeRows(machine);
  const n = all.functions.length;
  if (chosen === undefined) {
    const cells = new Uint16Array(n * n);
    for (let row = 0; row < n; row++) all.fillRow(row, cells, row * n);
    return { functions: all.functions, position: all.position, cells };
  }
  const picked = Int32Array.from(new Set(chosen), (fn) => all.position[fn.index] ?? 0).sort();
  const functions = Array.from(picked, (at) => defined(all.functions[at], 'function'));
  const position = new Int32Array(n).fill(-1);
  for (const [at, fn] of functions.entries()) position[fn.index] = at;
  return { functions, position, cells: pickCells(all, picked) };
}

function pickCells({ functions, fillRow }: MapTypeRows, picked: Int32Array): Uint16Array {
  const count = picked.length;
  const cells = new Uint16Array(count * count);
  const row = new Uint16Array(functions.length);
  for (let i = 0; i < count; i++) {
    fillRow(picked[i] ?? 0, row, 0);
    for (let j = 0; j < count; j++) cells[i * count + j] = row[picked[j] ?? 0] ?? 0;
  }
  return cells;
}

/** Prepares what rows share; memory grows with the number of functions, not of pairs. */
export function mapTypeRows(machine: P2pdmaMachine): MapTypeRows {
  const first = rowsOfKernel(machine);
  const others = machine.kernelChoice.others.map((kernel) => rowsOfKernel({ ...machine, kernel }));
  if (others.length === 0) return first;
  const other = new Uint16Array(first.functions.length);
  const fillRow = (row: number, cells: Uint16Array, offset: number): void => {
    first.fillRow(row, cells, offset);
    for (const rows of others) {
      rows.fillRow(row, other, 0);
      for (let c = 0; c < other.length; c++) {
        const cell = cells[offset + c] ?? UNKNOWN;
        // The hops are the same under all rules; types that differ make the pair unknown.
        if (cell !== other[c]) cells[offset + c] = cell & HOPS;
      }
    }
  };
  return { ...first, fillRow };
}

function rowsOfKernel(machine: P2pdmaMachine): MapTypeRows {
  const tree = buildPreorder(machine);
  const refuseAll = switchedOff(machine) !== undefined;
  const filler = new RowFiller(tree, machine);
  const fillRow = (row: number, cells: Uint16Array, offset: number): void => {
    filler.fill(row, cells, offset);
    if (refuseAll)
      for (let c = offset; c < offset + tree.functions.length; c++) cells[c] = REFUSED | ((cells[c] ?? 0) & HOPS);
  };
  return { functions: tree.functions, position: tree.position, fillRow };
}

/**
 * Fills rows from rows: a function sees everything outside its own subtree as the bridge above it does, one hop
 * further and with its own redirect carried along. So the row of an endpoint is a copy, and only its subtree is worked
 * out; what a bridge passes on to those below it is kept for as long as rows of its subtree are asked for.
 */
class RowFiller {
  readonly #tree: Preorder;
  readonly #someUnknown: boolean;
  readonly #hostBridges: number;
  /** Cell type of traffic through two host bridges, by index * count + index. */
  readonly #hostType: Uint16Array;
  /** Cell type of a redirected path within one host bridge. */
  readonly #redirectedType: Uint16Array;
  /** Cell type of a redirected path below a bridge of which the host bridge is not known. */
  readonly #redirectedAnywhere: number;
  /** What the bridge at a depth passes on, by depth * 3 + redirect state carried up to it. */
  readonly #passedOn: PassedOn[] = [];
  readonly #rootRow: PassedOn;
  readonly #machine: P2pdmaMachine;
  /** By position; empty where all places are known. */
  readonly #whereabouts: readonly (Whereabouts | undefined)[];

  constructor(tree: Preorder, machine: P2pdmaMachine) {
    this.#tree = tree;
    this.#someUnknown = tree.deepestUnknown.some((depth) => depth >= 0);
    const { hostBridges } = machine.topology;
    this.#hostBridges = hostBridges.length;
    this.#hostType = Uint16Array.from(
      hostBridges.flatMap((provider) => hostBridges.map((client) => hostCellType(machine, provider, client))),
    );
    const asks = p2pdmaRules(machine.kernel).redirectAsksHostBridge;
    this.#redirectedType = Uint16Array.from(hostBridges, (_, h) => (asks ? this.#host(h, h) : REFUSED));
    this.#redirectedAnywhere = asks ? hostCellType(machine, undefined, undefined) : REFUSED;
    this.#rootRow = passedOn(tree.functions.length);
    this.#machine = machine;
    this.#whereabouts =
      tree.misplaced.length === 0 ? [] : tree.functions.map((fn) => whereaboutsOf(machine.topology, fn));
  }

  #host(provider: number, client: number): number {
    return this.#hostType[provider * this.#hostBridges + client] ?? UNKNOWN;
  }

  fill(row: number, cells: Uint16Array, offset: number): void {
    const { parent, redirect } = this.#tree;
    const carried = redirect[row] ?? REDIRECT_NO;
    cells.set(this.#seenFromBelow(parent[row] ?? -1, carried, row).cells, offset);
    this.#fillSubtree(row, carried, 0, cells, offset);
    this.#blankUncertain(row, cells, offset);
  }

  /** The row of a provider just below `bridge` (-1: on a root bus), right but for the provider's own subtree. */
  #seenFromBelow(bridge: number, carried: number, provider: number): PassedOn {
    if (bridge < 0) return this.#seenFromRootBus(this.#tree.hostBridge[provider] ?? 0);
    const { parent, depth, redirect } = this.#tree;
    const slot = (depth[bridge] ?? 0) * 3 + carried;
    const kept = this.#passedOn[slot] ?? passedOn(this.#tree.functions.length);
    this.#passedOn[slot] = kept;
    if (kept.of === bridge) return kept;
    const up = Math.max(carried, redirect[bridge] ?? REDIRECT_NO);
    const above = this.#seenFromBelow(parent[bridge] ?? -1, up, bridge);
    // One hop further in every cell, two cells at a time.
    const from = above.pairs;
    const to = kept.pairs;
    for (let i = 0; i < to.length; i++) to[i] = (from[i] ?? 0) + 0x1_0001;
    this.#fillSubtree(bridge, up, 1, kept.cells, 0);
    kept.of = bridge;
    return kept;
  }

  #seenFromRootBus(hostBridge: number): PassedOn {
    const { depth, hostBridge: hostBridgeOf } = this.#tree;
    const row = this.#rootRow;
    if (row.of === hostBridge) return row;
    for (let c = 0; c < this.#tree.functions.length; c++) {
      row.cells[c] = this.#host(hostBridge, hostBridgeOf[c] ?? 0) + (depth[c] ?? 0) + 2;
    }
    row.of = hostBridge;
    return row;
  }

  /** The cells of `common`'s own subtree, seen from `hops` below it; `up` is the redirect state of the provider's side. */
  #fillSubtree(common: number, up: number, hops: number, cells: Uint16Array, offset: number): void {
    const { depth, end, deepestRedirect, deepestUnknown, hostBridge, uncertain } = this.#tree;
    const commonDepth = depth[common] ?? 0;
    const base = hops - commonDepth;
    const ofHostBridge = this.#redirectedType[hostBridge[common] ?? 0] ?? UNKNOWN;
    const redirected = (uncertain[common] === 1 ? this.#redirectedAnywhere : ofHostBridge) + base;
    const free = (up === REDIRECT_NO ? DIRECT : UNKNOWN) + base;
    const to = end[common] ?? common + 1;
    for (let c = common; c < to; c++) {
      let type = free;
      if (up === REDIRECT_YES || (deepestRedirect[c] ?? 0) > commonDepth) type = redirected;
      else if (this.#someUnknown && (deepestUnknown[c] ?? 0) > commonDepth) type = UNKNOWN + base;
      cells[offset + c] = type + (depth[c] ?? 0);
    }
  }

  /** What stands in or out of a subtree of no certain place meets the rest of the tree nobody knows where, or surely not. */
  #blankUncertain(row: number, cells: Uint16Array, offset: number): void {
    const { end, misplaced, functions } = this.#tree;
    for (const top of misplaced) {
      const past = end[top] ?? top + 1;
      if (row < top || row >= past) this.#blank(row, top, past, cells, offset);
      else {
        this.#blank(row, 0, top, cells, offset);
        this.#blank(row, past, functions.length, cells, offset);
      }
    }
  }

  #blank(row: number, from: number, past: number, cells: Uint16Array, offset: number): void {
    const own = this.#whereabouts[row];
    for (let c = from; c < past; c++) {
      const other = this.#whereabouts[c];
      cells[offset + c] = areApart(own, other) ? this.#open(own?.hostBridge, other?.hostBridge) : UNKNOWN;
    }
  }

  /** Cell of two functions that share no bridge; the hops are not known. */
  #open(provider: HostBridge | undefined, client: HostBridge | undefined): number {
    if (provider !== undefined && client !== undefined) return this.#host(provider.index, client.index) | HOPS;
    const at = (provider ?? client)?.index ?? -1;
    const kept = this.#openTypes[at + 1];
    if (kept !== undefined) return kept;
    const type = hostCellType(this.#machine, provider, client) | HOPS;
    this.#openTypes[at + 1] = type;
    return type;
  }

  /** Cell types through one host bridge that is known, by its index + 1, and one that is not. */
  readonly #openTypes: number[] = [];
}

/** A row kept for reuse: cells, and the same memory two cells a word. `of` is the bridge (or host bridge) it is of. */
interface PassedOn {
  of: number;
  readonly cells: Uint16Array;
  readonly pairs: Uint32Array;
}

function passedOn(functions: number): PassedOn {
  const memory = new ArrayBuffer(4 * Math.ceil(functions / 2));
  return { of: -1, cells: new Uint16Array(memory, 0, functions), pairs: new Uint32Array(memory) };
}

function hostCellType(
  machine: P2pdmaMachine,
  provider: HostBridge | undefined,
  client: HostBridge | undefined,
): number {
  return hostType(hostBridgeRule(machine, provider, client));
}

function hostType({ allowed }: HostBridgeVerdict): number {
  if (allowed === 'unknown') return UNKNOWN;
  return allowed ? THROUGH : REFUSED;
}
