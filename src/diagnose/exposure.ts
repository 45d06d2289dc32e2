/**
 * Who can send to whom past the IOMMU. ACS redirect works where a request enters a switch: a port that does not redirect
 * lets what is below it reach everything else below the same switch. IOMMU groups do not show this: Linux gives each
 * downstream port of such a switch a group of its own (acs-and-groups, "IOMMU group of a PCI device").
 */
import { gather } from '../base/index.ts';
import {
  type AcsView,
  acsBits,
  acsOf,
  deviceKind,
  isEndpointKind,
  type PciFunction,
  type PciTopology,
  upstreamBridge,
} from '../pci/index.ts';
import { PCI_ACS_EC, PCI_ACS_RR } from '../uapi/index.ts';
import type { Situation } from './what-if.ts';

/** What is below `port` can send to what is beside it. Endpoints only, neither list is empty. */
export interface Exposure {
  readonly port: PciFunction;
  readonly from: readonly PciFunction[];
  readonly to: readonly PciFunction[];
}

/**
 * Ports that let requests pass beside the IOMMU. Ports of which that is not known are left out, and those with egress
 * control on, where a vector decides target by target.
 */
export function exposures({ machine }: Situation): readonly Exposure[] {
  const { topology, acs } = machine;
  const below = endpointsBelow(topology);
  return topology.functions.flatMap((port) => {
    const above = upstreamBridge(port);
    const from = below.get(port);
    if (above === undefined || from === undefined || port.pcie.state !== 'known' || port.physfn !== undefined)
      return [];
    if (mayRedirect(port, acs)) return [];
    const own = new Set(from);
    const to = (below.get(above) ?? []).filter((fn) => !own.has(fn));
    return to.length === 0 ? [] : [{ port, from, to }];
  });
}

/** A port that has ACS without request redirect has no path between peers to redirect. */
function mayRedirect(port: PciFunction, acs: AcsView): boolean {
  const registers = acsOf(acs, port);
  if (registers.state === 'absent') return false;
  if (registers.state === 'unreadable' || (registers.value.cap & PCI_ACS_RR) === 0) return true;
  const bits = acsBits(acs, port, PCI_ACS_RR | PCI_ACS_EC);
  return bits.state !== 'known' || bits.value !== 0;
}

/** Endpoints below each bridge, at any depth. */
function endpointsBelow({ functions }: PciTopology): ReadonlyMap<PciFunction, readonly PciFunction[]> {
  const below = new Map<PciFunction, PciFunction[]>();
  for (const fn of functions.filter(isEndpoint)) {
    for (let at = upstreamBridge(fn); at !== undefined; at = upstreamBridge(at)) {
      gather(below, at, fn);
    }
  }
  return below;
}

/** Devices that people give away: no bridges, no parts of the platform. */
export function isEndpoint(fn: PciFunction): boolean {
  return isEndpointKind(deviceKind(fn));
}
