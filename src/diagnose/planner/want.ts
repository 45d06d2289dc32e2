/** What people want to work, and what is wanted where nobody says. */
import {
  calcMapTypeAndDist,
  cellMapType,
  type MapTypeMatrix,
  mapTypeMatrix,
  matrixCell,
  type P2pdmaMachine,
} from '../../p2pdma/index.ts';
import { type DeviceKind, deviceKind, type PciFunction, type PciTopology, upstreamBridge } from '../../pci/index.ts';
import type { MapType } from '../../uapi/index.ts';
import { isEndpoint } from '../exposure.ts';

/** `client` is to do DMA to memory of `provider`. */
export interface Want {
  readonly provider: PciFunction;
  readonly client: PciFunction;
}

/** All pairs of two lists, in one direction or both; nobody with itself, each pair once. */
export function wantPairs(a: readonly PciFunction[], b: readonly PciFunction[], both: boolean): readonly Want[] {
  const wants = new Map<string, Want>();
  const add = (provider: PciFunction, client: PciFunction): void => {
    if (provider !== client) wants.set(`${provider.index} ${client.index}`, { provider, client });
  };
  for (const x of a) {
    for (const y of b) {
      add(x, y);
      if (both) add(y, x);
    }
  }
  return [...wants.values()];
}

const COMPUTE: readonly DeviceKind[] = ['gpu', 'accelerator'];
const PEERS: readonly DeviceKind[] = ['nic', 'nvme'];

/**
 * What is wanted by default: GPUs and accelerators with each other, with NICs and with NVMe disks. In a machine without
 * them NICs and NVMe disks with each other, else all endpoints. Only pairs that share a bridge, or may share one where
 * places are not known: nothing makes the others direct.
 */
export function defaultWants({ functions }: PciTopology, matrix: MapTypeMatrix): readonly Want[] {
  const endpoints = functions.filter(isEndpoint);
  const compute = endpoints.filter((fn) => COMPUTE.includes(deviceKind(fn)));
  const peers = endpoints.filter((fn) => PEERS.includes(deviceKind(fn)));
  const wants =
    compute.length > 0
      ? wantPairs(compute, [...compute, ...peers], true)
      : peers.length > 0
        ? wantPairs(peers, peers, false)
        : wantPairs(endpoints, endpoints, false);
  return wants.filter(({ provider, client }) => {
    const type = cellMapType(matrixCell(matrix, provider, client));
    if (type === 'PCI_P2PDMA_MAP_BUS_ADDR' || shareBridge(provider, client)) return true;
    return type === 'unknown' && !(isPlaced(provider) && isPlaced(client));
  });
}

function shareBridge(a: PciFunction, b: PciFunction): boolean {
  return a.hostBridge === b.hostBridge && topOf(a) === topOf(b);
}

/** Is the way up to the root bus known? */
function isPlaced(fn: PciFunction): boolean {
  for (let at: PciFunction | undefined = fn; at !== undefined; at = upstreamBridge(at)) {
    if (!at.placement.certain) return false;
  }
  return true;
}

/** The function on the root bus above, or itself: with a common one, the paths meet in a bridge. */
function topOf(fn: PciFunction): PciFunction {
  let at = fn.physfn ?? fn;
  while (at.parent !== undefined) at = at.parent;
  return at;
}

/** Are all these pairs direct in a machine? `unknown` where none is refused and some are open. */
export function allDirect(machine: P2pdmaMachine, wants: readonly Want[]): boolean | 'unknown' {
  const types = new Set(mapTypesOf(machine, wants));
  types.delete('PCI_P2PDMA_MAP_BUS_ADDR');
  if (types.size === 0) return true;
  return types.size === 1 && types.has('unknown') ? 'unknown' : false;
}

/** Few pairs are judged one by one: all pairs of a large machine are millions. */
function mapTypesOf(machine: P2pdmaMachine, wants: readonly Want[]): (MapType | 'unknown')[] {
  if (wants.length < 16)
    return wants.map(({ provider, client }) => calcMapTypeAndDist(machine, provider, client).mapType);
  const matrix = mapTypeMatrix(machine);
  return wants.map(({ provider, client }) => cellMapType(matrixCell(matrix, provider, client)));
}
