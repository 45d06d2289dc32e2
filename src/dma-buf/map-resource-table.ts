/**
 * How drivers gave device memory to importers before the kernel had a function for it: one `dma_map_resource()` per
 * block. drivers/gpu/drm/amd/amdgpu/amdgpu_vram_mgr.c, and the same in other drivers.
 */
import type { DmaAddr, PhysAddr } from '../base/index.ts';
import { type DmaDevice, dmaMapResource, dmaUnmapPhys } from '../dma/index.ts';
import type { PhysVec } from '../scatterlist/index.ts';
import { type DmaDirection, type KernelResult, kernelOk } from '../uapi/index.ts';

/** An entry with both of its sides. */
export interface TwoSidedEntry {
  /** `page_link`: a pointer to `struct page`; the low bits are marks of the list. 0n: no page. */
  readonly pageLink: bigint;
  /** Bytes on the CPU side. */
  readonly length: number;
  readonly dma: DmaAddr;
  /** Bytes on the DMA side. */
  readonly dmaLength: number;
}

/** Blocks are cut to what one entry can hold with room to spare. */
const BLOCK = 1n << 31n;

/**
 * Maps physical ranges block by block. P2PDMA is not asked: no pair is refused, and the switches are not used where they
 * could be. Every entry has a CPU side of the same length, with no page.
 * @returns what `dma_map_resource` gave, with nothing left mapped.
 * @kernel amdgpu_vram_mgr_alloc_sgt drivers/gpu/drm/amd/amdgpu/amdgpu_vram_mgr.c
 */
export function mapResourceTable(
  importer: DmaDevice,
  ranges: Iterable<PhysVec>,
  dir: DmaDirection,
): KernelResult<TwoSidedEntry[]> {
  const entries: TwoSidedEntry[] = [];
  for (const { paddr, len } of ranges) {
    for (let done = 0n; done < len; done += BLOCK) {
      const size = len - done < BLOCK ? len - done : BLOCK;
      const mapped = dmaMapResource(importer, (paddr + done) as PhysAddr, size, dir);
      if (!mapped.ok) {
        unmapResourceTable(importer, entries);
        return mapped;
      }
      entries.push({ pageLink: 0n, length: Number(size), dma: mapped.value, dmaLength: Number(size) });
    }
  }
  return kernelOk(entries);
}

/**
 * Takes the addresses back.
 * @kernel amdgpu_vram_mgr_free_sgt drivers/gpu/drm/amd/amdgpu/amdgpu_vram_mgr.c
 */
export function unmapResourceTable(importer: DmaDevice, entries: readonly TwoSidedEntry[]): void {
  for (const { dma, dmaLength } of entries) dmaUnmapPhys(importer, dma.addr, BigInt(dmaLength));
}

/** The marks of the list (chain, end) and what lies below a page pointer's alignment stay as they are. */
const MANGLED_BITS = 0xffff_ffff_ffff_ff00n;

/**
 * Debug kernels to 6.19: the page pointers of the CPU side are turned into nonsense, so that importers that follow them
 * crash rather than work by chance. Doing it twice undoes it. A table without a CPU side is not changed by it.
 * @param origNents entries of the CPU side
 * @kernel mangle_sg_table drivers/dma-buf/dma-buf.c
 */
export function mangleSgTable(entries: readonly TwoSidedEntry[], origNents: number): TwoSidedEntry[] {
  return entries.map((entry, index) =>
    index < origNents ? { ...entry, pageLink: entry.pageLink ^ MANGLED_BITS } : entry,
  );
}
