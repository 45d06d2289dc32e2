/**
 * The scatter-gather table of a page-less mapping: DMA addresses and lengths, nothing for the CPU.
 * include/linux/scatterlist.h `struct sg_table`, lib/scatterlist.c.
 */
import { assert, type BusAddr, type DmaAddr, defined, type Iova, joinAt, type PhysAddr, u64 } from '../base/index.ts';
import { type KernelResult, kernelError, kernelOk } from '../uapi/index.ts';

/** Address space of a table's DMA addresses; the kernel's `dma_addr_t` does not tell. */
export type DmaSpace = DmaAddr['space'];

/** One entry as an importer sees it. */
export interface SgEntry {
  readonly dmaAddress: DmaAddr;
  /** Bytes, 0 ... 2^32-1; 0 when the kernel left the entry unfilled. */
  readonly dmaLength: number;
}

/** The memory of a list: one element per entry in each. */
export interface SgLanes {
  readonly addrLo: Uint32Array;
  readonly addrHi: Uint32Array;
  readonly dmaLen: Uint32Array;
}

const NO_LANES: SgLanes = { addrLo: new Uint32Array(0), addrHi: new Uint32Array(0), dmaLen: new Uint32Array(0) };

/**
 * A table of entries in 12 bytes each (the kernel's take 32): DMA address in two 32-bit lanes, DMA length in one. The
 * lanes are public for loops over many entries. The CPU side of every entry is empty (no page, offset 0, length 0),
 * so it has no lanes. {@link sgAllocTable} makes one and {@link sgFreeTable} empties it.
 */
export class SgTable {
  readonly space: DmaSpace;
  /** Entries on the DMA side. */
  nents: number;
  /** Entries on the CPU side; `dma_buf_phys_vec_to_sgt` sets it to 0 to say that there is no CPU side. */
  origNents: number;
  #lanes: SgLanes;

  /** @param lanes one element per entry each. */
  constructor(lanes: SgLanes, space: DmaSpace) {
    this.space = space;
    this.nents = lanes.dmaLen.length;
    this.origNents = this.nents;
    this.#lanes = lanes;
  }

  /** Low halves of the DMA addresses. */
  get addrLo(): Uint32Array {
    return this.#lanes.addrLo;
  }

  /** High halves of the DMA addresses. */
  get addrHi(): Uint32Array {
    return this.#lanes.addrHi;
  }

  /** DMA lengths in bytes. */
  get dmaLen(): Uint32Array {
    return this.#lanes.dmaLen;
  }

  /** A table of the same kind and content in other lanes, of as many entries. Its CPU side is as long as the DMA side. */
  copyTo(lanes: SgLanes): SgTable {
    lanes.addrLo.set(this.addrLo);
    lanes.addrHi.set(this.addrHi);
    lanes.dmaLen.set(this.dmaLen);
    return new SgTable(lanes, this.space);
  }

  /** Takes the list away; the table has no entries any more. */
  release(): SgLanes {
    const lanes = this.#lanes;
    this.#lanes = NO_LANES;
    this.nents = 0;
    this.origNents = 0;
    return lanes;
  }

  /** DMA address of entry `index`, without its space. */
  dmaAddressBits(index: number): bigint {
    return joinAt(this.addrHi, this.addrLo, index);
  }

  /** Entry `index`, 0 ... nents-1. */
  at(index: number): SgEntry {
    const bits = this.dmaAddressBits(index);
    return { dmaAddress: dmaAddr(this.space, bits), dmaLength: defined(this.dmaLen[index], 'entry') };
  }

  /** Sum of the DMA lengths. */
  dmaSize(): bigint {
    let total = 0;
    let overflow = 0n;
    for (let index = 0; index < this.nents; index++) {
      total += this.dmaLen[index] ?? 0;
      if (total >= 2 ** 52) {
        overflow += BigInt(total);
        total = 0;
      }
    }
    return u64(overflow + BigInt(total));
  }
}

/** Names the space of an address. */
function dmaAddr(space: DmaSpace, bits: bigint): DmaAddr {
  if (space === 'bus') return { space, addr: bits as BusAddr };
  if (space === 'iova') return { space, addr: bits as Iova };
  return { space, addr: bits as PhysAddr };
}

/** 2^26 entries are 2 GiB of the kernel's 32-byte entries. */
const DEFAULT_LIMIT: number = 2 ** 26;

/**
 * The memory a modelled kernel has for lists of entries. It keeps the lanes of the largest list freed last for the
 * next one: touching fresh memory costs three times as much as filling it.
 */
export class SgMemory {
  /** A list of more entries does not fit. */
  readonly limitEntries: number;
  #leakedEntries = 0;
  #liveEntries = 0;
  #spare: SgLanes | undefined;

  constructor(limitEntries: number = DEFAULT_LIMIT) {
    this.limitEntries = limitEntries;
  }

  /** Entries whose memory the kernel will never get back. */
  get leakedEntries(): number {
    return this.#leakedEntries;
  }

  /** Entries of the lists that are in use. */
  get liveEntries(): number {
    return this.#liveEntries;
  }

  /** Lanes for `nents` entries, with anything in them. */
  take(nents: number): SgLanes {
    this.#liveEntries += nents;
    const spare = this.#spare;
    if (spare === undefined || spare.dmaLen.length < nents) {
      return { addrLo: new Uint32Array(nents), addrHi: new Uint32Array(nents), dmaLen: new Uint32Array(nents) };
    }
    this.#spare = undefined;
    return {
      addrLo: spare.addrLo.subarray(0, nents),
      addrHi: spare.addrHi.subarray(0, nents),
      dmaLen: spare.dmaLen.subarray(0, nents),
    };
  }

  /** Takes lanes back; `leakedEntries` of them the kernel could not free. */
  give(lanes: SgLanes, leakedEntries: number): void {
    this.#leakedEntries += leakedEntries;
    this.#liveEntries -= lanes.dmaLen.length;
    if (lanes.dmaLen.length > (this.#spare?.dmaLen.length ?? 0)) this.#spare = lanes;
  }
}

/**
 * Makes a table.
 * @param nents entries, 0 ... 2^32-1
 * @param contents `zeroed`, as the kernel does; `any` for a caller that writes every entry itself
 * @returns EINVAL for 0 entries, ENOMEM for more than the memory holds.
 * @kernel sg_alloc_table lib/scatterlist.c
 */
export function sgAllocTable(
  memory: SgMemory,
  nents: number,
  space: DmaSpace,
  contents: 'zeroed' | 'any' = 'zeroed',
): KernelResult<SgTable> {
  assert(Number.isInteger(nents) && nents >= 0 && nents < 2 ** 32, 'an entry count has 32 bits');
  if (nents === 0) return kernelError('EINVAL', 'sg_alloc_table: nents is 0');
  if (nents > memory.limitEntries) return kernelError('ENOMEM', 'sg_alloc_table: no memory');
  const lanes = memory.take(nents);
  if (contents === 'zeroed') for (const lane of [lanes.addrLo, lanes.addrHi, lanes.dmaLen]) lane.fill(0);
  return kernelOk(new SgTable(lanes, space));
}

/**
 * Frees the list by the count of the CPU side, so a table whose `origNents` is 0 loses all its memory for good.
 * @kernel sg_free_table lib/scatterlist.c
 */
export function sgFreeTable(memory: SgMemory, table: SgTable): void {
  const { origNents } = table;
  const lanes = table.release();
  assert(lanes.dmaLen.length > 0, 'a table is freed once');
  memory.give(lanes, lanes.dmaLen.length - origNents);
}

/**
 * Entries of the DMA side, in order.
 * @kernel for_each_sgtable_dma_sg include/linux/scatterlist.h
 */
export function* dmaEntries(table: SgTable): Generator<SgEntry> {
  for (let index = 0; index < table.nents; index++) yield table.at(index);
}

/**
 * Entries of the CPU side: a page-less table has none, so code that walks this side sees nothing.
 * @kernel for_each_sgtable_sg include/linux/scatterlist.h
 */
export function* cpuEntries(table: SgTable): Generator<SgEntry> {
  for (let index = 0; index < table.origNents; index++) yield table.at(index);
}

/**
 * Pages that the DMA page iterator sees in an entry. The length is rounded up to a page in 32 bits, so one above
 * 2^32 - pageSize counts as 0 pages.
 */
export function dmaPagesOf(dmaLength: number, pageSize: number): number {
  return (((dmaLength + pageSize - 1) >>> 0) / pageSize) >>> 0;
}

/**
 * DMA address of every page, as DRM drivers collect them; entries that count as 0 pages are left out.
 * @kernel for_each_sgtable_dma_page include/linux/scatterlist.h
 */
export function* dmaPages(table: SgTable, pageSize: number): Generator<bigint> {
  for (let index = 0; index < table.nents; index++) {
    const start = table.dmaAddressBits(index);
    const pages = dmaPagesOf(table.dmaLen[index] ?? 0, pageSize);
    for (let page = 0; page < pages; page++) yield BigInt.asUintN(64, start + BigInt(page * pageSize));
  }
}
