/** Kernel functions that may sleep until an importer lets go: generators that yield the buffer they wait for. */
import type { DmaBuf } from './dma-buf.ts';
import type { DmaBufKernel } from './dma-buf-kernel.ts';
import { dmaBufInvalidateMappings } from './map-attachment.ts';

/** A call that is under way. It yields while a mapping of the buffer is left; run it again after the importer unmapped. */
export type Sleeping<T> = Generator<DmaBuf, T, undefined>;

/** How far a call came. The kernel has no timeout: an importer that never unmaps blocks it for ever. */
export type Progress<T> =
  | { readonly state: 'done'; readonly value: T }
  | { readonly state: 'sleeping'; readonly waitingFor: DmaBuf };

/** Runs a call until it returns or has to wait. */
export function proceed<T>(call: Sleeping<T>): Progress<T> {
  const { done, value } = call.next();
  return done === true ? { state: 'done', value } : { state: 'sleeping', waitingFor: value };
}

/** An exporter's own side of a buffer whose memory it can take away. */
export interface RevocableBuffer {
  readonly dmabuf: DmaBuf;
  /** New mappings fail. */
  revoked: boolean;
  /** Mappings that importers hold. */
  readonly mappings: number;
}

/**
 * Takes the memory away from every importer: no new mappings, all told to unmap, all fences waited for, and then the
 * last mapping. The way of the exporters from 7.1 on.
 */
export function* stopAccess(kernel: DmaBufKernel, buffer: RevocableBuffer): Sleeping<void> {
  const { dmabuf } = buffer;
  dmabuf.resv.lock();
  buffer.revoked = true;
  dmaBufInvalidateMappings(kernel, dmabuf);
  dmabuf.resv.wait('bookkeep');
  dmabuf.resv.unlock();
  while (buffer.mappings > 0) yield dmabuf;
}
