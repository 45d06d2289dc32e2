/** Functions that are surely in no IOMMU group, where texts list the groups of others. */
import { type Bdf, bdfBus, bdfDevfn, bdfDomain, PCI_CLASS_DEVICE, PCI_VENDOR_ID } from '../../uapi/index.ts';
import { ABSENT, factValue } from '../fact.ts';
import type { CapturedFunction } from '../machine-capture.ts';

const CLASS_HOST_BRIDGE = 0x0600;
const CLASS_IOMMU = 0x0806;
const VENDOR_AMD = 0x1022;

/**
 * Marks them. An IOMMU itself is in no group, and the first function of a root complex of AMD in none either: it would
 * come before the others of its bus, so that a number would be missing in the listing. Of all others the line may be
 * lost.
 */
export function withUngrouped(functions: readonly CapturedFunction[]): readonly CapturedFunction[] {
  const grouped = functions.filter(({ iommuGroup }) => iommuGroup.state === 'known');
  if (grouped.length === 0 || grouped.length === functions.length) return functions;
  const ids = new Set(grouped.map(({ iommuGroup }) => factValue(iommuGroup) ?? 0));
  const complete = Math.max(...ids) === ids.size - 1;
  const buses = new Set(grouped.map(({ bdf }) => busOf(bdf)));
  return functions.map((fn) => {
    if (fn.iommuGroup.state !== 'unreadable') return fn;
    const baseAndSub = classOf(fn);
    const first = baseAndSub === CLASS_HOST_BRIDGE && bdfDevfn(fn.bdf) === 0 && vendorOf(fn) === VENDOR_AMD;
    const none = baseAndSub === CLASS_IOMMU || (first && complete && buses.has(busOf(fn.bdf)));
    return none ? { ...fn, iommuGroup: ABSENT } : fn;
  });
}

function busOf(bdf: Bdf): string {
  return `${bdfDomain(bdf)}:${bdfBus(bdf)}`;
}

function classOf({ classCode, config }: CapturedFunction): number | undefined {
  const whole = factValue(classCode);
  return whole === undefined ? config.bits(PCI_CLASS_DEVICE, 2, 0xffff) : whole >> 8;
}

function vendorOf({ vendor, config }: CapturedFunction): number | undefined {
  return factValue(vendor) ?? config.read16(PCI_VENDOR_ID);
}
