/** Memory for lists of entries: what a kernel has, what it lost, and where tables come from and go to. */
import { assert } from '../base/index.ts';
import { type KernelResult, kernelError, kernelOk } from '../uapi/index.ts';
import { type DmaSpace, type SgLanes, SgTable } from './sg-table.ts';

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
  #spare: SgLanes | undefined;

  constructor(limitEntries: number = DEFAULT_LIMIT) {
    this.limitEntries = limitEntries;
  }

  /** Entries whose memory the kernel will never get back. */
  get leakedEntries(): number {
    return this.#leakedEntries;
  }

  /** Lanes for `nents` entries, with anything in them. */
  take(nents: number): SgLanes {
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
