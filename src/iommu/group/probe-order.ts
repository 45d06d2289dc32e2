/** The order in which Linux meets the functions of a machine, and with that numbers their IOMMU groups. */
import { factValue } from '../../capture/index.ts';
import type { HostBridge, PciFunction, PciTopology } from '../../pci/index.ts';

/** Domains from here on were made by Linux for Intel VMD endpoints, whose driver comes after boot-time discovery. */
export const FIRST_VMD_DOMAIN = 0x10000;

/** All functions in probe order. */
export interface ProbeOrder {
  readonly functions: readonly PciFunction[];
  /** True where the order of host bridges is not in the input, and ascending order stands in. */
  readonly inferred: boolean;
}

/**
 * Host bridges in firmware order; of each root bus first all its functions by address, then, bridge by bridge, the
 * buses below by the same rule. Virtual functions come last: they are made when all else was found.
 */
export function probeOrder(topology: PciTopology): ProbeOrder {
  const below = new Map<PciFunction, PciFunction[]>();
  for (const fn of topology.functions) {
    if (fn.parent === undefined || fn.physfn !== undefined) continue;
    const siblings = below.get(fn.parent) ?? [];
    below.set(fn.parent, siblings);
    siblings.push(fn);
  }
  const functions: PciFunction[] = [];
  const { bridges, inferred } = hostBridgeOrder(topology);
  for (const bridge of bridges) {
    const buses: (readonly PciFunction[])[] = [bridge.rootFunctions];
    for (let bus = buses.pop(); bus !== undefined; bus = buses.pop()) {
      functions.push(...bus);
      for (const fn of [...bus].reverse()) {
        const secondary = below.get(fn);
        if (secondary !== undefined) buses.push(secondary);
      }
    }
  }
  for (const fn of topology.functions) if (fn.physfn !== undefined) functions.push(fn);
  return { functions, inferred };
}

function hostBridgeOrder({ hostBridges }: PciTopology): { bridges: readonly HostBridge[]; inferred: boolean } {
  const byFirmware = hostBridges.filter(({ domain }) => domain < FIRST_VMD_DOMAIN);
  const byDriver = hostBridges.filter(({ domain }) => domain >= FIRST_VMD_DOMAIN);
  const instances = byFirmware.map(({ firmwareInstance }) => factValue(firmwareInstance));
  // Two instances 0 are devices of two kinds (PNP0A03, PNP0A08): their order is not in the numbers.
  const told = instances.every((n) => n !== undefined) && new Set(instances).size === instances.length;
  if (!told) return { bridges: [...byFirmware, ...byDriver], inferred: byFirmware.length > 1 };
  const instanceOf = new Map(byFirmware.map((bridge, i) => [bridge, instances[i] ?? 0]));
  const sorted = byFirmware.toSorted((a, b) => (instanceOf.get(a) ?? 0) - (instanceOf.get(b) ?? 0));
  return { bridges: [...sorted, ...byDriver], inferred: false };
}
