/**
 * The scatter-gather table of a page-less mapping: DMA addresses and lengths, nothing for the CPU.
 * include/linux/scatterlist.h `struct sg_table`, lib/scatterlist.c.
 */
import { type BusAddr, type DmaAddr, defined, type Iova, joinHalves, type PhysAddr, u64 } from '../base/index.ts';

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
    return joinHalves(defined(this.addrHi[index], 'entry'), defined(this.addrLo[index], 'entry'));
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
