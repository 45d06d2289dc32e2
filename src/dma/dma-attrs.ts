/** Attributes of a mapping. include/linux/dma-mapping.h DMA_ATTR_*; an attribute left out is not set. */
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
