/** What is asked of the mapping code, what a mapping is, and what came of asking for one. */
import type { DmaDevice, DmaIovaState } from '../dma/index.ts';
import type { PhysVecArray, SgTable } from '../scatterlist/index.ts';
import type { DmaDirection, Errno } from '../uapi/index.ts';
import type { DmaBufKernel, PeerProvider } from './dma-buf-kernel.ts';
import type { DmaResv } from './dma-resv.ts';

/**
 * How the addresses came about.
 *
 * - `bus-addr`: PCI bus addresses; the switches route them.
 * - `iova`: one contiguous run of I/O addresses for all ranges.
 * - `direct`: one `dma_map_phys` per range, without an IOMMU or where the whole found no room.
 */
export type MapFlow = 'bus-addr' | 'iova' | 'direct';

/**
 * A live mapping: the table that the importer sees and what is needed to take it back.
 * @kernel dma_buf_dma drivers/dma-buf/dma-buf-mapping.c
 */
export interface SgtMapping {
  readonly table: SgTable;
  readonly flow: MapFlow;
  readonly importer: DmaDevice;
  readonly ranges: PhysVecArray;
  /** The `size` argument in bytes, not the sum of the ranges. */
  readonly size: bigint;
  readonly dir: DmaDirection;
  /** Bus address minus physical address; 0 but in flow `bus-addr`. */
  readonly busOffset: bigint;
  /** Flow `iova`: the run. */
  readonly state: DmaIovaState | undefined;
  /** The exporter's own mapping, where a debug kernel handed out a copy of its table. */
  readonly wrapped?: SgtMapping;
}

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

/** What `dma_buf_phys_vec_to_sgt` came to. */
export type PhysVecToSgtOutcome = PhysVecMapped | PhysVecFailed | PhysVecCrashed;

/** It returned a table. */
export interface PhysVecMapped {
  readonly outcome: 'mapped';
  readonly mapping: SgtMapping;
  /** Names of what the kernel got wrong on the way, as its log has them. */
  readonly defects: readonly string[];
}

/** It returned an error. */
export interface PhysVecFailed {
  readonly outcome: 'failed';
  readonly errno: Errno;
  /** Kernel function and step. */
  readonly at: string;
  /** Undefined where it failed before a flow was chosen. */
  readonly flow: MapFlow | undefined;
  readonly defects: readonly string[];
}

/** The kernel died: nothing of the machine can be used any more. */
export interface PhysVecCrashed {
  readonly outcome: 'crashed';
  /** Kernel function and what it did. */
  readonly at: string;
  readonly flow: MapFlow | undefined;
  readonly defects: readonly string[];
}

/** How the routine ended, before its defects are taken from the log. */
export type PhysVecResult =
  | Omit<PhysVecMapped, 'defects'>
  | Omit<PhysVecFailed, 'defects'>
  | Omit<PhysVecCrashed, 'defects'>;
