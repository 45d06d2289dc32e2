/** What to change where ACS redirect alone keeps a pair from being direct. */
import { defined } from '../base/index.ts';
import { factValue } from '../capture/index.ts';
import {
  acsRedirectBits,
  calcMapTypeAndDist,
  type P2pdmaMachine,
  type Reason,
  type RedirectingPort,
  type Verdict,
} from '../p2pdma/index.ts';
import { ACS_REDIRECT_BITS, type AcsEdit, editedAcsView, type PciFunction, upstreamBridge } from '../pci/index.ts';
import { bdfDevice, bdfFunction, formatBdf } from '../uapi/index.ts';

/** Clearing the redirect bits of these ports makes the pair direct. */
export interface RedirectFix {
  readonly ports: readonly RedirectingPort[];
  /** For now, until the next boot: one command line a port. */
  readonly setpci: readonly string[];
  /** Puts the registers back as they are in the input. */
  readonly undo: readonly string[];
}

/** The register changes of a fix: the redirecting bits of the ports go. */
export function clearRedirect(ports: readonly PciFunction[]): readonly AcsEdit[] {
  return ports.map((port) => ({ port, mask: ACS_REDIRECT_BITS, bits: 0 }));
}

/** Undefined where clearing redirect bits does not make the pair direct, or where it is direct already. */
export function redirectFix(machine: P2pdmaMachine, verdict: Verdict): RedirectFix | undefined {
  const reason = redirectOf(verdict);
  const changed = afterClearing(machine, verdict);
  if (reason === undefined || changed?.mapType !== 'PCI_P2PDMA_MAP_BUS_ADDR') return undefined;
  return {
    ports: reason.ports,
    setpci: reason.ports.map(({ port }) => setpci(port, 0, ACS_REDIRECT_BITS)),
    undo: reason.ports.map(({ port }) => undoClear(machine, port)),
  };
}

/** What the pair is once no port that is known to redirect does so; undefined where none does, or it is direct already. */
export function afterClearing(machine: P2pdmaMachine, verdict: Verdict): Verdict | undefined {
  const reason = redirectOf(verdict);
  if (reason === undefined || verdict.mapType === 'PCI_P2PDMA_MAP_BUS_ADDR') return undefined;
  const cleared = editedAcsView(machine.acs, clearRedirect(reason.ports.map(({ port }) => port)));
  return calcMapTypeAndDist({ ...machine, acs: cleared }, verdict.provider, verdict.client);
}

function redirectOf({ reasons }: Verdict): Extract<Reason, { readonly code: 'acs-redirect' }> | undefined {
  const reason = reasons.find(({ code }) => code === 'acs-redirect');
  return reason?.code === 'acs-redirect' ? reason : undefined;
}

/**
 * A function's path as the kernel's ACS options take it: the root bus function by address, each one below by device and
 * function. @kernel pci_dev_str_match_path drivers/pci/pci.c
 */
export function pathSpec(fn: PciFunction): string {
  const above = upstreamBridge(fn);
  if (above === undefined) return formatBdf(fn.bdf);
  return `${pathSpec(above)}/${bdfDevice(fn.bdf).toString(16).padStart(2, '0')}.${bdfFunction(fn.bdf)}`;
}

/** A line that writes bits `mask` of a port's ACS Control register, by address. */
export function setpci(port: PciFunction, value: number, mask: number): string {
  return `setpci -s ${formatBdf(port.bdf)} ECAP_ACS+6.w=${(value & mask).toString(16)}:${mask.toString(16)}`;
}

/** A line that gives a port, of which the redirecting bits are known, those of them back that the machine has. */
export function undoClear(machine: P2pdmaMachine, port: PciFunction): string {
  const bits = defined(factValue(acsRedirectBits(machine, port)), 'redirecting bits of a port that is cleared');
  return setpci(port, bits, ACS_REDIRECT_BITS);
}
