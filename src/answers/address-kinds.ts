/** Which addresses devices do DMA with, where a transfer passes the host bridge. */
import type { Situation } from '../diagnose/index.ts';
import type { PciFunction } from '../pci/index.ts';
import { buildWorld } from './map-answer.ts';

/**
 * - `strict`, `lazy`: I/O addresses, which the IOMMU translates; a mapping that ends is gone at once, or a while later.
 * - `physical`: addresses of memory as they are: without an IOMMU, or passed through.
 */
export type AddressKind = 'strict' | 'lazy' | 'physical' | 'unknown';

/** The kind of addresses of each function in a situation, by the default domain of its group. */
export function addressKinds(situation: Situation): (fn: PciFunction) => AddressKind {
  const world = buildWorld(situation, { variant: 'release' });
  return (fn) => {
    const type = world?.domainType(fn);
    if (type === undefined || type.state === 'unreadable') return 'unknown';
    if (type.state === 'absent') return 'physical';
    return { DMA: 'strict', 'DMA-FQ': 'lazy', identity: 'physical' }[type.value] as AddressKind;
  };
}
