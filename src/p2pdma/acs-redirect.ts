/** Which functions send peer traffic up to the host bridge. */
import { type Fact, known } from '../capture/index.ts';
import type { PciFunction } from '../pci/index.ts';
import { PCI_ACS_CR, PCI_ACS_EC, PCI_ACS_RR } from '../uapi/index.ts';

/** The bits that count: request redirect, completion redirect, egress control. Source validation is none of them. */
export const ACS_REDIRECT_BITS: number = PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_EC;

/**
 * The redirecting bits set on a function, 0 when there are none (or no ACS capability); unreadable when its ACS
 * control register is not in the input. Applied to every function on a path: endpoints, switch ports, root ports.
 * Quirks and the capability register are not looked at, as in the kernel.
 * @kernel pci_bridge_has_acs_redir drivers/pci/p2pdma.c
 */
export function acsRedirectBits(fn: PciFunction, controls?: ReadonlyMap<PciFunction, Fact<number>>): Fact<number> {
  const control = acsControlOf(fn, controls);
  if (control.state === 'absent') return known(0);
  return control.state === 'known' ? known(control.value & ACS_REDIRECT_BITS) : control;
}

/** A function's ACS control register (16 bits), as a what-if or else the input has it; absent without the capability. */
export function acsControlOf(fn: PciFunction, controls?: ReadonlyMap<PciFunction, Fact<number>>): Fact<number> {
  const changed = controls?.get(fn);
  if (changed !== undefined) return changed;
  return fn.acs.state === 'known' ? known(fn.acs.value.ctrl) : fn.acs;
}
