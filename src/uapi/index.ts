export * from './bdf.ts';
export * from './dma-direction.ts';
export * from './errno.ts';
export * from './ioresource.ts';
export * from './p2pdma-map-type.ts';
export * from './pci-regs.ts';
