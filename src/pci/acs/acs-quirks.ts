/** Which row of the quirk table is for a function. */
import { factValue } from '../../capture/index.ts';
import { PCI_ACS_SV } from '../../uapi/index.ts';
import { possibleDevices } from '../named-devices.ts';
import type { PciFunction } from '../pci-function.ts';
import { ACS_QUIRKS, type AcsQuirk, BROKEN_SOURCE_VALIDATION, quirkIsFor } from './acs-quirk-table.ts';

/** Control of Intel ports whose ACS registers are 32 bits wide stands here, from the capability on. */
export const PCI_ACS_SPT_CTRL = 8;

/**
 * The row for a function, if there is one. A function whose ids or port type are not known has none here; callers ask
 * {@link quirkIdsKnown} where that makes a difference.
 */
export function quirkOf(fn: PciFunction): AcsQuirk | undefined {
  const vendor = factValue(fn.ids.vendor);
  const [device, ...others] = possibleDevices(fn) ?? [];
  if (vendor === undefined || device === undefined) return undefined;
  const row = rowOf(fn, vendor, device);
  return others.every((other) => rowOf(fn, vendor, other) === row) ? row : undefined;
}

function rowOf(fn: PciFunction, vendor: number, device: number): AcsQuirk | undefined {
  const type = factValue(fn.pcie)?.type ?? -1;
  return ROWS_BY_VENDOR.get(vendor)?.find((row) => quirkIsFor(row, vendor, device, type));
}

const ROWS_BY_VENDOR: ReadonlyMap<number, readonly AcsQuirk[]> = new Map(
  ACS_QUIRKS.map(({ vendor }) => [vendor, ACS_QUIRKS.filter((row) => row.vendor === vendor)]),
);

/** Does the input show what the quirk table is looked up by? */
export function quirkIdsKnown(fn: PciFunction): boolean {
  const vendor = factValue(fn.ids.vendor);
  if (vendor === undefined || fn.pcie.state === 'unreadable') return false;
  if (!ROWS_BY_VENDOR.has(vendor)) return true;
  const [device, ...others] = possibleDevices(fn) ?? [];
  return device !== undefined && others.every((other) => rowOf(fn, vendor, other) === rowOf(fn, vendor, device));
}

/** The Capability register as the kernel remembers it; undefined without the capability, and where it is not known. */
export function acsCapOf(fn: PciFunction): number | undefined {
  const cap = factValue(fn.acs)?.cap;
  if (cap === undefined) return undefined;
  const broken = BROKEN_SOURCE_VALIDATION.some(
    ({ vendor, device }) => vendor === factValue(fn.ids.vendor) && device === factValue(fn.ids.device),
  );
  return broken ? cap & ~PCI_ACS_SV : cap;
}
