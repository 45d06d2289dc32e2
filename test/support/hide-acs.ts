/** ACS registers that an input might not show. */
import { unreadable } from '../../src/capture/index.ts';
import type { AcsView, PciFunction } from '../../src/pci/index.ts';

/** The view without the registers of some functions. Those without the capability stay without. */
export function hideAcs(view: AcsView, hidden: ReadonlySet<PciFunction>): AcsView {
  const registers = view.registers.slice();
  for (const fn of hidden) {
    if (fn.acs.state === 'known') registers[fn.index] = unreadable('hidden by a test');
  }
  return { ...view, registers };
}
