/** A buffer shared by file descriptor: who exports it, who is attached, who holds it. drivers/dma-buf/dma-buf.c. */
import { assert } from '../base/index.ts';
import type { DmaDevice } from '../dma/index.ts';
import {
  type DmaDirection,
  type KernelResult,
  type KernelVersion,
  kernelAtLeast,
  kernelError,
  kernelOk,
  kernelVersion,
} from '../uapi/index.ts';
import type { DmaBufKernel } from './dma-buf-kernel.ts';
import { DmaResv } from './dma-resv.ts';
import type { PhysVecToSgtOutcome, SgtMapping } from './sgt-mapping.ts';

/** Kernel source file of the WARNs. */
export const DMA_BUF_FILE = 'drivers/dma-buf/dma-buf.c';

/**
 * What an exporter does. The lock is held for `pin`, `unpin`, `map` and `unmap`, not for the others.
 * @kernel dma_buf_ops include/linux/dma-buf.h
 */
export interface DmaBufOps {
  /** May refuse the importer, or take `peer2peer` away from it. */
  attach?(attach: DmaBufAttachment): KernelResult<undefined>;
  detach?(attach: DmaBufAttachment): void;
  /** Keeps the memory from moving; there exactly if `unpin` is. */
  pin?(attach: DmaBufAttachment): KernelResult<undefined>;
  unpin?(attach: DmaBufAttachment): void;
  /** Undefined: the exporter returned NULL, which counts as no memory. */
  map(attach: DmaBufAttachment, dir: DmaDirection): PhysVecToSgtOutcome | undefined;
  unmap(attach: DmaBufAttachment, mapping: SgtMapping, dir: DmaDirection): void;
  /** The last reference is gone. */
  release(): void;
}

/** What an exporter hands to {@link dmaBufExport}. Operations may be missing: that is one of its checks. */
export interface DmaBufExportInfo {
  readonly ops: Partial<DmaBufOps> | undefined;
  /** Bytes; not checked, 0 is possible. */
  readonly size: bigint;
  /** A lock shared with other buffers; else the buffer has its own. */
  readonly resv?: DmaResv;
  /** The exporter's module can still be held; false: it is being unloaded. */
  readonly moduleLive?: boolean;
}

/** One buffer. Made by {@link dmaBufExport} with one reference. */
export class DmaBuf {
  readonly kernel: DmaBufKernel;
  readonly ops: DmaBufOps;
  readonly size: bigint;
  readonly resv: DmaResv;
  /** Newest first. */
  readonly attachments: DmaBufAttachment[] = [];
  #references = 1;

  constructor(kernel: DmaBufKernel, ops: DmaBufOps, size: bigint, resv: DmaResv) {
    this.kernel = kernel;
    this.ops = ops;
    this.size = size;
    this.resv = resv;
  }

  /** References; 0 once released. */
  get references(): number {
    return this.#references;
  }

  /** @kernel get_dma_buf include/linux/dma-buf.h */
  get(): void {
    assert(this.#references > 0, 'a released buffer is not taken again');
    this.#references++;
  }

  /**
   * Drops a reference; the last one releases the buffer. Attachments still there are a fault of their importers.
   * @kernel dma_buf_put drivers/dma-buf/dma-buf.c
   */
  put(): void {
    assert(this.#references > 0, 'a reference is dropped once');
    if (--this.#references > 0) return;
    this.ops.release();
    if (this.attachments.length > 0) this.kernel.log.warn(DMA_BUF_FILE, 'dma_buf_release: attachments left');
  }
}

/**
 * Makes a buffer of an exporter's memory.
 * @returns EINVAL (with a WARN) for missing operations, ENOENT, ENOMEM.
 * @kernel dma_buf_export drivers/dma-buf/dma-buf.c
 */
export function dmaBufExport(kernel: DmaBufKernel, info: DmaBufExportInfo): KernelResult<DmaBuf> {
  const { ops } = info;
  if (!isComplete(ops)) {
    kernel.log.warn(DMA_BUF_FILE, 'dma_buf_export: operations missing');
    return kernelError('EINVAL', 'dma_buf_export: operations missing');
  }
  if ((ops.pin === undefined) !== (ops.unpin === undefined)) {
    kernel.log.warn(DMA_BUF_FILE, 'dma_buf_export: pin without unpin');
    return kernelError('EINVAL', 'dma_buf_export: pin without unpin');
  }
  if (info.moduleLive === false) return kernelError('ENOENT', 'dma_buf_export: try_module_get');
  if (kernel.fault?.('dma_buf_export: file') === true) return kernelError('ENOMEM', 'dma_buf_export: dma_buf_getfile');
  if (kernel.fault?.('dma_buf_export: object') === true) return kernelError('ENOMEM', 'dma_buf_export: object');
  return kernelOk(new DmaBuf(kernel, ops, info.size, info.resv ?? new DmaResv()));
}

function isComplete(ops: Partial<DmaBufOps> | undefined): ops is DmaBufOps {
  return ops?.map !== undefined && ops.unmap !== undefined && ops.release !== undefined;
}

/** First release in which the importer's callback has its new name and may be missing. */
const INVALIDATE_OPTIONAL: KernelVersion = kernelVersion(7, 1);

/**
 * What a dynamic importer brings along.
 * @kernel dma_buf_attach_ops include/linux/dma-buf.h
 */
export interface DmaBufAttachOps {
  /** The importer can use memory that has no pages. */
  readonly allowPeer2peer: boolean;
  /**
   * Mappings must go, at once or soon; called with the lock held. `invalidate_mappings` from 7.1, `move_notify` before.
   */
  invalidateMappings?(attach: DmaBufAttachment): void;
}

/** One importer at one buffer. Made by {@link dmaBufDynamicAttach}. */
export class DmaBufAttachment {
  readonly dmabuf: DmaBuf;
  readonly dev: DmaDevice;
  readonly importerOps: DmaBufAttachOps | undefined;
  /** The exporter's attach hook may take it away. */
  peer2peer: boolean;

  constructor(dmabuf: DmaBuf, dev: DmaDevice, importerOps: DmaBufAttachOps | undefined) {
    this.dmabuf = dmabuf;
    this.dev = dev;
    this.importerOps = importerOps;
    this.peer2peer = importerOps?.allowPeer2peer ?? false;
  }

  /** Can the exporter take its mappings back? */
  get revocable(): boolean {
    return this.importerOps?.invalidateMappings !== undefined;
  }
}

/**
 * Attaches an importer; with `importerOps` undefined it is a static one.
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
  const needsCallback = importerOps !== undefined && !kernelAtLeast(kernel.version, INVALIDATE_OPTIONAL);
  if (needsCallback && importerOps.invalidateMappings === undefined) return bad('no move_notify');
  if (kernel.fault?.('dma_buf_dynamic_attach: attachment') === true) {
    return kernelError('ENOMEM', 'dma_buf_dynamic_attach: attachment');
  }
  const attach = new DmaBufAttachment(dmabuf, dev, importerOps);
  const accepted = dmabuf.ops.attach?.(attach) ?? kernelOk(undefined);
  if (!accepted.ok) return accepted;
  dmabuf.resv.lock();
  dmabuf.attachments.unshift(attach);
  dmabuf.resv.unlock();
  return kernelOk(attach);
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
