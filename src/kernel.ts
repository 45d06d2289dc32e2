/**
 * `peerpath/kernel`: the models of kernel code, each under the kernel's own name in camelCase: dma-buf, the DMA API, I/O
 * page tables and groups, scatter-gather tables, VFIO, RDMA regions and iommufd. They fail as the kernel does, with an
 * errno ({@link KernelResult}), and tell what it would log through a {@link KernelLog} that is passed in.
 */
export * from './dma/index.ts';
export * from './dma-buf/index.ts';
export * from './iommu/index.ts';
export * from './iommufd/index.ts';
export * from './rdma/index.ts';
export * from './scatterlist/index.ts';
export * from './uapi/index.ts';
export * from './vfio/index.ts';
