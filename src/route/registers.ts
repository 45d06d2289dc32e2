/** Names of registers, as they stand in hops: what, of which function, at which offset. */
import { hex } from '../base/index.ts';
import { factValue } from '../capture/index.ts';
import type { PciFunction } from '../pci/index.ts';
import {
  ACS_BITS,
  ACS_CTRL,
  COMMAND,
  formatBdf,
  PCI_ACS_EGRESS_CTL_V,
  PCI_BASE_ADDRESS_0,
  PCI_MEMORY_BASE,
  PCI_PREF_MEMORY_BASE,
} from '../uapi/index.ts';
import type { MissingFact } from './route-value.ts';

/** ACS control: Unclaimed Request Redirect (PCIe Base Spec 4.0, 7.7.8.3). Linux has no name for it. */
export const ACS_UNCLAIMED_REQUEST_REDIRECT = 0x1000;

/** Bits of the ACS control register by name. */
const ACS_BIT_NAMES: ReadonlyMap<number, string> = new Map([
  ...ACS_BITS.map(({ bit, name }) => [bit, name] as const),
  [ACS_UNCLAIMED_REQUEST_REDIRECT, 'UnclaimedReqRedir'],
]);

/** One bit of the ACS control register; the offset is left out where there is no capability. */
export function acsControlName(fn: PciFunction, bit: number): string {
  const name = `ACSCtl ${ACS_BIT_NAMES.get(bit) ?? hex(bit)} of ${formatBdf(fn.bdf)}`;
  const offset = factValue(fn.acs)?.offset;
  return offset === undefined ? name : `${name} [+${hex(offset + ACS_CTRL.offset)}]`;
}

/** One bit of the egress control vector. */
export function egressVectorName(fn: PciFunction, bit: number): string {
  const name = `ACS EgressVector bit ${bit} of ${formatBdf(fn.bdf)}`;
  const offset = factValue(fn.acs)?.offset;
  return offset === undefined ? name : `${name} [+${hex(offset + PCI_ACS_EGRESS_CTL_V + 4 * (bit >> 5))}]`;
}

/** A bit of the command register. */
export function commandName(fn: PciFunction, bit: keyof typeof COMMAND.flags): string {
  return `Command ${bit} of ${formatBdf(fn.bdf)} [+${hex(COMMAND.offset)}]`;
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

/** A fact that a function lacks. */
export function missingOf(fn: PciFunction, fact: string, why: string): MissingFact {
  return { fact, device: formatBdf(fn.bdf), why };
}
