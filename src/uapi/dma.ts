/** How a mapping is asked for, by the kernel's names. include/linux/dma-direction.h, include/linux/dma-mapping.h. */

/** Which way the data goes: the kernel's numbers. */
export const DMA_BIDIRECTIONAL = 0;
export const DMA_TO_DEVICE = 1;
export const DMA_FROM_DEVICE = 2;
export const DMA_NONE = 3;

/** One of the four directions. */
export type DmaDirection = 0 | 1 | 2 | 3;

/** Attributes of a mapping, `DMA_ATTR_*`; one left out is not set. */
export interface DmaAttrs {
  /** `DMA_ATTR_MMIO`: the memory is device registers, not RAM. */
  readonly mmio?: boolean;
  /** `DMA_ATTR_CC_SHARED`: the memory is shared with the host of a confidential guest, or not encrypted. */
  readonly ccShared?: boolean;
  /** `DMA_ATTR_REQUIRE_COHERENT`: fail rather than bounce or flush caches. */
  readonly requireCoherent?: boolean;
}

/** What every peer-to-peer mapping asks for. */
export const DMA_ATTR_MMIO: DmaAttrs = { mmio: true };
