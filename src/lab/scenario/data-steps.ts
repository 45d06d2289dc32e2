/** Steps that move bytes: by an importer's DMA engine, or by the processor. */
import { Xxh32 } from '../../base/index.ts';
import type { PciFunction } from '../../pci/index.ts';
import { bytesSource, type DataSource, patternSource } from './data-source.ts';
import type { LabBytes, LabTransfer, StepOutcome } from './events.ts';
import type { Lab } from './lab.ts';
import type { CpuStep, Data } from './scenario.ts';
import { type DmaRequest, type Landing, packetsOf, sendRequests } from './transfer.ts';

/** A stretch of addresses that a device sends requests to. */
type Stretch = readonly [address: bigint, length: bigint];

/** What moving bytes came to. */
export interface MoveResult {
  readonly outcome: StepOutcome;
  readonly transfer?: LabTransfer;
  readonly bytes?: LabBytes;
}

/** The bytes of a step as a stream. */
export function sourceOf(data: Data): DataSource {
  return 'seed' in data ? patternSource(data.seed) : bytesSource(data.bytes);
}

/** Bytes `offset` to `offset + length` of a mapping, by its entries in order; shorter where the table ends. */
export function stretchesOf(entries: readonly Stretch[], offset: bigint, length: bigint): Stretch[] {
  const stretches: Stretch[] = [];
  let skip = offset;
  let left = length;
  for (const [address, size] of entries) {
    if (left === 0n) break;
    if (skip >= size) {
      skip -= size;
      continue;
    }
    const take = size - skip < left ? size - skip : left;
    stretches.push([address + skip, take]);
    skip = 0n;
    left -= take;
  }
  return stretches;
}

/** The device writes bytes of `source` to the addresses, or reads from them. */
export function moveBytes(
  lab: Lab,
  requester: PciFunction,
  kind: 'read' | 'write',
  stretches: readonly Stretch[],
  length: bigint,
  source: DataSource,
): MoveResult {
  const landings: Landing[] = [];
  const reader = new Reader(lab);
  let packets = 0n;
  let moved = 0n;
  if (lab.unplugged.has(requester)) return { outcome: { kind: 'stopped', why: 'not-sent: the device is not there' } };
  for (const [address, size] of stretches) {
    packets += packetsOf(address, size);
    const request: DmaRequest = { requester, kind, address, length: size };
    for (const landing of sendRequests(lab.machine.router, (fn) => lab.answers(fn), request)) {
      if (kind === 'write') land(lab, landing, source, moved);
      else reader.take(landing);
      joinLanding(landings, landing);
      moved += landing.length;
    }
  }
  const transfer: LabTransfer = { kind, requester, length, packets, landings };
  const outcome = outcomeOf(landings, moved, length);
  return kind === 'write' ? { outcome, transfer } : { outcome, transfer, bytes: reader.bytes(moved) };
}

function outcomeOf(landings: readonly Landing[], moved: bigint, length: bigint): StepOutcome {
  for (const { end } of landings) {
    if (end.kind === 'stopped') return { kind: 'stopped', why: `${end.reason}: ${end.why}` };
    if (end.kind === 'unknown') return { kind: 'unknown', why: end.missing.map(({ fact }) => fact).join(', ') };
  }
  return moved < length ? { kind: 'stopped', why: 'beyond-table: the table has no address for it' } : { kind: 'done' };
}

function land(lab: Lab, { end, length }: Landing, source: DataSource, from: bigint): void {
  if (end.kind === 'function') lab.memoryOf(end.fn, end.bar).write(end.offset, length, source, from);
  if (end.kind === 'memory') lab.ram.write(end.phys, length, source, from);
}

/** Entries that follow each other in one place count as one. */
function joinLanding(landings: Landing[], next: Landing): void {
  const last = landings.at(-1);
  const joins =
    last !== undefined &&
    last.address + last.length === next.address &&
    last.viaHostBridge === next.viaHostBridge &&
    follows(last, next);
  if (joins) landings[landings.length - 1] = { ...last, length: last.length + next.length };
  else landings.push(next);
}

function follows({ end, length }: Landing, { end: next }: Landing): boolean {
  if (end.kind === 'function' && next.kind === 'function') {
    return end.fn === next.fn && end.bar === next.bar && end.offset + length === next.offset;
  }
  if (end.kind === 'memory' && next.kind === 'memory') return end.phys + length === next.phys;
  return end.kind === 'stopped' && next.kind === 'stopped' && end.why === next.why;
}

const HEAD = 64;

/** What comes back: memory, or all ones where nothing answered. */
class Reader {
  readonly #lab: Lab;
  readonly #hash = new Xxh32();
  readonly #head = new Uint8Array(HEAD);
  #done = 0;

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  take({ end, length }: Landing): void {
    const head = this.#head.subarray(Math.min(this.#done, HEAD), Math.min(HEAD, this.#done + Number(length)));
    if (end.kind === 'function' || end.kind === 'memory') {
      const memory = end.kind === 'function' ? this.#lab.memoryOf(end.fn, end.bar) : this.#lab.ram;
      const offset = end.kind === 'function' ? end.offset : end.phys;
      memory.read(offset, head);
      memory.hashInto(this.#hash, offset, length, this.#lab.looked);
    } else {
      head.fill(0xff);
      hashSource(this.#hash, bytesSource(Uint8Array.of(0xff)), length, this.#lab.looked);
    }
    this.#done += Number(length);
  }

  bytes(length: bigint): LabBytes {
    return { head: this.#head.subarray(0, Math.min(HEAD, this.#done)), hash: this.#hash.digest(), length };
  }
}

/** The processor reads or writes a BAR. */
export function cpuStep(lab: Lab, fn: PciFunction, step: CpuStep): MoveResult {
  const { bar, offset, length } = step;
  if (!lab.answers(fn)) return { outcome: { kind: 'stopped', why: 'no-answer: the device does not answer' } };
  const cpu = fn.resources[bar]?.cpu ?? { start: 0n, end: 0n };
  if (offset + length > cpu.end - cpu.start) return { outcome: { kind: 'stopped', why: `not-sent: past BAR ${bar}` } };
  const memory = lab.memoryOf(fn, bar);
  if (step.action === 'poke') {
    memory.write(offset, length, sourceOf(step.data));
    return { outcome: { kind: 'done' } };
  }
  const head = new Uint8Array(Math.min(HEAD, Number(length)));
  memory.read(offset, head);
  return { outcome: { kind: 'done' }, bytes: { head, hash: memory.hash(offset, length), length } };
}

/** XXH32 of the first `length` bytes of a stream. `taken`: told of every piece, in bytes. */
export function hashOfSource(source: DataSource, length: bigint, taken: (bytes: number) => void): number {
  const hash = new Xxh32();
  hashSource(hash, source, length, taken);
  return hash.digest();
}

function hashSource(hash: Xxh32, source: DataSource, length: bigint, taken: (bytes: number) => void): void {
  const block = new Uint8Array(0x1_0000);
  for (let done = 0; done < Number(length); done += block.length) {
    const piece = block.subarray(0, Math.min(block.length, Number(length) - done));
    taken(piece.length);
    source.read(BigInt(done), piece);
    hash.update(piece);
  }
}
