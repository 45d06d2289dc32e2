/** Attaching importers and letting them go. drivers/dma-buf/dma-buf.c. */
import type { DmaDevice } from '../dma/index.ts';
import { type KernelResult, type KernelVersion, kernelAtLeast, kernelError, kernelVersion } from '../uapi/index.ts';
import { DMA_BUF_FILE, type DmaBuf, DmaBufAttachment, type DmaBufAttachOps } from './dma-buf.ts';
import type { DmaBufKernel } from './dma-buf-kernel.ts';
import { dmaBufMappingAttach, sgtImporter } from './mapping-type/index.ts';

/** First release in which the importer's callback has its new name and may be missing. */
const INVALIDATE_OPTIONAL: KernelVersion = kernelVersion(7, 1);

/**
 * Attaches an importer; with `importerOps` undefined it is a static one. Where mapping types are negotiated, it accepts a
 * table alone.
 * @returns EINVAL (with a WARN) for missing arguments, ENOMEM, or what the exporter's hook says.
 * @kernel dma_buf_dynamic_attach drivers/dma-buf/dma-buf.c
 */
export function dmaBufDynamicAttach(
  kernel: DmaBufKernel,
  dmabuf: DmaBuf | undefined,
  dev: DmaDevice | undefined,
  importerOps: DmaBufAttachOps | undefined,
): KernelResult<DmaBufAttachment> {
  const bad = (what: string): KernelResult<never> => {
    kernel.log.warn(DMA_BUF_FILE, `dma_buf_dynamic_attach: ${what}`);
    return kernelError('EINVAL', `dma_buf_dynamic_attach: ${what}`);
  };
  if (dmabuf === undefined || dev === undefined) return bad('NULL argument');
  if (kernel.rules.mappingTypes !== 'none') {
    const accepts = importerOps?.allowPeer2peer ?? false;
    return dmaBufMappingAttach(kernel, dmabuf, [sgtImporter(dev, accepts)], importerOps);
  }
  const needsCallback = importerOps !== undefined && !kernelAtLeast(kernel.version, INVALIDATE_OPTIONAL);
  if (needsCallback && importerOps.invalidateMappings === undefined) return bad('no move_notify');
  if (kernel.fault?.('dma_buf_dynamic_attach: attachment') === true) {
    return kernelError('ENOMEM', 'dma_buf_dynamic_attach: attachment');
  }
  const attach = new DmaBufAttachment(dmabuf, importerOps);
  attach.setDevice(dev, importerOps?.allowPeer2peer ?? false);
  return dmabuf.join(attach);
}

/**
 * Attaches an importer that cannot follow when the memory moves.
 * @kernel dma_buf_attach drivers/dma-buf/dma-buf.c
 */
export function dmaBufAttach(
  kernel: DmaBufKernel,
  dmabuf: DmaBuf | undefined,
  dev: DmaDevice | undefined,
): KernelResult<DmaBufAttachment> {
  return dmaBufDynamicAttach(kernel, dmabuf, dev, undefined);
}

/**
 * Ends an attachment. Mappings that the importer forgot stay.
 * @kernel dma_buf_detach drivers/dma-buf/dma-buf.c
 */
export function dmaBufDetach(
  kernel: DmaBufKernel,
  dmabuf: DmaBuf | undefined,
  attach: DmaBufAttachment | undefined,
): void {
  if (dmabuf === undefined || attach === undefined || attach.dmabuf !== dmabuf) {
    kernel.log.warn(DMA_BUF_FILE, 'dma_buf_detach: not an attachment of the buffer');
    return;
  }
  dmabuf.resv.lock();
  const place = dmabuf.attachments.indexOf(attach);
  if (place >= 0) dmabuf.attachments.splice(place, 1);
  dmabuf.resv.unlock();
  dmabuf.ops.detach?.(attach);
}

/**
 * Is the importer one that is told when the memory moves?
 * @kernel dma_buf_attachment_is_dynamic drivers/dma-buf/dma-buf.c
 */
export function isDynamic(attach: DmaBufAttachment): boolean {
  return attach.importerOps !== undefined;
}

/**
 * Does the importer have to be served as a static one: pinned while mapped, and fences waited for? Dynamic ones too
 * before 7.1 where CONFIG_DMABUF_MOVE_NOTIFY is off.
 */
export function servedAsStatic({ moveNotify, version }: DmaBufKernel, attach: DmaBufAttachment): boolean {
  return !isDynamic(attach) || (!moveNotify && !kernelAtLeast(version, INVALIDATE_OPTIONAL));
}
