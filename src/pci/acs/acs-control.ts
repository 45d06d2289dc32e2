import {
  PCI_ACS_CR,
  PCI_ACS_DT,
  PCI_ACS_EC,
  PCI_ACS_RR,
  PCI_ACS_SV,
  PCI_ACS_TB,
  PCI_ACS_UF,
} from '../../uapi/index.ts';

/** The bits of Control that have a Capability bit at the same place, and that `pci=config_acs=` can set. */
export const BASIC_ACS_BITS: number =
  PCI_ACS_SV | PCI_ACS_TB | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF | PCI_ACS_EC | PCI_ACS_DT;

/** What Linux sets by default, as far as the capability has it. */
export const DEFAULT_ACS_BITS: number = PCI_ACS_SV | PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_UF;

/** The bits that P2PDMA takes for a redirect to the host bridge, and that `pci=disable_acs_redir=` clears. */
export const ACS_REDIRECT_BITS: number = PCI_ACS_RR | PCI_ACS_CR | PCI_ACS_EC;

/**
 * A Control register as far as it is known. What firmware left there is often known in part only: Linux has written
 * over some of its bits, and kept the others.
 */
export interface AcsControl {
  /** 16 bits; 0 where not known. */
  readonly value: number;
  /** 1 for each bit of `value` that is known. */
  readonly known: number;
}

/** A register of which every bit is known. */
export function acsControl(value: number): AcsControl {
  return { value: value & 0xffff, known: 0xffff };
}

/** A register of which nothing is known. */
export const UNKNOWN_ACS_CONTROL: AcsControl = { value: 0, known: 0 };

/** `control` with the bits of `mask` replaced by those of `bits`. */
export function writeBits(control: AcsControl, mask: number, bits: number): AcsControl {
  return { value: ((control.value & ~mask) | (bits & mask)) & 0xffff, known: (control.known | mask) & 0xffff };
}

/** `control` with the bits of `mask` no longer known. */
export function forgetBits(control: AcsControl, mask: number): AcsControl {
  return { value: control.value & ~mask, known: control.known & ~mask };
}

/** Are all bits of `mask` known? */
export function knowsBits({ known }: AcsControl, mask: number): boolean {
  return (known & mask) === mask;
}

/** Are all bits of `mask` 1? Undefined when it depends on a bit that is not known. */
export function hasAllBits(control: AcsControl, mask: number): boolean | undefined {
  if ((control.known & ~control.value & mask) !== 0) return false;
  return (control.known & mask) === mask ? true : undefined;
}

/** What is known of a register that holds either `a` or `b`. */
export function eitherControl(a: AcsControl, b: AcsControl): AcsControl {
  const known = a.known & b.known & ~(a.value ^ b.value);
  return { value: a.value & known, known };
}
