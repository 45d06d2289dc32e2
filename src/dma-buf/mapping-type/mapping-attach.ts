/** Attaching by negotiation. */
import { type KernelResult, kernelError } from '../../uapi/index.ts';
import {
  DMA_BUF_FILE,
  type DmaBuf,
  DmaBufAttachment,
  type DmaBufAttachOps,
  type DmaBufMappingMatch,
  type DmaBufMatchArgs,
} from '../dma-buf.ts';
import type { DmaBufKernel } from '../dma-buf-kernel.ts';
import { dmaBufMatchMapping } from './match.ts';
import { sgtExporter } from './sgt.ts';

/** What one call of {@link dmaBufMappingAttach} came to, and how. */
export type MappingAttachResult = KernelResult<DmaBufAttachment> & {
  /** Undefined where the call failed before it negotiated. */
  readonly negotiation: Negotiation | undefined;
};

/** Both lists, and every pair that was looked at. */
export type Negotiation = Pick<DmaBufMatchArgs, 'importer' | 'exporter' | 'tried'>;

/**
 * Attaches an importer that knows the ways of mapping in `importer`, in its order. The exporter's attach hook runs after
 * the negotiation.
 * @returns EINVAL (with a WARN) without a buffer, or for importer operations without a callback; ENOMEM; what the
 *   negotiation or the exporter's hook gave.
 * @kernel dma_buf_mapping_attach drivers/dma-buf/dma-buf.c
 */
export function dmaBufMappingAttach(
  kernel: DmaBufKernel,
  dmabuf: DmaBuf | undefined,
  importer: readonly DmaBufMappingMatch[],
  importerOps: DmaBufAttachOps | undefined,
): MappingAttachResult {
  const bad = (what: string): MappingAttachResult => {
    kernel.log.warn(DMA_BUF_FILE, `dma_buf_mapping_attach: ${what}`);
    return { ...kernelError('EINVAL', `dma_buf_mapping_attach: ${what}`), negotiation: undefined };
  };
  if (dmabuf === undefined) return bad('NULL buffer');
  if (importerOps !== undefined && importerOps.invalidateMappings === undefined) return bad('no invalidate_mappings');
  if (kernel.fault?.('dma_buf_mapping_attach: attachment') === true) {
    return { ...kernelError('ENOMEM', 'dma_buf_mapping_attach: attachment'), negotiation: undefined };
  }
  const attach = new DmaBufAttachment(dmabuf, importerOps);
  const args: DmaBufMatchArgs = { dmabuf, attach, importer, tried: [], exporter: undefined };
  const matched = negotiate(args);
  return { ...(matched.ok ? dmabuf.join(attach) : matched), negotiation: args };
}

/** By the exporter's list, its one item, or in the middle of the series by an item that wraps its `map` and `unmap`. */
function negotiate(args: DmaBufMatchArgs): KernelResult<DmaBufMappingMatch> {
  const { ops } = args.dmabuf;
  if (ops.matchMapping !== undefined) return ops.matchMapping(args);
  return dmaBufMatchMapping(args, [ops.singleExporterMatch ?? sgtExporter(ops)]);
}
