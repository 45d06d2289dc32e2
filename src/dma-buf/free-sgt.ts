/** Taking a mapping back. */
import { dmaIovaDestroy } from '../dma/index.ts';
import { sgFreeTable } from '../scatterlist/index.ts';
import type { DmaBufKernel } from './dma-buf-kernel.ts';
import { unmapDirect } from './flow-direct.ts';
import type { MappingAttachment } from './mapping-request.ts';
import type { SgtMapping } from './sgt-mapping.ts';

/**
 * Unmaps and frees what `physVecToSgt` gave. The caller holds the reservation lock.
 * @kernel dma_buf_free_sgt drivers/dma-buf/dma-buf-mapping.c
 */
export function freeSgt(kernel: DmaBufKernel, attach: MappingAttachment, mapping: SgtMapping): void {
  attach.dmabuf?.resv.assertHeld(kernel, 'dma_buf_free_sgt');
  const { table, importer, ranges, state, size } = mapping;
  if (state !== undefined) dmaIovaDestroy(importer, state, size);
  else if (mapping.flow === 'direct') unmapDirect({ kernel, importer, ranges }, table);
  if (!kernel.rules.has('sg-list-never-freed')) table.origNents = table.addrLo.length;
  sgFreeTable(kernel.memory, table);
}
