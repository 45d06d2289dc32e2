/** A plain DRM importer: it keeps one DMA address per page. drivers/gpu/drm/drm_prime.c. */
import type { DmaDevice } from '../dma/index.ts';
import { dmaPages, type SgTable } from '../scatterlist/index.ts';
import { DMA_BIDIRECTIONAL, type KernelResult, kernelError, kernelOk } from '../uapi/index.ts';
import { dmaBufAttach, dmaBufDetach, dmaBufDynamicAttach } from './attach.ts';
import type { DmaBuf, DmaBufAttachment } from './dma-buf.ts';
import type { DmaBufKernel } from './dma-buf-kernel.ts';
import { dmaBufMapAttachment, dmaBufUnmapAttachment } from './map-attachment.ts';
import type { SgtMapping } from './sgt-mapping.ts';

/**
 * DMA address of every page of a table. Entries that the page iterator counts as none are left out, so the array may be
 * shorter than the buffer: nothing tells the importer.
 * @param pageSize bytes, of the CPU
 * @kernel drm_prime_sg_to_dma_addr_array drivers/gpu/drm/drm_prime.c
 */
export function drmPrimeSgToDmaAddrArray(table: SgTable, pageSize: number): bigint[] {
  return [...dmaPages(table, pageSize)];
}

/** A buffer that a DRM driver imported. */
export interface DrmImport {
  readonly kernel: DmaBufKernel;
  readonly attach: DmaBufAttachment;
  /** One address per page of the table; undefined after the exporter took the memory away. */
  pages: readonly bigint[] | undefined;
  /** Undefined: nothing is mapped. */
  mapping: SgtMapping | undefined;
}

/**
 * Imports a buffer and maps it. `static` is the generic code of DRM: it needs memory that stays where it is, and does
 * not say that it can use device memory. `dynamic` is what amdgpu and xe do.
 * @returns what attaching or mapping gave.
 * @kernel drm_gem_prime_import_dev drivers/gpu/drm/drm_prime.c
 */
export function drmGemPrimeImport(
  kernel: DmaBufKernel,
  dmabuf: DmaBuf,
  dev: DmaDevice,
  how: 'static' | 'dynamic',
): KernelResult<DrmImport> {
  let imported: DrmImport | undefined;
  const ops = { allowPeer2peer: true, invalidateMappings: () => void (imported && dropPages(imported)) };
  const attached = how === 'static' ? dmaBufAttach(kernel, dmabuf, dev) : dmaBufDynamicAttach(kernel, dmabuf, dev, ops);
  if (!attached.ok) return attached;
  imported = { kernel, attach: attached.value, pages: undefined, mapping: undefined };
  const validated = drmValidate(imported);
  if (validated.ok) return kernelOk(imported);
  dmaBufDetach(kernel, dmabuf, attached.value);
  return validated;
}

/** Maps the buffer if it is not: at import, and before the next use after the memory was taken away. */
export function drmValidate(imported: DrmImport): KernelResult<undefined> {
  if (imported.mapping !== undefined) return kernelOk(undefined);
  const { kernel, attach } = imported;
  const { resv } = attach.dmabuf;
  resv.lock();
  const outcome = dmaBufMapAttachment(kernel, attach, DMA_BIDIRECTIONAL);
  if (outcome.outcome === 'mapped') {
    resv.wait('kernel');
    imported.mapping = outcome.mapping;
    imported.pages = drmPrimeSgToDmaAddrArray(outcome.mapping.table, 2 ** kernel.rules.pageShift);
  }
  resv.unlock();
  if (outcome.outcome === 'mapped') return kernelOk(undefined);
  return kernelError(outcome.outcome === 'failed' ? outcome.errno : 'EIO', outcome.at);
}

/**
 * Ends an import.
 * @kernel drm_prime_gem_destroy drivers/gpu/drm/drm_prime.c
 */
export function drmPrimeGemDestroy(imported: DrmImport): void {
  const { kernel, attach } = imported;
  attach.dmabuf.resv.lock();
  dropPages(imported);
  attach.dmabuf.resv.unlock();
  dmaBufDetach(kernel, attach.dmabuf, attach);
}

function dropPages(imported: DrmImport): void {
  const { kernel, attach, mapping } = imported;
  if (mapping === undefined) return;
  imported.pages = undefined;
  imported.mapping = undefined;
  dmaBufUnmapAttachment(kernel, attach, mapping, DMA_BIDIRECTIONAL);
}
