/** Device ids of functions that an input shows by name. */
import { factValue } from '../capture/index.ts';
import type { PciFunction } from './pci-function.ts';

/** Stands for every device id that no rule names. */
export const NO_RULES_DEVICE = -1;

/**
 * The ids that a function can have as far as rules tell devices apart: its own; those that its name stands for;
 * {@link NO_RULES_DEVICE} for a name of none of their devices. Undefined: not known.
 */
export function possibleDevices({ ids, captured }: PciFunction): readonly number[] | undefined {
  const own = factValue(ids.device);
  if (own !== undefined) return [own];
  return captured.namedDevices?.length === 0 ? [NO_RULES_DEVICE] : captured.namedDevices;
}
