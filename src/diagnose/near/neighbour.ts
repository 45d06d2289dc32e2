/** How a device stands to a GPU: the answer, the way its data takes, and what that can carry. */
import { type Fact, factValue, known, unreadable } from '../../capture/index.ts';
import { calcMapTypeAndDist, type P2pdmaMachine, type Verdict } from '../../p2pdma/index.ts';
import { type PciFunction, upstreamBridge } from '../../pci/index.ts';
import { type LinkUse, linksAlong } from '../../route/index.ts';

/** Where two devices meet; `open` where it is not known whether two host bridges are of one NUMA node. */
export type Nearness = 'switch' | 'host-bridge' | 'node' | 'system' | 'open';

/** The nearest first. */
const NEARNESS: readonly Nearness[] = ['switch', 'host-bridge', 'node', 'open', 'system'];

/** A device that may read and write memory of a GPU. */
export interface Neighbour {
  readonly gpu: PciFunction;
  readonly device: PciFunction;
  /** Of the GPU's memory (provider) for the device (client). */
  readonly verdict: Verdict;
  readonly nearness: Nearness;
  /** That data of the device passes on its way to the GPU. The interconnect between sockets is not among them. */
  readonly links: readonly LinkUse[];
  /** The link with the lowest ceiling; undefined where one is not known, or none is passed. */
  readonly narrowest: LinkUse | undefined;
  /** What the way carries when nothing else runs, 1e9 bytes of payload per second. */
  readonly ceiling: Fact<number>;
}

/** Looks at one pair. */
export function neighbour(machine: P2pdmaMachine, gpu: PciFunction, device: PciFunction): Neighbour {
  const verdict = calcMapTypeAndDist(machine, gpu, device);
  const links = linksAlong(dataPath(verdict), device);
  let narrowest: LinkUse | undefined;
  let ceiling: Fact<number> = unreadable('no link is passed');
  for (const link of links) {
    if (link.ceiling.state !== 'known') {
      return { gpu, device, verdict, nearness: nearness(verdict), links, narrowest: undefined, ceiling: link.ceiling };
    }
    if (ceiling.state === 'known' && ceiling.value <= link.ceiling.value) continue;
    narrowest = link;
    ceiling = known(link.ceiling.value);
  }
  return { gpu, device, verdict, nearness: nearness(verdict), links, narrowest, ceiling };
}

/** From the device to the GPU: over the common bridge, or where packets are sent up, by way of the root ports. */
function dataPath({ provider, client, commonUpstream, mapType, path }: Verdict): PciFunction[] {
  const direct = mapType === 'PCI_P2PDMA_MAP_BUS_ADDR' || (mapType === 'unknown' && commonUpstream !== undefined);
  return direct ? [...path].reverse() : [...upToRoot(client), ...upToRoot(provider).reverse()];
}

/** A function and the bridges above it, the lowest first. */
export function upToRoot(fn: PciFunction): PciFunction[] {
  const way = [fn];
  for (let at = upstreamBridge(fn); at !== undefined; at = upstreamBridge(at)) way.push(at);
  return way;
}

function nearness({ provider, client, commonUpstream }: Verdict): Nearness {
  if (commonUpstream !== undefined) return 'switch';
  if (provider.hostBridge === client.hostBridge) return 'host-bridge';
  const [a, b] = [provider, client].map((fn) => factValue(fn.captured.numaNode));
  if (a === undefined || b === undefined) return 'open';
  return a === b ? 'node' : 'system';
}

const PREFERENCE = [
  'PCI_P2PDMA_MAP_BUS_ADDR',
  'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE',
  'unknown',
  'PCI_P2PDMA_MAP_NOT_SUPPORTED',
];

/** How much a neighbour is to be preferred, the least first: by answer, then by where they meet. */
export function distanceRank({ verdict, nearness: place }: Neighbour): number {
  return PREFERENCE.indexOf(verdict.mapType) * NEARNESS.length + NEARNESS.indexOf(place);
}

/** In order of preference: answer, place, what the way carries, hops, address. */
export function byPreference(a: Neighbour, b: Neighbour): number {
  return (
    distanceRank(a) - distanceRank(b) ||
    (factValue(b.ceiling) ?? 0) - (factValue(a.ceiling) ?? 0) ||
    (a.verdict.hops ?? 0) - (b.verdict.hops ?? 0) ||
    a.device.index - b.device.index
  );
}

/** A link and a direction: what transfers share. */
export function linkKey({ port, direction }: LinkUse): string {
  return `${port.index}/${direction}`;
}
