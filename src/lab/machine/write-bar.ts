/** Base address registers. PCI Local Bus Specification, "Base Addresses". */
import { highHalf, lowHalf } from '../../base/index.ts';
import {
  IORESOURCE_UNSET,
  PCI_BASE_ADDRESS_MEM_PREFETCH,
  PCI_BASE_ADDRESS_MEM_TYPE_64,
  PCI_BASE_ADDRESS_SPACE_IO,
} from '../../uapi/index.ts';
import type { ConfigImage } from './config-image.ts';
import type { BarSpec } from './machine-spec.ts';
import type { PlacedResource } from './placed.ts';

/** Writes a memory or I/O BAR, as a bus address with its low bits; a 64-bit one fills two registers. */
export function putBar(image: ConfigImage, offset: number, bar: BarSpec, placed: PlacedResource): void {
  const address = (placed.flags & IORESOURCE_UNSET) !== 0 ? 0n : BigInt(placed.start - placed.offset);
  if (bar.space === 'io') {
    image.put32(offset, Number(address) | PCI_BASE_ADDRESS_SPACE_IO);
    return;
  }
  const prefetch = bar.prefetchable ? PCI_BASE_ADDRESS_MEM_PREFETCH : 0;
  const low = lowHalf(address) + prefetch;
  image.put32(offset, bar.wide ? low + PCI_BASE_ADDRESS_MEM_TYPE_64 : low);
  if (bar.wide) image.put32(offset + 4, highHalf(address));
}
