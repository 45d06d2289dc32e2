/** The I/O page table of a modelled domain, as the hardware walk sees it. */
import { type DmaDomain, IOMMU_READ, IOMMU_WRITE, pfnAddress, pfnOf } from '../iommu/index.ts';
import type { IoTranslation } from './options.ts';

/** The live table of `domain`: what is mapped later is seen later. */
export function pageTableTranslation({ pageTable, geometry }: DmaDomain): IoTranslation {
  const shift = geometry.granuleShift;
  const granule = 1n << BigInt(shift);
  return {
    translate(iova, write) {
      const page = pfnOf(iova, shift);
      const run = pageTable.find(page);
      if (run === undefined) {
        return { ok: false, fault: 'not-mapped', contiguousBytes: granule - (iova & (granule - 1n)) };
      }
      const start = pfnAddress(run.iova, shift);
      const contiguousBytes = start + pfnAddress(run.pages, shift) - iova;
      if ((run.prot & (write ? IOMMU_WRITE : IOMMU_READ)) === 0) {
        return { ok: false, fault: 'no-permission', contiguousBytes };
      }
      return { ok: true, phys: pfnAddress(run.phys, shift) + (iova - start), contiguousBytes };
    },
  };
}
