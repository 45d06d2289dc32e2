/** Pinning, mapping and taking back what an importer uses. The caller holds the reservation lock. */
import { sgFreeTable } from '../scatterlist/index.ts';
import {
  type DmaDirection,
  type Errno,
  type KernelResult,
  kernelAtLeast,
  kernelOk,
  kernelVersion,
} from '../uapi/index.ts';
import { isDynamic, servedAsStatic } from './attach.ts';
import { DMA_BUF_FILE, type DmaBuf, type DmaBufAttachment } from './dma-buf.ts';
import type { DmaBufKernel } from './dma-buf-kernel.ts';
import { sgtOps } from './mapping-type/index.ts';
import type { PhysVecFailed, PhysVecMapped, PhysVecToSgtOutcome, SgtMapping } from './sgt-mapping.ts';

/**
 * Keeps the buffer's memory where it is. It does not keep it from being revoked.
 * @kernel dma_buf_pin drivers/dma-buf/dma-buf.c
 */
export function dmaBufPin(kernel: DmaBufKernel, attach: DmaBufAttachment): KernelResult<undefined> {
  if (!isDynamic(attach)) kernel.log.warn(DMA_BUF_FILE, 'dma_buf_pin: static importer');
  attach.dmabuf.resv.assertHeld(kernel, 'dma_buf_pin');
  return attach.dmabuf.ops.pin?.(attach) ?? kernelOk(undefined);
}

/** @kernel dma_buf_unpin drivers/dma-buf/dma-buf.c */
export function dmaBufUnpin(kernel: DmaBufKernel, attach: DmaBufAttachment): void {
  if (!isDynamic(attach)) kernel.log.warn(DMA_BUF_FILE, 'dma_buf_unpin: static importer');
  attach.dmabuf.resv.assertHeld(kernel, 'dma_buf_unpin');
  attach.dmabuf.ops.unpin?.(attach);
}

/**
 * Maps the buffer for its importer. A dynamic importer still has to wait for fences of usage `kernel` before it uses
 * the addresses.
 * @kernel dma_buf_map_attachment drivers/dma-buf/dma-buf.c
 */
export function dmaBufMapAttachment(
  kernel: DmaBufKernel,
  attach: DmaBufAttachment | undefined,
  dir: DmaDirection,
): PhysVecToSgtOutcome {
  if (attach === undefined) {
    kernel.log.warn(DMA_BUF_FILE, 'dma_buf_map_attachment: NULL attachment');
    return failed('EINVAL', 'NULL attachment');
  }
  const { ops, resv } = attach.dmabuf;
  const exporter = sgtOps(attach);
  resv.assertHeld(kernel, 'dma_buf_map_attachment');
  const pinned = pinForMap(kernel, attach);
  if (!pinned.ok) return failed(pinned.errno, pinned.at);
  const outcome = exporter.map?.(attach, dir) ?? failed('ENOMEM', 'the exporter returned NULL');
  if (outcome.outcome === 'crashed') return outcome;
  const ready = outcome.outcome === 'mapped' ? waitAndWrap(kernel, attach, outcome, dir) : outcome;
  if (ready.outcome === 'failed' && pinned.value) ops.unpin?.(attach);
  return ready;
}

/** What a mapping goes through before its importer sees it. Where that fails, the exporter gets it back. */
function waitAndWrap(
  kernel: DmaBufKernel,
  attach: DmaBufAttachment,
  outcome: PhysVecMapped,
  dir: DmaDirection,
): PhysVecToSgtOutcome {
  const { resv } = attach.dmabuf;
  const undo = (errno: Errno, step: string): PhysVecFailed => {
    sgtOps(attach).unmap?.(attach, outcome.mapping, dir);
    return failed(errno, step);
  };
  if (servedAsStatic(kernel, attach)) {
    if (kernel.fault?.('dma_buf_map_attachment: fence wait') === true) {
      return undo('ERESTARTSYS', 'dma_resv_wait_timeout');
    }
    resv.wait('kernel');
  }
  const copy = wrapTable(kernel, outcome.mapping);
  if (copy === undefined) return undo('ENOMEM', 'dma_buf_wrap_sg_table');
  return copy === outcome.mapping ? outcome : { ...outcome, mapping: copy };
}

/**
 * Takes a mapping back.
 * @kernel dma_buf_unmap_attachment drivers/dma-buf/dma-buf.c
 */
export function dmaBufUnmapAttachment(
  kernel: DmaBufKernel,
  attach: DmaBufAttachment | undefined,
  mapping: SgtMapping | undefined,
  dir: DmaDirection,
): void {
  if (attach === undefined || mapping === undefined) {
    kernel.log.warn(DMA_BUF_FILE, 'dma_buf_unmap_attachment: NULL argument');
    return;
  }
  const { ops, resv } = attach.dmabuf;
  resv.assertHeld(kernel, 'dma_buf_unmap_attachment');
  if (mapping.wrapped !== undefined) sgFreeTable(kernel.memory, mapping.table);
  sgtOps(attach).unmap?.(attach, mapping.wrapped ?? mapping, dir);
  if (servedAsStatic(kernel, attach)) ops.unpin?.(attach);
}

/**
 * Tells every importer that its mappings must go. Nothing is waited for. `move_notify` before 7.1.
 * @kernel dma_buf_invalidate_mappings drivers/dma-buf/dma-buf.c
 */
export function dmaBufInvalidateMappings(kernel: DmaBufKernel, dmabuf: DmaBuf): void {
  dmabuf.resv.assertHeld(kernel, 'dma_buf_invalidate_mappings');
  for (const attach of [...dmabuf.attachments]) attach.importerOps?.invalidateMappings?.(attach);
}

/** Pins for a static importer. @returns whether there is a pin to take back. */
function pinForMap(kernel: DmaBufKernel, attach: DmaBufAttachment): KernelResult<boolean> {
  const { ops } = attach.dmabuf;
  if (ops.pin === undefined || !servedAsStatic(kernel, attach)) return kernelOk(false);
  const pinned = ops.pin(attach);
  if (pinned.ok) return kernelOk(true);
  if (pinned.errno === 'EBUSY') kernel.log.warn(DMA_BUF_FILE, 'dma_buf_map_attachment: pin gave -EBUSY');
  return pinned;
}

/**
 * Debug kernels from 7.0 on give importers a copy of the table, whose CPU side looks as long as the DMA side.
 * @returns undefined without memory.
 * @kernel dma_buf_wrap_sg_table drivers/dma-buf/dma-buf.c
 */
function wrapTable(kernel: DmaBufKernel, mapping: SgtMapping): SgtMapping | undefined {
  if (!kernel.dmabufDebug || !kernelAtLeast(kernel.version, kernelVersion(7, 0))) return mapping;
  if (kernel.fault?.('dma_buf_wrap_sg_table: table') === true) return undefined;
  const { table } = mapping;
  if (table.nents > kernel.memory.limitEntries) return undefined;
  return { ...mapping, table: table.copyTo(kernel.memory.take(table.nents)), wrapped: mapping };
}

function failed(errno: Errno, step: string): PhysVecFailed {
  return { outcome: 'failed', errno, at: `dma_buf_map_attachment: ${step}`, flow: undefined, defects: [] };
}
