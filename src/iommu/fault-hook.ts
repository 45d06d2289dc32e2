/**
 * Lets a test fail the nth step of a call chain: asked at every step of the IOMMU and DMA layers that can fail for lack
 * of memory or by a driver's errno, with the step's name; true makes it fail.
 */
export type FaultHook = (step: FaultStep) => boolean;

/** The steps that can be made to fail. */
export type FaultStep =
  | 'alloc_iova: node'
  | 'iova_rcache_insert: magazine'
  | 'iommu_map: table page'
  | 'iotlb_sync_map';
