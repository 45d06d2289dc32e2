/** Memory registered with an RDMA device, as its driver walks it. drivers/infiniband/core/umem.c. */
import { assert, U64_MAX, u64 } from '../base/index.ts';
import type { SgTable } from '../scatterlist/index.ts';

/** DMA entries of one registration. @kernel ib_umem include/rdma/ib_umem.h */
export interface IbUmem {
  /** Start of the region: an offset in the buffer. Its page offset is that of the first entry's first byte. */
  readonly address: bigint;
  /** Bytes. */
  readonly length: bigint;
  /** Address by which the device knows the region; `ibUmemFindBestPgsz` sets it. */
  iova: bigint;
  /** log2 of the CPU page size. */
  readonly pageShift: number;
  /** The table that holds the entries: `nents` of them from `first` on. The first one starts at a page. */
  readonly table: SgTable;
  readonly first: number;
  readonly nents: number;
}

/** The part of a region that {@link ibUmemFindBestPgsz} and the blocks need. */
export type UmemRun = Omit<IbUmem, 'iova'>;

/**
 * The largest page size with which the device can describe the region when it knows it by address `virt`: every block
 * but the first begins and every block but the last ends within one contiguous piece. Sizes beyond what holds the whole
 * region are not needed and not taken.
 * @param bitmap bit n set: the device knows pages of 2^n bytes
 * @returns the size in bytes, 0n when none will do. Sets `umem.iova`.
 * @kernel ib_umem_find_best_pgsz drivers/infiniband/core/umem.c
 */
export function ibUmemFindBestPgsz(umem: IbUmem, bitmap: bigint, virt: bigint): bigint {
  umem.iova = virt;
  const last = virt + u64(umem.length - 1n);
  if (last > U64_MAX) return 0n;
  const spanBits = bitLength(virt ^ last);
  const obstacles = (bitmap & ~((1n << BigInt(spanBits)) - 1n)) | boundaryBits(umem, virt);
  const usable = obstacles === 0n ? bitmap : bitmap & (2n * lowestBit(obstacles) - 1n);
  return usable === 0n ? 0n : 1n << BigInt(bitLength(usable) - 1);
}

/** Bits that say how far apart device address and DMA address are, and where in the region contiguous pieces meet. */
function boundaryBits({ table, first, nents, address, pageShift }: UmemRun, virt: bigint): bigint {
  let bits = 0n;
  let inPage = address & ((1n << BigInt(pageShift)) - 1n);
  let va = virt;
  let pieceEnd: bigint | undefined;
  for (let index = first; index < first + nents; index++) {
    const addr = table.dmaAddressBits(index);
    const len = BigInt(table.dmaLen[index] ?? 0);
    if (pieceEnd !== addr) {
      bits |= u64(addr + inPage) ^ va;
      if (index > first) bits |= va;
    }
    // A piece that ends at 2^64 is followed by nothing.
    pieceEnd = addr + len > U64_MAX ? undefined : addr + len;
    va = u64(va + len - inPage);
    inPage = 0n;
  }
  return bits;
}

/**
 * The same where only the offset of the region in a page matters: the device address is chosen to fit.
 * @param offsetMask bits of the device address that must agree with the DMA address
 * @kernel ib_umem_find_best_pgoff include/rdma/ib_umem.h
 */
export function ibUmemFindBestPgoff(umem: IbUmem, bitmap: bigint, offsetMask: bigint): bigint {
  if (umem.nents === 0) return 0n;
  const inPage = umem.address & ((1n << BigInt(umem.pageShift)) - 1n);
  const firstByte = umem.table.dmaAddressBits(umem.first) + inPage;
  return ibUmemFindBestPgsz(umem, bitmap, firstByte & offsetMask);
}

/**
 * How many blocks of `pgsz` bytes the region spans at its device address.
 * @kernel ib_umem_num_dma_blocks include/rdma/ib_umem.h
 */
export function ibUmemNumDmaBlocks({ iova, length }: IbUmem, pgsz: bigint): bigint {
  const start = iova - (iova % pgsz);
  return (iova + length + pgsz - 1n - start) / pgsz;
}

/**
 * DMA address of every block, in the order of device addresses. Pieces that do not touch but share a block are taken for
 * contiguous: `pgsz` must be one that {@link ibUmemFindBestPgsz} gave. Ends early where the entries do.
 * @kernel rdma_umem_for_each_dma_block include/rdma/ib_umem.h
 */
export function* rdmaUmemDmaBlocks(umem: IbUmem, pgsz: bigint): Generator<bigint> {
  assert(pgsz > 0n && (pgsz & (pgsz - 1n)) === 0n, 'a page size is a power of two');
  const { table, first, nents, address, pageShift } = umem;
  const inBlock = pgsz - 1n;
  let left = ibUmemNumDmaBlocks(umem, pgsz);
  let index = first;
  let done = address & ((1n << BigInt(pageShift)) - 1n) & ~inBlock;
  while (left > 0n && index < first + nents) {
    const addr = u64(table.dmaAddressBits(index) + done);
    yield addr & ~inBlock;
    left--;
    done += pgsz - (addr & inBlock);
    while (index < first + nents && done >= BigInt(table.dmaLen[index] ?? 0)) {
      done -= BigInt(table.dmaLen[index] ?? 0);
      index++;
    }
  }
}

function bitLength(bits: bigint): number {
  return bits === 0n ? 0 : bits.toString(2).length;
}

function lowestBit(bits: bigint): bigint {
  return bits & -bits;
}
