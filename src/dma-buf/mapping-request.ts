/** What the flows of a mapping are given. */
import type { DmaDevice } from '../dma/index.ts';
import type { PhysVecArray } from '../scatterlist/index.ts';
import type { DmaDirection } from '../uapi/index.ts';
import type { DmaBufKernel, PeerProvider } from './dma-buf-kernel.ts';
import type { DmaResv } from './dma-resv.ts';

/** What the mapping code uses of an attachment. */
export interface MappingAttachment {
  readonly dmabuf: { readonly resv: DmaResv } | undefined;
  readonly dev: DmaDevice;
}

/** One request as the flows see it, all arguments there. */
export interface MappingRequest {
  readonly kernel: DmaBufKernel;
  readonly importer: DmaDevice;
  readonly provider: PeerProvider;
  readonly ranges: PhysVecArray;
  /** Bytes, 0 ... 2^64-1. */
  readonly size: bigint;
  readonly dir: DmaDirection;
}
