/** The requests of a recording, from their text. Numbers are hexadecimal unless said otherwise. */
import { u64 } from '../src/base/index.ts';
import type { HostBridgeIds } from '../src/p2pdma/index.ts';
import { type Bdf, type DmaDirection, parseBdf } from '../src/uapi/index.ts';

/** Ids that the first functions of the root buses show for one call: the provider's, the other one's. */
export type HostIds = readonly [HostBridgeIds, HostBridgeIds] | undefined;

/** One request. */
export type Request =
  | {
      readonly kind: 'dist';
      readonly provider: Bdf;
      readonly client: Bdf;
      readonly hostId: string;
      readonly ids: HostIds;
    }
  | MapRequest
  | { readonly kind: 'free'; readonly slot: number }
  | { readonly kind: 'mask'; readonly dev: Bdf; readonly bits: number }
  | { readonly kind: 'acs'; readonly dev: Bdf }
  | { readonly kind: 'groups' }
  | { readonly kind: 'resv'; readonly dev: Bdf }
  | { readonly kind: 'provider'; readonly dev: Bdf; readonly bar: number }
  | { readonly kind: 'wait'; readonly ms: number }
  | {
      readonly kind: 'sweep';
      readonly provider: Bdf;
      readonly client: Bdf;
      readonly fixed: 'vendor' | 'device';
      readonly value: number;
    };

/** `map PROVIDER BAR IMPORTER BUSOFF HOSTID DIR OPTS [RANGE ...]` */
export interface MapRequest {
  readonly kind: 'map';
  readonly provider: Bdf;
  readonly bar: number;
  readonly importer: Bdf;
  /** Added to the provider's bus offset, modulo 2^64. */
  readonly busOffset: bigint;
  readonly hostId: string;
  readonly ids: HostIds;
  readonly dir: DmaDirection;
  /** The size argument; undefined: the sum of the lengths. */
  readonly size: bigint | undefined;
  /** The slot that keeps the mapping alive; -1: none. */
  readonly keep: number;
  /** With the start of the BAR still to be added where `inBar`. */
  readonly ranges: readonly RequestedRange[];
}

/** `PADDR:LEN`, or `count` of them `stride` apart. */
export interface RequestedRange {
  readonly inBar: boolean;
  readonly start: bigint;
  readonly len: bigint;
  readonly count: number;
  readonly stride: bigint;
}

/** Kinds of requests that the replay knows. */
export const REQUEST_KINDS: readonly Request['kind'][] = [
  'dist',
  'map',
  'free',
  'mask',
  'acs',
  'groups',
  'resv',
  'provider',
  'wait',
  'sweep',
];

/** Reads a request; undefined when it is none that the replay knows. */
export function parseRequest(text: string): Request | undefined {
  const words = text.split(' ').filter((word) => word !== '');
  const [kind, a = '', b = '', c = '', d = ''] = words;
  const devA = parseBdf(a);
  const devB = parseBdf(b);
  if (kind === 'groups') return { kind };
  if (kind === 'free') return { kind, slot: Number(a) };
  if (kind === 'wait') return { kind, ms: Number(a) };
  if (devA === undefined) return undefined;
  if (kind === 'mask') return { kind, dev: devA, bits: Number(b) };
  if (kind === 'acs' || kind === 'resv') return { kind, dev: devA };
  if (kind === 'provider') return { kind, dev: devA, bar: Number(b) };
  if (kind === 'map') return parseMap(words);
  if (devB === undefined) return undefined;
  if (kind === 'dist') return { kind, provider: devA, client: devB, hostId: c, ids: parseHostIds(c) };
  if (kind === 'sweep' && (c === 'vendor' || c === 'device')) {
    return { kind, provider: devA, client: devB, fixed: c, value: Number.parseInt(d, 16) };
  }
  return undefined;
}

function parseMap(words: readonly string[]): MapRequest | undefined {
  const [, providerText = '', bar, importerText = '', busOffset = '', hostId = '', dir, opts = '', ...ranges] = words;
  const provider = parseBdf(providerText);
  const importer = parseBdf(importerText);
  if (provider === undefined || importer === undefined) return undefined;
  const options = new Map(
    opts.split(',').map((opt) => [opt.slice(0, opt.indexOf('=')), opt.slice(opt.indexOf('=') + 1)]),
  );
  const size = options.get('size');
  const keep = options.get('keep');
  return {
    kind: 'map',
    provider,
    bar: Number(bar),
    importer,
    busOffset: u64(hexNumber(busOffset)),
    hostId,
    ids: parseHostIds(hostId),
    dir: Number(dir) as DmaDirection,
    size: size === undefined ? undefined : hexNumber(size),
    keep: keep === undefined ? -1 : Number(keep),
    ranges: ranges.map(parseRange),
  };
}

function parseRange(text: string): RequestedRange {
  const parts = text.startsWith('rep,') ? text.split(',').slice(1) : ['1', '0', ...text.split(':')];
  const [count = '', stride = '', start = '', len = ''] = parts;
  const inBar = start.startsWith('+');
  return {
    inBar,
    start: hexNumber(inBar ? start.slice(1) : start),
    len: hexNumber(len),
    count: Number(count),
    stride: hexNumber(stride),
  };
}

function parseHostIds(text: string): HostIds {
  if (text === '-' || text === '') return undefined;
  const [first = '', second = first] = text.split('/');
  return [parseIds(first), parseIds(second)];
}

function parseIds(text: string): HostBridgeIds {
  const [vendor = '', device = ''] = text.split(':');
  return { vendor: Number.parseInt(vendor, 16), device: Number.parseInt(device, 16) };
}

function hexNumber(text: string): bigint {
  return BigInt(`0x${text}`);
}
