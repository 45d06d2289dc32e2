/** Which function may be meant by a device of a list that names none. */
import { factValue } from '../../capture/index.ts';
import { type AcsView, acsOf, type DeviceSpec, type PciFunction } from '../../pci/index.ts';
import { bdfBus, bdfDevfn, bdfDomain } from '../../uapi/index.ts';

/**
 * The nearest function with ACS: for an address, one with the same device and function number on another bus (bus
 * numbers change when cards are moved) or in another domain; for ids, one of that vendor, if all of them are alike.
 */
export function likelyDevice(
  spec: DeviceSpec,
  functions: readonly PciFunction[],
  acs: AcsView,
): PciFunction | undefined {
  const candidates = functions.filter((fn) => acsOf(acs, fn).state !== 'absent');
  return spec.kind === 'path' ? likelyAddress(spec, candidates) : likelyIds(spec, candidates);
}

function likelyAddress(
  { head, below }: Extract<DeviceSpec, { kind: 'path' }>,
  candidates: readonly PciFunction[],
): PciFunction | undefined {
  const devfn = below.length > 0 ? below.at(-1) : head?.devfn;
  if (head === undefined || devfn === undefined) return undefined;
  const distance = ({ bdf }: PciFunction): number =>
    Math.abs(bdfBus(bdf) - head.bus) + (bdfDomain(bdf) === head.domain ? 0 : 0x100);
  const alike = candidates.filter(({ bdf }) => bdfDevfn(bdf) === devfn).sort((a, b) => distance(a) - distance(b));
  const [first, second] = alike;
  // Two that are as near make it a guess.
  if (first === undefined || (second !== undefined && distance(second) === distance(first))) return undefined;
  return first;
}

function likelyIds(spec: DeviceSpec, candidates: readonly PciFunction[]): PciFunction | undefined {
  if (spec.kind !== 'ids') return undefined;
  const ofVendor = candidates.filter(({ ids }) => factValue(ids.vendor) === spec.vendor);
  const devices = new Set(ofVendor.map(({ ids }) => factValue(ids.device)));
  return devices.size === 1 ? ofVendor[0] : undefined;
}
