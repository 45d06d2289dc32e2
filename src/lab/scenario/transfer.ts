/** A device's DMA engine: requests of at most 4 KiB, each routed by what the hardware decides for its address. */
import { type RawText, rawText } from '../../base/index.ts';
import type { PciFunction } from '../../pci/index.ts';
import type { MissingFact, RequestKind, Route, RouteEnd, Router, StopReason } from '../../route/index.ts';

/** Bytes in a row that one decision holds for. */
export interface Landing {
  /** Address that the device sent. */
  readonly address: bigint;
  readonly length: bigint;
  readonly end: LandingEnd;
  /** Passed a host bridge on its way. */
  readonly viaHostBridge: boolean;
  /** The way of its first request; undefined where none was sent. */
  readonly route: Route | undefined;
}

/**
 * Why bytes do not arrive: the reasons of the fabric, a device that is not there or has its memory switched off, reads
 * whose data is lost on the way back, and accesses that a table has no address for.
 */
export type StopWord = StopReason | 'no-answer' | 'completion-lost' | 'beyond-table';

/** All of them. */
export const STOP_WORDS: readonly StopWord[] = [
  'not-sent',
  'malformed',
  'unsupported-request',
  'acs-violation',
  'iommu-fault',
  'master-abort',
  'root-complex',
  'conflict',
  'no-answer',
  'completion-lost',
  'beyond-table',
];

/** Where bytes come to rest. */
export type LandingEnd =
  | { readonly kind: 'function'; readonly fn: PciFunction; readonly bar: number; readonly offset: bigint }
  | { readonly kind: 'memory'; readonly phys: bigint; readonly name: RawText }
  | { readonly kind: 'interrupt' }
  | { readonly kind: 'stopped'; readonly reason: StopWord; readonly why: string }
  | { readonly kind: 'unknown'; readonly missing: readonly MissingFact[] };

/** What the engine is asked to do. */
export interface DmaRequest {
  readonly requester: PciFunction;
  readonly kind: RequestKind;
  readonly address: bigint;
  readonly length: bigint;
}

/** Does a function answer requests to its memory now? */
export type Answers = (fn: PciFunction) => boolean;

const PACKET = 0x1000n;

/** Requests of at most 4 KiB that an access takes: none crosses a 4 KiB border. */
export function packetsOf(address: bigint, length: bigint): bigint {
  return length === 0n ? 0n : (address + length - 1n) / PACKET - address / PACKET + 1n;
}

/** Sends the requests of an access, in order. Requests with one decision are sent as one run. */
export function* sendRequests(router: Router, answers: Answers, request: DmaRequest): Generator<Landing> {
  const { requester, kind } = request;
  let { address, length: left } = request;
  while (left > 0n) {
    if (address >> 64n !== 0n) {
      const end: LandingEnd = { kind: 'stopped', reason: 'malformed', why: 'the address passes 2^64' };
      yield { address, length: left, end, viaHostBridge: false, route: undefined };
      return;
    }
    const { range } = router.decide({ requester, kind, addressType: 'untranslated' }, address);
    const length = runLength(address, left, range.end);
    const first = length < packetLength(address, left) ? length : packetLength(address, left);
    const route = router.route({ requester, kind, address, length: Number(first) });
    const viaHostBridge = route.hops.some(({ at }) => at.kind === 'host-bridge');
    yield { address, length, end: landingEnd(route, answers), viaHostBridge, route };
    address += length;
    left -= length;
  }
}

/** Whole requests that lie within the decision, or the one request that crosses its end. */
function runLength(address: bigint, left: bigint, end: bigint): bigint {
  if (address + left <= end) return left;
  const whole = end - (end % PACKET);
  return whole > address ? whole - address : packetLength(address, left);
}

function packetLength(address: bigint, left: bigint): bigint {
  const room = PACKET - (address % PACKET);
  return room < left ? room : left;
}

function landingEnd({ end, completion }: Route, answers: Answers): LandingEnd {
  const landed = requestEnd(end, answers);
  if (landed.kind === 'stopped' || landed.kind === 'unknown' || completion === undefined) return landed;
  if (completion.end.kind === 'returned') return landed;
  if (completion.end.kind === 'unknown') return { kind: 'unknown', missing: completion.end.missing };
  return { kind: 'stopped', reason: 'completion-lost', why: 'the completions do not come back' };
}

function requestEnd(end: RouteEnd, answers: Answers): LandingEnd {
  switch (end.kind) {
    case 'function':
      if (answers(end.fn)) return { kind: 'function', fn: end.fn, bar: end.bar, offset: end.offset };
      return { kind: 'stopped', reason: 'no-answer', why: 'the device does not answer' };
    case 'ram':
      return { kind: 'memory', phys: end.phys, name: rawText('System RAM') };
    case 'reserved':
      return { kind: 'memory', phys: end.phys, name: end.name };
    case 'stopped':
      return { kind: 'stopped', reason: end.reason, why: end.rule };
    case 'unknown':
      return { kind: 'unknown', missing: end.missing };
    case 'msi':
    case 'returned':
      return { kind: 'interrupt' };
  }
}
