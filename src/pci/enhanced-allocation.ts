/** Enhanced Allocation: resources at fixed addresses. PCI Express Base Spec, "Enhanced Allocation (EA)". */
import type { ConfigSpace } from '../capture/index.ts';
import {
  IORESOURCE_IO,
  IORESOURCE_MEM,
  IORESOURCE_PCI_EA_BEI,
  IORESOURCE_PCI_FIXED,
  IORESOURCE_PREFETCH,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_BRIDGE,
  PCI_HEADER_TYPE_MASK,
} from '../uapi/index.ts';
import type { PciResource } from './pci-function.ts';

const MEMORY = IORESOURCE_MEM;
const PREFETCHABLE = IORESOURCE_MEM | IORESOURCE_PREFETCH;
/** Flags by property 0 ... 4; 5-7 (behind a bridge) give no resource. */
const FLAGS_OF_PROPERTY: readonly number[] = [MEMORY, PREFETCHABLE, IORESOURCE_IO, PREFETCHABLE, MEMORY];

/**
 * The resources an EA capability at `at` declares, by kernel index. EA addresses are resource addresses as they are,
 * no host bridge offset is applied.
 * @kernel pci_ea_read drivers/pci/pci.c
 */
export function readEnhancedAllocation(config: ConfigSpace, at: number): PciResource[] {
  const count = config.bits(at + 2, 1, 0x3f);
  const header = config.bits(PCI_HEADER_TYPE, 1, PCI_HEADER_TYPE_MASK);
  if (count === undefined || header === undefined) return [];
  const found: PciResource[] = [];
  let offset = at + (header === PCI_HEADER_TYPE_BRIDGE ? 8 : 4);
  for (let i = 0; i < count; i++) {
    const entry = config.read32(offset);
    if (entry === undefined) break;
    const resource = readEntry(config, offset, entry);
    if (resource !== undefined) found.push(resource);
    offset += 4 * ((entry & 0x7) + 1);
  }
  return found;
}

function readEntry(config: ConfigSpace, offset: number, entry: number): PciResource | undefined {
  if (entry >>> 31 === 0) return undefined;
  const index = resourceIndex((entry >>> 4) & 0xf);
  const primary = (entry >>> 8) & 0xff;
  const property = primary >= 8 && primary <= 0xfc ? (entry >>> 16) & 0xff : primary;
  const flags = FLAGS_OF_PROPERTY[property];
  const baseLow = config.read32(offset + 4);
  const offsetLow = config.read32(offset + 8);
  if (index === undefined || flags === undefined || baseLow === undefined || offsetLow === undefined) return undefined;
  let next = offset + 12;
  const upper = (low: number): bigint | undefined => {
    if ((low & 2) === 0) return 0n;
    const high = config.read32(next);
    next += 4;
    return high === undefined ? undefined : BigInt(high) << 32n;
  };
  const baseHigh = upper(baseLow);
  const offsetHigh = upper(offsetLow);
  if (baseHigh === undefined || offsetHigh === undefined) return undefined;
  const start = baseHigh | BigInt((baseLow & ~3) >>> 0);
  const maxOffset = offsetHigh | BigInt((offsetLow | 3) >>> 0);
  const range = { start, end: start + maxOffset + 1n };
  return { index, cpu: range, bus: range, flags: flags | IORESOURCE_PCI_FIXED | IORESOURCE_PCI_EA_BEI };
}

/** Kernel resource index of a BAR equivalent indicator: 0-5 BARs, 8 ROM, 9-14 VF BARs. */
function resourceIndex(bei: number): number | undefined {
  if (bei <= 5) return bei;
  if (bei === 8) return 6;
  return bei >= 9 && bei <= 14 ? bei - 2 : undefined;
}
