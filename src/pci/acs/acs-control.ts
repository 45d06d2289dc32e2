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
