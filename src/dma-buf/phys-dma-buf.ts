/** An exporter of physical addresses alone: memory that no importer could get a table for, as EGM of nvgrace-gpu. */
import type { PhysVecArray } from '../scatterlist/index.ts';
import type { KernelResult } from '../uapi/index.ts';
import { type DmaBuf, dmaBufExport } from './dma-buf.ts';
import type { DmaBufKernel } from './dma-buf-kernel.ts';
import { PhysLists, palExporter } from './mapping-type/index.ts';

/**
 * Exports ranges as they are.
 * @param size what the exporter says of the buffer, bytes; nothing compares it with the ranges
 * @returns EINVAL on a kernel without mapping types.
 */
export function exportPhys(kernel: DmaBufKernel, ranges: PhysVecArray, size: bigint): KernelResult<DmaBuf> {
  const lists = new PhysLists(ranges);
  const ops = { singleExporterMatch: palExporter(lists), release: () => undefined };
  return dmaBufExport(kernel, { ops, priv: lists, size });
}
