/** Which way the data goes, by the kernel's numbers. include/linux/dma-direction.h. */
export const DMA_BIDIRECTIONAL = 0;
export const DMA_TO_DEVICE = 1;
export const DMA_FROM_DEVICE = 2;
export const DMA_NONE = 3;

/** One of the four directions. */
export type DmaDirection = 0 | 1 | 2 | 3;
