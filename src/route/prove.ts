/**
 * Proof that a scatter-gather table reaches what it stands for: every byte of the physical ranges, once, in order, in
 * the memory of their owner. Runs of addresses with one decision are proved at once.
 */
import { joinAt } from '../base/index.ts';
import type { PciFunction } from '../pci/index.ts';
import { PhysVecArray, SgTable } from '../scatterlist/index.ts';
import type { Held } from './interval-cache.ts';
import type { AddressType, ReachedFunction, RequestKind, Route, RouteEnd } from './route-value.ts';
import type { Router } from './router.ts';
import type { Sender } from './sender-routes.ts';
import { type Leaf, shiftEnd } from './settle.ts';
import { ADDRESS_END } from './span.ts';

/** One entry or range: address and bytes. */
export type AddressRun = readonly [address: bigint, length: bigint];

/** What is to be proved. */
export interface ProofRequest {
  readonly requester: PciFunction;
  readonly kind: RequestKind;
  /** Default `untranslated`. */
  readonly addressType?: AddressType;
  /** The DMA side. Entries of length 0 stand for nothing. */
  readonly table: SgTable | readonly AddressRun[];
  /** CPU physical ranges the entries must reach, in order. Each byte must stand in them once. */
  readonly ranges: PhysVecArray | readonly AddressRun[];
  /** The function whose BARs hold the ranges; undefined: any function may. */
  readonly owner?: PciFunction;
  /** Default 8. */
  readonly maxCounterexamples?: number;
}

/** The outcome of a proof. */
export type TableProof =
  | {
      readonly proved: true;
      readonly bytes: bigint;
      /** Runs of addresses with one decision each. */
      readonly runs: number;
      /** One route for every BAR reached. */
      readonly routes: readonly Route[];
    }
  | { readonly proved: false; readonly counterexamples: readonly Counterexample[] };

/** Why a run is not what it should be. */
export type CounterexampleProblem =
  | 'elsewhere'
  | 'not-owner'
  | 'stopped'
  | 'unknown'
  | 'completion-lost'
  | 'table-too-long'
  | 'table-too-short'
  | 'address-overflow';

/** The first byte of a run that does not do what it should. */
export interface Counterexample {
  readonly problem: CounterexampleProblem;
  /** Index of the entry; the number of entries where the table is too short. */
  readonly entry: number;
  readonly address: bigint;
  /** CPU physical address the byte should reach; undefined past the end of the ranges. */
  readonly expected: bigint | undefined;
  /** What it reaches; undefined where nothing was sent. */
  readonly reached: RouteEnd | undefined;
}

/** Proves a table, or gives the first runs that are wrong. */
export function proveTable(router: Router, request: ProofRequest): TableProof {
  const proof = new TableWalk(router, request);
  const { table } = request;
  const entries = table instanceof SgTable ? table.nents : table.length;
  for (let entry = 0; entry < entries && proof.goesOn; entry++) {
    if (table instanceof SgTable)
      proof.take(entry, joinAt(table.addrHi, table.addrLo, entry), BigInt(table.dmaLen[entry] ?? 0));
    else proof.take(entry, ...(table[entry] ?? [0n, 0n]));
  }
  return proof.finish(entries);
}

/** Walks entries and ranges side by side. */
class TableWalk {
  readonly #router: Router;
  readonly #request: ProofRequest;
  readonly #sender: Sender;
  readonly #ranges: RangeCursor;
  readonly #counterexamples: Counterexample[] = [];
  readonly #routes = new Map<string, Route>();
  #bytes = 0n;
  #runs = 0;
  /** The last decision, good for the addresses of its range. */
  #held: Held<Leaf> | undefined;
  /** A decision that reaches the owner, and whose completions return: only its addresses are still to be compared. */
  #good: Leaf | undefined;

  constructor(router: Router, request: ProofRequest) {
    const { requester, kind, addressType = 'untranslated' } = request;
    this.#router = router;
    this.#request = request;
    this.#sender = { requester, kind, addressType };
    this.#ranges = new RangeCursor(request.ranges);
  }

  /** False when there are enough counterexamples. */
  get goesOn(): boolean {
    return this.#counterexamples.length < (this.#request.maxCounterexamples ?? 8);
  }

  take(entry: number, first: bigint, length: bigint): void {
    const ranges = this.#ranges;
    let address = first;
    for (let left = length; left > 0n && this.goesOn; ) {
      if (!ranges.seek()) {
        this.#refute('table-too-long', entry, address, undefined, undefined);
        return;
      }
      if (address >= ADDRESS_END) {
        this.#refute('address-overflow', entry, address, ranges.address, undefined);
        return;
      }
      const held = this.#decisionAt(address);
      const bytes = least(left, held.range.end - address, ranges.left);
      this.#check(entry, address, held);
      ranges.advance(bytes);
      address += bytes;
      left -= bytes;
      this.#bytes += bytes;
      this.#runs++;
    }
  }

  finish(entries: number): TableProof {
    if (this.goesOn && this.#ranges.seek()) {
      this.#refute('table-too-short', entries, 0n, this.#ranges.address, undefined);
    }
    if (this.#counterexamples.length > 0) return { proved: false, counterexamples: this.#counterexamples };
    return { proved: true, bytes: this.#bytes, runs: this.#runs, routes: [...this.#routes.values()] };
  }

  #decisionAt(address: bigint): Held<Leaf> {
    const held = this.#held;
    if (held !== undefined && address >= held.range.start && address < held.range.end) return held;
    this.#held = this.#router.decide(this.#sender, address);
    return this.#held;
  }

  #check(entry: number, address: bigint, { base, value }: Held<Leaf>): void {
    const expected = this.#ranges.address;
    const { end } = value;
    if (value === this.#good && end.kind === 'function' && end.phys + (address - base) === expected) return;
    const reached = shiftEnd(end, address - base);
    const problem = this.#problemOf(reached, expected);
    if (problem !== undefined) this.#refute(problem, entry, address, expected, reached);
    else if (reached.kind === 'function' && this.#completes(entry, address, expected, reached)) this.#good = value;
  }

  /** Takes one route of every BAR into the record; a read is of use only if its completions return. */
  #completes(entry: number, address: bigint, expected: bigint, { fn, bar }: ReachedFunction): boolean {
    const key = `${fn.bdf}/${bar}`;
    const route = this.#routes.get(key) ?? this.#router.route({ ...this.#sender, address });
    this.#routes.set(key, route);
    const completion = route.completion?.end;
    if (completion === undefined || completion.kind === 'returned') return true;
    this.#refute('completion-lost', entry, address, expected, completion);
    return false;
  }

  #problemOf(end: RouteEnd, expected: bigint): CounterexampleProblem | undefined {
    if (end.kind === 'unknown' || end.kind === 'stopped') return end.kind;
    if (end.kind === 'msi' || end.kind === 'returned' || end.phys !== expected) return 'elsewhere';
    const { owner } = this.#request;
    if (end.kind !== 'function') return owner === undefined ? undefined : 'not-owner';
    return owner === undefined || end.fn === owner ? undefined : 'not-owner';
  }

  #refute(
    problem: CounterexampleProblem,
    entry: number,
    address: bigint,
    expected: bigint | undefined,
    reached: RouteEnd | undefined,
  ): void {
    this.#counterexamples.push({ problem, entry, address, expected, reached });
  }
}

function least(a: bigint, b: bigint, c: bigint): bigint {
  const ab = a < b ? a : b;
  return ab < c ? ab : c;
}

/** A place in the physical ranges. */
class RangeCursor {
  readonly #ranges: PhysVecArray | readonly AddressRun[];
  #index = -1;
  /** CPU physical address of the next byte. */
  address = 0n;
  /** Bytes left in this range. */
  left = 0n;

  constructor(ranges: PhysVecArray | readonly AddressRun[]) {
    this.#ranges = ranges;
  }

  /** Stands at a byte, in the next range if this one is used up; false past the last. */
  seek(): boolean {
    while (this.left === 0n) {
      if (this.#index + 1 >= this.#ranges.length) return false;
      this.#index++;
      [this.address, this.left] = this.#rangeAt(this.#index);
    }
    return true;
  }

  /** Takes bytes that {@link left} allows. */
  advance(bytes: bigint): void {
    this.address += bytes;
    this.left -= bytes;
  }

  #rangeAt(index: number): AddressRun {
    const ranges = this.#ranges;
    if (!(ranges instanceof PhysVecArray)) return ranges[index] ?? [0n, 0n];
    return [joinAt(ranges.paddrHi, ranges.paddrLo, index), joinAt(ranges.lenHi, ranges.lenLo, index)];
  }
}
