/** Places in the tree that an input might leave open. */
import type { PciFunction, Placement } from '../../src/pci/index.ts';

/** Makes the places of some functions uncertain. Only for topologies that nobody else holds: they are changed. */
export function makeUncertain(functions: Iterable<PciFunction>): void {
  for (const fn of functions) {
    (fn as { placement: Placement }).placement = { certain: false, why: 'open for a test' };
  }
}
