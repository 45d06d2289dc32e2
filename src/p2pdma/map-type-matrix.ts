/** Map type and distance of all ordered pairs, two bytes a pair, in time that does not depend on the depth of the tree. */
import type { PciFunction } from '../pci/index.ts';
import type { MapType } from '../uapi/index.ts';
import { switchedOff } from './calc-map-type-and-dist.ts';
import { hostBridgeRule } from './host-bridge-rule.ts';
import { p2pdmaRules } from './kernel-rules.ts';
import type { P2pdmaMachine } from './p2pdma-machine.ts';
import { buildPreorder, type Preorder, REDIRECT_NO, REDIRECT_YES } from './preorder.ts';

/**
 * All ordered pairs. Rows are providers, columns clients, both in the order of `functions` (a bridge comes before
 * what is below it). A cell holds the map type in bits 15:14 and the hops in bits 13:0.
 */
export interface MapTypeMatrix {
  readonly functions: readonly PciFunction[];
  /** Row and column by `PciFunction.index`. */
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
  if (cell >> 14 === 0) return undefined;
  return (cell & 0xc000) === REFUSED ? -1 : cell & HOPS;
}

/** The cell of a pair. */
export function matrixCell(matrix: MapTypeMatrix, provider: PciFunction, client: PciFunction): number {
  const row = matrix.position[provider.index] ?? 0;
  const column = matrix.position[client.index] ?? 0;
  return matrix.cells[row * matrix.functions.length + column] ?? 0;
}

/** Computes all pairs: the same answers as `calcMapTypeAndDist` for each. */
export function mapTypeMatrix(machine: P2pdmaMachine): MapTypeMatrix {
  const { functions, position, fillRow } = mapTypeRows(machine);
  const n = functions.length;
  const cells = new Uint16Array(n * n);
  for (let row = 0; row < n; row++) fillRow(row, cells, row * n);
  return { functions, position, cells };
}

/** Prepares what rows share; memory grows with the number of functions, not of pairs. */
export function mapTypeRows(machine: P2pdmaMachine): MapTypeRows {
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
 * Fills a row by climbing from the provider: each bridge on the way is the common one for what lies below it and was
 * not below the one before, so every cell is written once.
 */
class RowFiller {
  readonly #tree: Preorder;
  readonly #uncertain: readonly number[];
  readonly #someUnknown: boolean;
  readonly #hostBridges: number;
  /** Cell type of traffic through two host bridges, by index * count + index. */
  readonly #hostType: Uint16Array;
  /** Cell type of a redirected path within one host bridge. */
  readonly #redirectedType: Uint16Array;
  /** Runs of positions with one host bridge. */
  readonly #runs: { readonly hostBridge: number; readonly start: number; end: number }[] = [];

  constructor(tree: Preorder, machine: P2pdmaMachine) {
    this.#tree = tree;
    this.#uncertain = tree.functions.flatMap((_, at) => (tree.uncertain[at] === 1 ? [at] : []));
    this.#someUnknown = tree.deepestUnknown.some((depth) => depth >= 0);
    const { hostBridges } = machine.topology;
    this.#hostBridges = hostBridges.length;
    this.#hostType = Uint16Array.from(
      hostBridges.flatMap((provider) => hostBridges.map((client) => hostCellType(machine, provider, client))),
    );
    const asks = p2pdmaRules(machine.kernel).redirectAsksHostBridge;
    this.#redirectedType = Uint16Array.from(hostBridges, (_, h) => (asks ? this.#host(h, h) : REFUSED));
    for (let at = 0; at < tree.functions.length; at++) {
      const hostBridge = tree.hostBridge[at] ?? 0;
      const last = this.#runs.at(-1);
      if (last?.hostBridge === hostBridge) last.end = at + 1;
      else this.#runs.push({ hostBridge, start: at, end: at + 1 });
    }
  }

  #host(provider: number, client: number): number {
    return this.#hostType[provider * this.#hostBridges + client] ?? UNKNOWN;
  }

  fill(row: number, cells: Uint16Array, offset: number): void {
    const { parent, end, redirect } = this.#tree;
    let up = REDIRECT_NO;
    let low = row;
    let high = row;
    for (let common = row; common >= 0; common = parent[common] ?? -1) {
      up = Math.max(up, redirect[common] ?? REDIRECT_NO);
      const commonEnd = end[common] ?? common + 1;
      this.#fillBelow(row, common, up, cells, offset, common, low);
      this.#fillBelow(row, common, up, cells, offset, high, commonEnd);
      low = common;
      high = commonEnd;
    }
    this.#fillOutside(row, cells, offset, low, high);
    this.#blankUncertain(row, cells, offset);
  }

  /** Cells [from, to) whose paths meet in `common`; `up` is the redirect state of the provider's side. */
  #fillBelow(
    row: number,
    common: number,
    up: number,
    cells: Uint16Array,
    offset: number,
    from: number,
    to: number,
  ): void {
    const { depth, deepestRedirect, deepestUnknown, hostBridge } = this.#tree;
    const commonDepth = depth[common] ?? 0;
    const base = (depth[row] ?? 0) - 2 * commonDepth;
    const redirected = (this.#redirectedType[hostBridge[row] ?? 0] ?? UNKNOWN) + base;
    const direct = DIRECT + base;
    if (up === REDIRECT_YES) {
      for (let c = from; c < to; c++) cells[offset + c] = redirected + (depth[c] ?? 0);
    } else if (up === REDIRECT_NO && !this.#someUnknown) {
      for (let c = from; c < to; c++) {
        cells[offset + c] = ((deepestRedirect[c] ?? 0) > commonDepth ? redirected : direct) + (depth[c] ?? 0);
      }
    } else {
      const free = up === REDIRECT_NO ? direct : UNKNOWN + base;
      for (let c = from; c < to; c++) {
        const type = (deepestUnknown[c] ?? 0) > commonDepth ? UNKNOWN + base : free;
        cells[offset + c] = ((deepestRedirect[c] ?? 0) > commonDepth ? redirected : type) + (depth[c] ?? 0);
      }
    }
  }

  /** Cells outside [low, high), the provider's own root port: the host bridges decide. */
  #fillOutside(row: number, cells: Uint16Array, offset: number, low: number, high: number): void {
    const { depth, hostBridge } = this.#tree;
    for (const run of this.#runs) {
      const base = this.#host(hostBridge[row] ?? 0, run.hostBridge) + (depth[row] ?? 0) + 2;
      for (let c = run.start; c < Math.min(run.end, low); c++) cells[offset + c] = base + (depth[c] ?? 0);
      for (let c = Math.max(run.start, high); c < run.end; c++) cells[offset + c] = base + (depth[c] ?? 0);
    }
  }

  #blankUncertain(row: number, cells: Uint16Array, offset: number): void {
    const own = cells[offset + row] ?? UNKNOWN;
    if (this.#tree.uncertain[row] === 1) cells.fill(UNKNOWN, offset, offset + this.#tree.functions.length);
    else for (const c of this.#uncertain) cells[offset + c] = UNKNOWN;
    cells[offset + row] = own;
  }
}

function hostCellType(
  machine: P2pdmaMachine,
  provider: PciFunction['hostBridge'],
  client: PciFunction['hostBridge'],
): number {
  const { allowed } = hostBridgeRule(machine, provider, client);
  if (allowed === 'unknown') return UNKNOWN;
  return allowed ? THROUGH : REFUSED;
}
