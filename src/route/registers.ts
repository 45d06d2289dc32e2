/** Names of registers, as they stand in hops: what, of which function, at which offset. */
import { hex } from '../base/index.ts';
import type { PciFunction } from '../pci/index.ts';
import {
  formatBdf,
  PCI_ACS_CR,
  PCI_ACS_CTRL,
  PCI_ACS_DT,
  PCI_ACS_EC,
  PCI_ACS_EGRESS_CTL_V,
  PCI_ACS_RR,
  PCI_ACS_SV,
  PCI_ACS_TB,
  PCI_ACS_UF,
  PCI_BASE_ADDRESS_0,
  PCI_COMMAND,
  PCI_MEMORY_BASE,
  PCI_PREF_MEMORY_BASE,
  rootBusName,
} from '../uapi/index.ts';
import type { HopPlace, MissingFact } from './route-value.ts';

/** ACS control: Unclaimed Request Redirect (PCIe Base Spec 4.0, 7.7.8.3). Linux has no name for it. */
export const ACS_UNCLAIMED_REQUEST_REDIRECT = 0x1000;

/** Bits of the ACS control register under the names lspci prints. */
const ACS_BIT_NAMES: ReadonlyMap<number, string> = new Map([
  [PCI_ACS_SV, 'SrcValid'],
  [PCI_ACS_TB, 'TransBlk'],
  [PCI_ACS_RR, 'ReqRedir'],
  [PCI_ACS_CR, 'CmpltRedir'],
  [PCI_ACS_UF, 'UpstreamFwd'],
  [PCI_ACS_EC, 'EgressCtrl'],
  [PCI_ACS_DT, 'DirectTrans'],
  [ACS_UNCLAIMED_REQUEST_REDIRECT, 'UnclaimedReqRedir'],
]);

/** One bit of the ACS control register; the offset is left out where there is no capability. */
export function acsControlName(fn: PciFunction, bit: number): string {
  const name = `ACSCtl ${ACS_BIT_NAMES.get(bit) ?? hex(bit)} of ${formatBdf(fn.bdf)}`;
  return fn.acs.state === 'known' ? `${name} [+${hex(fn.acs.value.offset + PCI_ACS_CTRL)}]` : name;
}

/** One bit of the egress control vector. */
export function egressVectorName(fn: PciFunction, bit: number): string {
  const name = `ACS EgressVector bit ${bit} of ${formatBdf(fn.bdf)}`;
  if (fn.acs.state !== 'known') return name;
  return `${name} [+${hex(fn.acs.value.offset + PCI_ACS_EGRESS_CTL_V + 4 * (bit >> 5))}]`;
}

/** A bit of the command register, `Mem` or `BusMaster`. */
export function commandName(fn: PciFunction, bit: 'Mem' | 'BusMaster'): string {
  return `Command ${bit} of ${formatBdf(fn.bdf)} [+${hex(PCI_COMMAND)}]`;
}

/** A bridge window by kernel resource index (14 memory, 15 prefetchable). */
export function windowName(bridge: PciFunction, index: number): string {
  const [name, offset] = index === 15 ? ['PrefMemory', PCI_PREF_MEMORY_BASE] : ['Memory', PCI_MEMORY_BASE];
  return `${name} window of ${formatBdf(bridge.bdf)} [+${hex(offset)}]`;
}

/** A BAR by kernel resource index. */
export function barName(fn: PciFunction, index: number): string {
  const bdf = formatBdf(fn.bdf);
  if (index === 6) return `ROM BAR of ${bdf}`;
  if (index > 6) return `VF BAR${index - 7} of ${bdf}`;
  return fn.physfn === undefined
    ? `BAR${index} of ${bdf} [+${hex(PCI_BASE_ADDRESS_0 + 4 * index)}]`
    : `VF BAR${index} of ${formatBdf(fn.physfn.bdf)}, slice of ${bdf}`;
}

/** The name of a place: a function, or the root bus of a host bridge. */
export function placeName(place: HopPlace): string {
  if (place.kind === 'function') return formatBdf(place.fn.bdf);
  return rootBusName(place.hostBridge);
}

/** A fact that a function lacks. */
export function missingOf(fn: PciFunction, fact: string, why: string): MissingFact {
  return { fact, device: formatBdf(fn.bdf), why };
}
