/** Beginning and end of a table, the same in every flow. */
import { type DmaSpace, type SgTable, sgAllocTable } from '../scatterlist/index.ts';
import { type KernelResult, kernelError } from '../uapi/index.ts';
import type { DmaBufKernel } from './dma-buf-kernel.ts';
import type { FlowResult, MapFlow } from './sgt-mapping.ts';

/** A table of `nents` entries; EINVAL for none, ENOMEM without memory. */
export function allocTable(
  kernel: DmaBufKernel,
  nents: number,
  space: DmaSpace,
  contents: 'zeroed' | 'any',
): KernelResult<SgTable> {
  if (nents > 0 && kernel.fault?.('sg_alloc_table') === true) return kernelError('ENOMEM', 'sg_alloc_table: no memory');
  return sgAllocTable(kernel.memory, nents, space, contents);
}

/**
 * Marks the table as one without a CPU side. The count that would free the list goes with it, unless the kernel is the
 * intended one.
 */
export function finishTable(kernel: DmaBufKernel, table: SgTable, cursor: number): void {
  if (kernel.rules.has('sg-list-never-freed')) kernel.log.touchDefect('sg-list-never-freed');
  table.origNents = 0;
  if (cursor < table.nents) {
    kernel.log.warnOnce(kernel.rules.file, `${kernel.rules.mapFunction}: entries left over`);
  }
}

/** The entries ran out: the kernel follows a NULL pointer. */
export function pastTable(kernel: DmaBufKernel, flow: MapFlow): FlowResult {
  kernel.log.notice('BUG: kernel NULL pointer dereference in fill_sg_entry');
  return { outcome: 'crashed', at: 'fill_sg_entry: NULL entry', flow };
}
