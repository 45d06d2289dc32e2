/** Which functions send peer traffic up to the host bridge. */
import type { KnownFact, UnreadableFact } from '../capture/index.ts';
import { ACS_REDIRECT_BITS, acsBits, type PciFunction } from '../pci/index.ts';
import type { P2pdmaMachine } from './p2pdma-machine.ts';

/**
 * The redirecting bits set on a function: request redirect, completion redirect, egress control. 0 when there are none
 * (or no ACS capability); unreadable where one of them is not known. Applied to every function on a path: endpoints,
 * switch ports, root ports. Quirks and the capability register are not looked at, as in the kernel.
 * @kernel pci_bridge_has_acs_redir drivers/pci/p2pdma.c
 */
export function acsRedirectBits(
  { acs }: Pick<P2pdmaMachine, 'acs'>,
  fn: PciFunction,
): KnownFact<number> | UnreadableFact {
  return acsBits(acs, fn, ACS_REDIRECT_BITS);
}
