/** What people want to work, and what is wanted where nobody says. */
import { gather } from '../../base/index.ts';
import { calcMapTypeAndDist, cellMapType, mapTypeMatrix, matrixCell, type P2pdmaMachine } from '../../p2pdma/index.ts';
import { type DeviceKind, deviceKind, type PciFunction, upstreamBridge } from '../../pci/index.ts';
import type { MapType } from '../../uapi/index.ts';
import { isEndpoint } from '../exposure.ts';

/** `client` is to do DMA to memory of `provider`. */
export interface Want {
  readonly provider: PciFunction;
  readonly client: PciFunction;
}

/** All pairs of two lists, in one direction or both; nobody with itself, each pair once. */
export function wantPairs(a: readonly PciFunction[], b: readonly PciFunction[], both: boolean): readonly Want[] {
  return pairsAmong(
    a.map((fn) => ({ fn, others: b })),
    both,
  );
}

/** Pairs of each function with its others. */
function pairsAmong(
  each: readonly { readonly fn: PciFunction; readonly others: readonly PciFunction[] }[],
  both: boolean,
): readonly Want[] {
  const wants: Want[] = [];
  const seen = new Set<number>();
  const add = (provider: PciFunction, client: PciFunction): void => {
    const key = pairNumber(provider.index, client.index);
    if (provider === client || seen.has(key)) return;
    seen.add(key);
    wants.push({ provider, client });
  };
  for (const { fn, others } of each) {
    for (const other of others) {
      add(fn, other);
      if (both) add(other, fn);
    }
  }
  return wants;
}

/** One exact number for two, each below 2^26: far more than a machine has functions. */
export function pairNumber(a: number, b: number): number {
  return a * 2 ** 26 + b;
}

/** Devices whose memory is shared. */
export const COMPUTE: readonly DeviceKind[] = ['gpu', 'accelerator'];
/** Devices that fill and drain it. */
export const PEERS: readonly DeviceKind[] = ['nic', 'ib', 'dpu', 'nvme'];

/**
 * What is wanted by default: GPUs and accelerators with each other, with NICs and with NVMe disks. In a machine without
 * them NICs and NVMe disks with each other, else all endpoints. Only pairs that share a bridge, or may share one where
 * places are not known: nothing makes the others direct.
 */
export function defaultWants(machine: P2pdmaMachine): readonly Want[] {
  const endpoints = machine.topology.functions.filter(isEndpoint);
  const compute = endpoints.filter((fn) => COMPUTE.includes(deviceKind(fn)));
  const peers = endpoints.filter((fn) => PEERS.includes(deviceKind(fn)));
  const some = compute.length > 0 ? compute : peers.length > 0 ? peers : endpoints;
  const others = mayShareBridge(compute.length > 0 ? [...compute, ...peers] : some);
  const wants = pairsAmong(
    some.map((fn) => ({ fn, others: others(fn) })),
    compute.length > 0,
  );
  const open = wants.filter(({ provider, client }) => topOf(provider) !== topOf(client));
  const types = mapTypesOf(machine, open);
  const apart = new Set(open.filter((_, at) => types[at] !== 'unknown' && types[at] !== 'PCI_P2PDMA_MAP_BUS_ADDR'));
  return wants.filter((want) => !apart.has(want));
}

/** By function of a list, those of it that share a bridge with it, and those that may where either place is not known. */
function mayShareBridge(all: readonly PciFunction[]): (fn: PciFunction) => readonly PciFunction[] {
  const unplaced = new Set(all.filter((fn) => !isPlaced(fn)));
  const tops = new Map(all.map((fn) => [fn, topOf(fn)]));
  const together = new Map<PciFunction | undefined, PciFunction[]>();
  for (const [fn, top] of tops) gather(together, top, fn);
  return (fn) => {
    if (unplaced.has(fn)) return all;
    const top = tops.get(fn);
    if (unplaced.size === 0) return together.get(top) ?? [];
    return all.filter((other) => unplaced.has(other) || tops.get(other) === top);
  };
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

/** The functions of some pairs, each once. */
export function functionsOf(wants: readonly Want[]): readonly PciFunction[] {
  return [...new Set(wants.flatMap(({ provider, client }) => [provider, client]))];
}

/** Few pairs are judged one by one: all pairs of a large machine are millions. */
function mapTypesOf(machine: P2pdmaMachine, wants: readonly Want[]): (MapType | 'unknown')[] {
  if (wants.length < 16)
    return wants.map(({ provider, client }) => calcMapTypeAndDist(machine, provider, client).mapType);
  const matrix = mapTypeMatrix(machine, functionsOf(wants));
  return wants.map(({ provider, client }) => cellMapType(matrixCell(matrix, provider, client)));
}
