/**
 * Addresses of the three spaces a DMA address may belong to. They are never mixed: each is its own brand of
 * `bigint` with all 64 bits, in bytes.
 */
import type { Brand } from './brand.ts';

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

/** `0x…`, lower case, no padding: how every address and length is written in text and JSON. */
export function hex(value: bigint | number): string {
  return `0x${value.toString(16)}`;
}
