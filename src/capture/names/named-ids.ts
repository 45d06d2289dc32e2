/** Which ids a printed "VENDOR DEVICE" name stands for: pci.ids backwards. */
import { encodeUtf8, Xxh32 } from '../../base/index.ts';
import { AMD_NAMES } from './amd-names.ts';
import { INTEL_NAMES } from './intel-names.ts';
import { OTHER_NAMES } from './other-names.ts';
import { VENDOR_NAMES } from './vendor-names.ts';
import { WHOLE_NAMES } from './whole-names.ts';

/** What a printed name tells. */
export interface NamedIds {
  readonly vendor: number;
  /**
   * Devices of the vendor with that name, at least one of them a device that rules look at; empty: none of those devices
   * has ever had it. Undefined: not known.
   */
  readonly devices: readonly number[] | undefined;
}

/** What `printedName` tells; undefined where it does not begin with a known vendor's name. */
export function namedIds(printedName: string): NamedIds | undefined {
  const words = printedName.trim().split(/\s+/);
  for (let count = words.length; count > 0; count--) {
    const vendor = VENDORS.get(words.slice(0, count).join(' '));
    if (vendor !== undefined) return { vendor, devices: devicesNamed(vendor, words.slice(count).join(' ')) };
  }
  return AMD_PLATFORM.test(printedName) ? { vendor: 0x1022, devices: undefined } : undefined;
}

/** Written by hand: parts of processors, whose ids no GPU of AMD has. */
const AMD_PLATFORM = /^AMD Device (?:14[4-689a-f][0-9a-f]|153[a-f])$/i;

/** Vendors whose complete names are known: for others, a name that is not in the table tells nothing. */
const WITH_WHOLE_NAMES: ReadonlySet<number> = new Set([0x8086, 0x1022, 0x10de]);

function devicesNamed(vendor: number, name: string): readonly number[] | undefined {
  const devices = DEVICES.get(vendor)?.get(name);
  if (devices !== undefined) return devices;
  return WITH_WHOLE_NAMES.has(vendor) && FINGERPRINTS.has(fingerprint(`${hex(vendor)} ${name}`)) ? [] : undefined;
}

/** Upper 28 bits of xxh32, seven digits. */
function fingerprint(text: string): string {
  const hash = new Xxh32();
  hash.update(encodeUtf8(text));
  return (hash.digest() >>> 4).toString(16).padStart(7, '0');
}

function hex(id: number): string {
  return id.toString(16).padStart(4, '0');
}

const VENDORS: ReadonlyMap<string, number> = new Map(
  rowsOf(VENDOR_NAMES).map(([id, name]) => [name, Number.parseInt(id, 16)]),
);
const FINGERPRINTS: ReadonlySet<string> = new Set(WHOLE_NAMES.trim().split(/\s+/));
const DEVICES: ReadonlyMap<number, ReadonlyMap<string, readonly number[]>> = new Map(
  [[0x8086, INTEL_NAMES] as const, [0x1022, AMD_NAMES] as const, ...OTHER_NAMES].map(([vendor, names]) => [
    vendor,
    new Map(rowsOf(names).map(([ids, name]) => [name, ids.split(',').map((id) => Number.parseInt(id, 16))])),
  ]),
);

/** `IDS NAME` lines; runs of spaces in names as one. */
function rowsOf(table: string): [ids: string, name: string][] {
  return table
    .trim()
    .split('\n')
    .map((line) => {
      const [ids = '', ...words] = line.split(/\s+/);
      return [ids, words.join(' ')];
    });
}
