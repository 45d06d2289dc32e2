/**
 * Proof that a scatter-gather table reaches what it stands for: every byte of the physical ranges, once, in order, in
 * the memory of their owner. Runs of addresses with one decision are proved at once.
 */
import { hex } from '../base/index.ts';
import type { PciFunction } from '../pci/index.ts';
import { PhysVecArray, SgTable } from '../scatterlist/index.ts';
import type { Held } from './interval-cache.ts';
import type { AddressType, RequestKind, Route, RouteEnd } from './route-value.ts';
import type { Router, Sender } from './router.ts';
import { ADDRESS_END } from './span.ts';
import { type Leaf, shiftEnd } from './walk.ts';

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
  if (table instanceof SgTable) {
    for (let entry = 0; entry < table.nents && proof.goesOn; entry++) {
      const [hi = 0, lo = 0, length = 0] = [table.addrHi[entry], table.addrLo[entry], table.dmaLen[entry]];
      if (!proof.takeSmall(entry, hi * 0x1_0000_0000 + lo, length)) {
        proof.take(entry, table.dmaAddressBits(entry), BigInt(length));
      }
    }
    return proof.finish(table.nents);
  }
  for (let entry = 0; entry < table.length && proof.goesOn; entry++) {
    const run = table[entry];
    if (run !== undefined) proof.take(entry, run[0], run[1]);
  }
  return proof.finish(table.length);
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
  #smallBytes = 0;
  #runs = 0;
  /** The last decision, good for the addresses of its range. */
  #held: Held<Leaf> | undefined;
  /** The same in exact numbers, where it has been proved good: addresses, and physical minus DMA address. */
  #small = { start: 0, end: 0, shift: 0 };

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

  /** An entry that lies in the last decision and in one range, in plain numbers; false where that cannot be told. */
  takeSmall(entry: number, address: number, length: number): boolean {
    const { start, end, shift } = this.#small;
    if (address < start || address + length > end || length === 0) return false;
    if (!this.#ranges.takeSmall(address + shift, length)) return false;
    if (entry >= 0) this.#runs++;
    this.#smallBytes += length;
    return true;
  }

  take(entry: number, first: bigint, length: bigint): void {
    let address = first;
    for (let left = length; left > 0n && this.goesOn; ) {
      const { ranges } = { ranges: this.#ranges };
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
    const bytes = this.#bytes + BigInt(this.#smallBytes);
    return { proved: true, bytes, runs: this.#runs, routes: [...this.#routes.values()] };
  }

  #decisionAt(address: bigint): Held<Leaf> {
    const held = this.#held;
    if (held !== undefined && address >= held.range.start && address < held.range.end) return held;
    this.#small = { start: 0, end: 0, shift: 0 };
    this.#held = this.#router.decide(this.#sender, address);
    return this.#held;
  }

  #check(entry: number, address: bigint, held: Held<Leaf>): void {
    const expected = this.#ranges.address;
    const end = shiftEnd(held.value.end, address - held.base);
    const problem = this.#problemOf(end, expected);
    if (problem !== undefined) {
      this.#refute(problem, entry, address, expected, end);
      return;
    }
    if (end.kind !== 'function') return;
    const key = `${end.fn.bdf}/${end.bar}`;
    if (!this.#routes.has(key)) {
      const route = this.#router.route({ ...this.#sender, address });
      this.#routes.set(key, route);
    }
    const completion = this.#routes.get(key)?.completion?.end;
    if (completion !== undefined && completion.kind !== 'returned') {
      this.#refute('completion-lost', entry, address, expected, completion);
      return;
    }
    this.#rememberSmall(held, end.phys - address);
  }

  #problemOf(end: RouteEnd, expected: bigint): CounterexampleProblem | undefined {
    if (end.kind === 'unknown' || end.kind === 'stopped') return end.kind;
    if (end.kind === 'msi' || end.kind === 'returned' || end.phys !== expected) return 'elsewhere';
    const { owner } = this.#request;
    if (end.kind !== 'function') return owner === undefined ? undefined : 'not-owner';
    return owner === undefined || end.fn === owner ? undefined : 'not-owner';
  }

  #rememberSmall({ range }: Held<Leaf>, shift: bigint): void {
    const end = least(range.end, EXACT, EXACT - shift);
    if (range.start + shift < 0n || end <= range.start) return;
    this.#small = { start: Number(range.start), end: Number(end), shift: Number(shift) };
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

/** Numbers up to here are exact. */
const EXACT: bigint = 1n << 53n;

function least(...values: readonly [bigint, ...bigint[]]): bigint {
  let [result] = values;
  for (const value of values) if (value < result) result = value;
  return result;
}

/** A place in the physical ranges. */
class RangeCursor {
  readonly #ranges: PhysVecArray | readonly AddressRun[];
  #index = -1;
  #address = 0n;
  #left = 0n;
  /** The same in numbers while they are exact; NaN compares false. */
  #smallAddress = Number.NaN;
  #smallLeft = 0;

  constructor(ranges: PhysVecArray | readonly AddressRun[]) {
    this.#ranges = ranges;
  }

  /** CPU physical address of the next byte. */
  get address(): bigint {
    return this.#address + BigInt(this.#taken);
  }

  /** Bytes left in this range. */
  get left(): bigint {
    return this.#left - BigInt(this.#taken);
  }

  /** Bytes taken by {@link takeSmall} and not yet by {@link advance}. */
  get #taken(): number {
    return this.#startLeft - this.#smallLeft;
  }
  #startLeft = 0;

  /** Stands at a byte, in the next range if this one is used up; false past the last. */
  seek(): boolean {
    while (this.left === 0n) {
      this.#index++;
      if (this.#index >= this.#ranges.length) {
        this.#index = this.#ranges.length;
        return false;
      }
      const [address, length] = this.#rangeAt(this.#index);
      this.#stand(address, length);
    }
    return true;
  }

  /** Takes bytes that {@link left} allows. */
  advance(bytes: bigint): void {
    this.#stand(this.address + bytes, this.left - bytes);
  }

  /** Takes `length` bytes if the next byte is `phys` and they lie in one range. */
  takeSmall(phys: number, length: number): boolean {
    if (this.#smallLeft === 0) this.#nextSmall();
    if (this.#smallAddress !== phys || length > this.#smallLeft) return false;
    this.#smallAddress += length;
    this.#smallLeft -= length;
    return true;
  }

  /** The next range in numbers, if there is one and it fits. */
  #nextSmall(): void {
    const ranges = this.#ranges;
    const next = this.#index + 1;
    if (this.#left !== BigInt(this.#startLeft) || !(ranges instanceof PhysVecArray) || next >= ranges.length) return;
    const [lo = 0, hi = 0] = [ranges.paddrLo[next], ranges.paddrHi[next]];
    const [lenLo = 0, lenHi = 0] = [ranges.lenLo[next], ranges.lenHi[next]];
    if (hi >= 0x10_0000 || lenHi >= 0x10_0000) return;
    this.#index = next;
    this.#smallAddress = hi * 0x1_0000_0000 + lo;
    this.#smallLeft = lenHi * 0x1_0000_0000 + lenLo;
    this.#startLeft = this.#smallLeft;
    this.#address = BigInt(this.#smallAddress);
    this.#left = BigInt(this.#smallLeft);
  }

  #stand(address: bigint, length: bigint): void {
    this.#address = address;
    this.#left = length;
    const exact = address < EXACT && length < EXACT;
    this.#smallAddress = exact ? Number(address) : Number.NaN;
    this.#smallLeft = exact ? Number(length) : 0;
    this.#startLeft = this.#smallLeft;
  }

  #rangeAt(index: number): AddressRun {
    if (this.#ranges instanceof PhysVecArray) {
      const { paddr, len } = this.#ranges.at(index);
      return [paddr, len];
    }
    return this.#ranges[index] ?? [0n, 0n];
  }
}
