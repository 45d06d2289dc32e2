/**
 * Addresses of the three spaces a DMA address may belong to. They are never mixed: each is its own brand of
 * `bigint` with all 64 bits, in bytes.
 */

/** A value of type `T` that the compiler keeps apart from other `T`s by the tag `N`; free at run time. */
export type Brand<T, N extends string> = T & { readonly __brand: N };

/** CPU physical address, as `/proc/iomem` and sysfs `resource` print it. 0 ... 2^64-1. */
export type PhysAddr = Brand<bigint, 'PhysAddr'>;

/** PCI bus address: what stands in a BAR and travels in a TLP below a host bridge. 0 ... 2^64-1. */
export type BusAddr = Brand<bigint, 'BusAddr'>;

/** I/O virtual address: what a device behind a translating IOMMU uses. 0 ... 2^64-1. */
export type Iova = Brand<bigint, 'Iova'>;

/** A DMA address that says which space it is of (the kernel's `dma_addr_t` hides it). */
export type DmaAddr =
  | { readonly space: 'bus'; readonly addr: BusAddr }
  | { readonly space: 'iova'; readonly addr: Iova }
  | { readonly space: 'phys'; readonly addr: PhysAddr };

/** 2^64-1. */
export const U64_MAX = 0xffff_ffff_ffff_ffffn;

/** Keeps the low 64 bits, as unsigned C arithmetic does. */
export function u64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

/** Half-open ranges `[start, end)` of 64-bit addresses. `end` may be 2^64. */
export interface AddrRange {
  readonly start: bigint;
  readonly end: bigint;
}

/** Does `outer` hold every byte of `inner`? An empty `inner` is contained where its start is. */
export function rangeContains(outer: AddrRange, inner: AddrRange): boolean {
  return inner.start >= outer.start && inner.end <= outer.end;
}

/** Do the two share at least one byte? */
export function rangesOverlap(a: AddrRange, b: AddrRange): boolean {
  return a.start < b.end && b.start < a.end;
}
