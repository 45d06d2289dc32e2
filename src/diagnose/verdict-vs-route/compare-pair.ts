/** The verdict of a pair against the way of its packets. */
import { calcMapTypeAndDist, type P2pdmaMachine } from '../../p2pdma/index.ts';
import type { PciFunction } from '../../pci/index.ts';
import { type Hop, type RouteEnd, Router, type StopCause } from '../../route/index.ts';
import { IORESOURCE_MEM, IORESOURCE_UNSET, type MapType } from '../../uapi/index.ts';
import { type ComparedPair, KNOWN_DIFFERENCES, type Way } from './known-differences.ts';

/** Two views of one machine's packets. Enables are taken as set: a verdict does not depend on them. */
export interface PairRouters {
  /** The IOMMU stops all that reach it: "stopped there" means "left to the root complex". */
  readonly fabric: Router;
  /** The root complex passes everything on: what becomes of it, and of its completions, further on. */
  readonly through: Router;
}

/** The routers of a machine, through the registers that it has. */
export function pairRouters({ topology, acs }: Pick<P2pdmaMachine, 'topology' | 'acs'>): PairRouters {
  const common = { acs, commandRegister: 'assume-enabled' } as const;
  return {
    fabric: new Router(topology, { ...common, iommu: () => ({ mode: 'blocked' }), rootComplexP2P: 'none' }),
    through: new Router(topology, { ...common, iommu: () => ({ mode: 'off' }), rootComplexP2P: 'all' }),
  };
}

/** The first memory BAR with an address. */
export function peerBar(
  fn: PciFunction,
): { readonly index: number; readonly bus: bigint; readonly size: bigint } | undefined {
  for (const resource of fn.resources.slice(0, 6)) {
    if (resource === undefined || !(resource.flags & IORESOURCE_MEM) || resource.flags & IORESOURCE_UNSET) continue;
    const size = resource.bus.end - resource.bus.start;
    return { index: resource.index, bus: resource.bus.start, size };
  }
  return undefined;
}

const WAYS: Readonly<Record<MapType, readonly Way[]>> = {
  PCI_P2PDMA_MAP_BUS_ADDR: ['direct'],
  // Whether the root complex passes peer requests is the list's matter; no packet shows it.
  PCI_P2PDMA_MAP_THRU_HOST_BRIDGE: ['host'],
  PCI_P2PDMA_MAP_NOT_SUPPORTED: ['host', 'stopped'],
};

/** Both sides of one pair; undefined where the provider has no memory. */
export function comparePair(
  machine: P2pdmaMachine,
  routers: PairRouters,
  provider: PciFunction,
  client: PciFunction,
): ComparedPair | undefined {
  const bar = peerBar(provider);
  if (bar === undefined) return undefined;
  const verdict = calcMapTypeAndDist(machine, provider, client);
  const tlp = { requester: client, address: bar.bus, kind: 'read' } as const;
  const route = routers.fabric.route(tlp);
  const hardware = new Set<Way>();
  const stops = new Set<StopCause['rule']>();
  for (const end of leaves(route.end)) {
    const way = wayOf(end, provider, bar.index);
    if (way === 'stopped' && end.kind === 'stopped') stops.add(end.rule);
    if (way !== 'direct') hardware.add(way);
    else if (route.completion === undefined) hardware.add('direct').add('host');
    else for (const back of leaves(route.completion.end)) hardware.add(wayBack(back, route.completion.hops, stops));
  }
  if (hardware.has('host')) {
    const back = routers.through.route(tlp).completion;
    if (back?.end.kind === 'stopped') {
      hardware.delete('host');
      hardware.add(wayBack(back.end, back.hops, stops));
    }
  }
  return { verdict, kernel: new Set(verdict.candidates.flatMap((type) => WAYS[type])), hardware, stops };
}

/** The name of the known difference, `agree`, or a text for one that is not known. */
export function explainPair(pair: ComparedPair): string {
  if ([...pair.hardware].some((way) => pair.kernel.has(way))) return 'agree';
  const known = KNOWN_DIFFERENCES.find(({ explains }) => explains(pair));
  return known?.name ?? `not known: kernel ${[...pair.kernel]}, hardware ${[...pair.hardware]} (${[...pair.stops]})`;
}

function leaves(end: RouteEnd): readonly RouteEnd[] {
  return end.kind === 'unknown' ? end.alternatives : [end];
}

function wayOf(end: RouteEnd, provider: PciFunction, bar: number): Way {
  if (end.kind === 'function' && end.fn === provider && end.bar === bar) return 'direct';
  return end.kind === 'stopped' && end.reason === 'iommu-fault' ? 'host' : 'stopped';
}

function wayBack(end: RouteEnd, hops: readonly Hop[], stops: Set<StopCause['rule']>): Way {
  if (end.kind === 'returned') return hops.some(({ at }) => at.kind === 'host-bridge') ? 'host' : 'direct';
  if (end.kind === 'stopped' && end.reason === 'root-complex') return 'host';
  if (end.kind === 'stopped') stops.add(end.rule);
  return 'stopped';
}
