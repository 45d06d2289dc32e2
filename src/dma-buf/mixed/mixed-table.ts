/** The table of a buffer of RAM and device memory: entries of different address spaces side by side. */
import type { DmaAddr } from '../../base/index.ts';
import {
  calcRunNents,
  type DmaSpace,
  fillSgEntry,
  type SgEntry,
  type SgLanes,
  SgTable,
  type SplitRules,
  sgFreeTable,
} from '../../scatterlist/index.ts';
import { type KernelResult, kernelError, kernelOk } from '../../uapi/index.ts';
import type { DmaBufKernel } from '../dma-buf-kernel.ts';
import type { DmaPart } from './map-mixed.ts';

/** A table whose entries say each for itself which space they are of, as the kernel's bus-address flag does. */
export class MixedSgTable extends SgTable {
  readonly #spaces: readonly DmaSpace[];

  constructor(lanes: SgLanes, spaces: readonly DmaSpace[]) {
    super(lanes, spaces[0] ?? 'phys');
    this.#spaces = spaces;
  }

  override copyTo(lanes: SgLanes): SgTable {
    super.copyTo(lanes);
    return new MixedSgTable(lanes, this.#spaces);
  }

  override at(index: number): SgEntry {
    const { dmaAddress, dmaLength } = super.at(index);
    return { dmaAddress: { ...dmaAddress, space: this.#spaces[index] ?? this.space } as DmaAddr, dmaLength };
  }
}

/**
 * Writes DMA ranges down as a table: each starts an entry of its own and is cut where an entry is full, at a page. There
 * is no CPU side, as part of the buffer has no pages.
 * @returns EINVAL for nothing at all, ENOMEM for more than the memory holds.
 */
export function mixedTable(kernel: DmaBufKernel, parts: readonly DmaPart[]): KernelResult<MixedSgTable> {
  const split: SplitRules = {
    chunk: 2 ** 32 - 2 ** kernel.rules.pageShift,
    distanceWraps: false,
    countOverflow: 'zero',
  };
  const spaces = parts.flatMap(({ dma, len }) => Array<DmaSpace>(calcRunNents(len, split)).fill(dma.space));
  if (spaces.length === 0) return kernelError('EINVAL', 'mixedTable: no entries');
  const noMemory = kernel.fault?.('sg_alloc_table') === true || spaces.length > kernel.memory.limitEntries;
  if (noMemory) return kernelError('ENOMEM', 'mixedTable: no memory');
  const table = new MixedSgTable(kernel.memory.take(spaces.length), spaces);
  let cursor = 0;
  for (const { dma, len } of parts) cursor = fillSgEntry(table, cursor, dma.addr, len, split);
  table.origNents = 0;
  return kernelOk(table);
}

/** Frees the whole list, though the table shows no CPU side. */
export function freeMixedTable(kernel: DmaBufKernel, table: SgTable): void {
  table.origNents = table.nents;
  sgFreeTable(kernel.memory, table);
}
