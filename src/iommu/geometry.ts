/** What an I/O page table can hold: its address range and its page sizes. `struct iommu_domain_geometry`. */

/** Who keeps the page table; decides errors and what unmapping does. */
export type PageTableKind = 'generic-pt' | 'io-pgtable-arm' | 'virtio-iommu';

/** The shape of a translating domain. */
export interface DomainGeometry {
  readonly kind: PageTableKind;
  /** log2 of the smallest page, 12 ... 16: the unit of allocation. */
  readonly granuleShift: number;
  /** log2 of every page size, ascending, the granule first. */
  readonly pageShifts: readonly number[];
  /** The last byte the domain can translate: 2^n - 1. */
  readonly apertureEnd: bigint;
  /** Physical addresses the page table can put out are below 2^outputBits. */
  readonly outputBits: number;
}

/** Bit n set for a page size of 2^n bytes. `iommu_domain.pgsize_bitmap`. */
export function pageSizeBitmap(geometry: DomainGeometry): bigint {
  return geometry.pageShifts.reduce((bitmap, shift) => bitmap | (1n << BigInt(shift)), 0n);
}
