/**
 * A memory region over a dma-buf as a network adapter gets it: a page size and one DMA address per block.
 * drivers/infiniband/hw/mlx5/mr.c, and the drivers that pin.
 */

import type { DmaBufKernel } from '../dma-buf/index.ts';
import type { DmaSpace } from '../scatterlist/index.ts';
import {
  type KernelResult,
  type KernelVersion,
  kernelAtLeast,
  kernelError,
  kernelOk,
  kernelVersion,
} from '../uapi/index.ts';
import {
  type IbUmemDmabuf,
  ibUmemDmabufGet,
  ibUmemDmabufGetPinned,
  ibUmemDmabufGetPinnedRevocable,
  type UmemDmabufRequest,
} from './ib-umem-dmabuf.ts';
import { ibUmemFindBestPgsz, rdmaUmemDmaBlocks } from './umem.ts';

/**
 * How a driver holds the buffer.
 *
 * - `dynamic`: maps when the device faults, unmaps when told, maps again.
 * - `pinned`: maps once and cannot give the memory back.
 * - `pinned-revocable`: maps once and gives it back for good when told.
 */
export type UmemMode = 'dynamic' | 'pinned' | 'pinned-revocable';

/** How the drivers hold buffers; `irdma` pins for good before 7.1. */
const MODES: ReadonlyMap<string, UmemMode> = new Map([
  ['mlx5', 'dynamic'],
  ['mlx5-data-direct', 'pinned'],
  ['mlx5-devx', 'pinned'],
  ['efa', 'pinned'],
  ['mana', 'pinned'],
  ['bnxt_re', 'pinned'],
  ['ionic', 'pinned'],
  ['irdma', 'pinned-revocable'],
]);

/** Drivers whose mode is known. */
export const UMEM_DRIVERS: readonly string[] = [...MODES.keys()];

/** The mode of a driver under a kernel; undefined for a driver that is not known. */
export function umemModeOf(driver: string, kernel: KernelVersion): UmemMode | undefined {
  const mode = MODES.get(driver);
  const revocable = kernelAtLeast(kernel, kernelVersion(7, 1));
  return mode === 'pinned-revocable' && !revocable ? 'pinned' : mode;
}

/** What to register, and how the adapter will know it. */
export interface MemoryRegionRequest extends UmemDmabufRequest {
  readonly mode: UmemMode;
  /** Address of the region's first byte for the adapter. */
  readonly virtAddr: bigint;
  /** Bit n set: the adapter knows pages of 2^n bytes. */
  readonly pageSizes: bigint;
}

/** What the adapter's translation table holds. */
export interface MemoryTranslation {
  /** Bytes, a power of two. */
  readonly pageSize: bigint;
  /** What kind of addresses `blocks` are. */
  readonly space: DmaSpace;
  /** DMA address of every block, from the one that holds `virtAddr` on. */
  readonly blocks: readonly bigint[];
}

/** One region. */
export class MemoryRegion {
  readonly umem: IbUmemDmabuf;
  readonly request: MemoryRegionRequest;
  #translation: MemoryTranslation | undefined;

  constructor(umem: IbUmemDmabuf, request: MemoryRegionRequest) {
    this.umem = umem;
    this.request = request;
  }

  /** What the adapter uses now; undefined: an access faults, or fails where the region was revoked. */
  get translation(): MemoryTranslation | undefined {
    return this.#translation;
  }

  /** Takes the translation from the adapter. */
  zap(): void {
    this.#translation = undefined;
  }

  /**
   * Maps the pages if they are not, and loads the translation: at registration, and at every fault of a dynamic region.
   * @returns EINVAL once revoked, EOPNOTSUPP where no page size of the adapter can describe the region.
   * @kernel mlx5_ib_page_fault_dmabuf_mr drivers/infiniband/hw/mlx5/odp.c
   */
  load(): KernelResult<undefined> {
    const { resv } = this.umem.dmabuf;
    resv.lock();
    const loaded = this.#loadLocked();
    resv.unlock();
    return loaded;
  }

  /** DMA address that the adapter sends for byte `virtAddr` of the region; undefined: it has no translation for it. */
  translate(virtAddr: bigint): bigint | undefined {
    const { virtAddr: start, size } = this.request;
    if (this.#translation === undefined || virtAddr < start || virtAddr >= start + size) return undefined;
    const { pageSize, blocks } = this.#translation;
    const block = blocks[Number(virtAddr / pageSize - start / pageSize)];
    return block === undefined ? undefined : block + (virtAddr % pageSize);
  }

  /** Deregisters. */
  deregister(): void {
    this.zap();
    this.umem.release();
  }

  #loadLocked(): KernelResult<undefined> {
    const mapped = this.umem.mapPages();
    if (!mapped.ok) return mapped;
    const umem = this.umem.umem();
    const { pageSizes, virtAddr } = this.request;
    const pageSize = umem === undefined ? 0n : ibUmemFindBestPgsz(umem, pageSizes, virtAddr);
    if (umem === undefined || pageSize === 0n) {
      return kernelError('EOPNOTSUPP', 'ib_umem_find_best_pgsz: no page size will do');
    }
    this.#translation = { pageSize, space: umem.table.space, blocks: [...rdmaUmemDmaBlocks(umem, pageSize)] };
    return kernelOk(undefined);
  }
}

/**
 * Registers part of a buffer with an adapter and loads its translation. Nothing is left of a registration that fails.
 * @kernel ib_device_ops.reg_user_mr_dmabuf include/rdma/ib_verbs.h
 */
export function regUserMrDmabuf(kernel: DmaBufKernel, request: MemoryRegionRequest): KernelResult<MemoryRegion> {
  let region: MemoryRegion | undefined;
  const got = getUmem(kernel, request, () => region?.zap());
  if (!got.ok) return got;
  region = new MemoryRegion(got.value, request);
  const loaded = region.load();
  if (loaded.ok) return kernelOk(region);
  region.deregister();
  return loaded;
}

function getUmem(kernel: DmaBufKernel, request: MemoryRegionRequest, zap: () => void): KernelResult<IbUmemDmabuf> {
  if (request.mode === 'pinned') return ibUmemDmabufGetPinned(kernel, request);
  if (request.mode === 'pinned-revocable') return ibUmemDmabufGetPinnedRevocable(kernel, request, zap);
  let umem: IbUmemDmabuf | undefined;
  const got = ibUmemDmabufGet(kernel, request, {
    allowPeer2peer: true,
    invalidateMappings: () => {
      zap();
      umem?.unmapPages();
    },
  });
  if (got.ok) umem = got.value;
  return got;
}
