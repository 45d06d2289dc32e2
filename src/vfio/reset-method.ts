/** Can a function be reset by itself? drivers/pci/pci.c, the list of reset methods. */
import { type Fact, factValue, known, unreadable } from '../capture/index.ts';
import { type PciFunction, type PciTopology, walkCapabilities } from '../pci/index.ts';
import {
  AF_CAP,
  bdfBus,
  bdfDomain,
  EXP_DEVCAP,
  PCI_CAP_ID_AF,
  PCI_CAP_ID_EXP,
  PCI_CAP_ID_PM,
  PM_STATUS,
  type RegisterLayout,
} from '../uapi/index.ts';

/** The way a kernel resets a function: it takes the first that works. */
export type ResetMethod = 'flr' | 'af_flr' | 'pm' | 'bus';

const AF_BOTH: number = AF_CAP.flags.TP | AF_CAP.flags.FLR;

/**
 * The first reset method of a function; absent: none. Quirks of single devices and ACPI methods are not looked at.
 * @kernel pci_init_reset_methods drivers/pci/pci.c
 */
export function resetMethod(topology: PciTopology, fn: PciFunction): Fact<ResetMethod> {
  const { config } = fn.captured;
  const { offsets, incomplete } = walkCapabilities(config, () => {});
  const read = (id: number, { offset, width }: RegisterLayout, bits: number): number | undefined => {
    const at = offsets.get(id);
    return at === undefined ? undefined : config.bits(at + offset, width, bits);
  };
  if ((read(PCI_CAP_ID_EXP, EXP_DEVCAP, EXP_DEVCAP.flags.FLReset) ?? 0) !== 0) return known('flr');
  if (read(PCI_CAP_ID_AF, AF_CAP, AF_BOTH) === AF_BOTH) return known('af_flr');
  if (read(PCI_CAP_ID_PM, PM_STATUS, PM_STATUS.flags.NoSoftRst) === 0) return known('pm');
  if (isAloneBelowBridge(topology, fn)) return known('bus');
  return incomplete === undefined ? { state: 'absent' } : unreadable(incomplete.why);
}

/** @kernel pci_parent_bus_reset drivers/pci/pci.c */
function isAloneBelowBridge(topology: PciTopology, fn: PciFunction): boolean {
  if (fn.parent === undefined || factValue(fn.buses) !== undefined) return false;
  const sameBus = (other: PciFunction): boolean =>
    bdfBus(other.bdf) === bdfBus(fn.bdf) && bdfDomain(other.bdf) === bdfDomain(fn.bdf);
  return topology.functions.filter(sameBus).length === 1;
}
