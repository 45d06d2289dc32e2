/** Flags of `config_acs`, read from either end. */
import { PCI_ACS_CR, PCI_ACS_RR } from '../../uapi/index.ts';

/** Bits that flags set and clear: PCI_ACS_*. */
export interface FlagBits {
  readonly set: number;
  readonly cleared: number;
}

/** The bits as the kernel reads them: the rightmost character is bit 0. */
export function flagBits(flags: string): FlagBits {
  const bits = (digit: string): number =>
    [...flags].reverse().reduce((sum, character, bit) => sum + (character === digit ? 2 ** bit : 0), 0);
  return { set: bits('1'), cleared: bits('0') };
}

const REDIRECT = PCI_ACS_RR | PCI_ACS_CR;

/**
 * Do they look written from the left? People use the option to turn redirect on or off: flags that treat both kinds of
 * redirect alike only when read from the other end were meant from there.
 */
export function looksReversed(flags: string): boolean {
  if (flags.length < 4) return false;
  return !treatsRedirectAsOne(flagBits(flags)) && treatsRedirectAsOne(flagBits(turned(flags)));
}

/** The flags from the other end. */
export function turned(flags: string): string {
  return [...flags].reverse().join('');
}

function treatsRedirectAsOne({ set, cleared }: FlagBits): boolean {
  return (set & REDIRECT) === REDIRECT || (cleared & REDIRECT) === REDIRECT;
}
