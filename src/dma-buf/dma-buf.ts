/** A buffer shared by file descriptor: who exports it, who is attached, who holds it. drivers/dma-buf/dma-buf.c. */
import { assert, defined } from '../base/index.ts';
import type { DmaDevice } from '../dma/index.ts';
import { type DmaDirection, type KernelError, type KernelResult, kernelError, kernelOk } from '../uapi/index.ts';
import type { DmaBufKernel } from './dma-buf-kernel.ts';
import { DmaResv } from './dma-resv.ts';
import type { PhysVecToSgtOutcome, SgtMapping } from './sgt-mapping.ts';

/** Kernel source file of the WARNs. */
export const DMA_BUF_FILE = 'drivers/dma-buf/dma-buf.c';

/**
 * A way in which an importer gets at the memory of an exporter: a singleton. Importer and exporter each list what they
 * know, and the first that fits both holds for the attachment. Types bring their own functions to map and unmap.
 * @kernel dma_buf_mapping_type include/linux/dma-buf-mapping.h
 */
export interface DmaBufMappingType {
  readonly name: string;
  /**
   * Do the two items go together? EOPNOTSUPP: these two do not, another error ends the negotiation. Left out: any two do.
   */
  match?(args: DmaBufMatchArgs, exporter: DmaBufMappingMatch, importer: DmaBufMappingMatch): KernelResult<undefined>;
  /** What holds for the attachment from now on. */
  finishMatch(args: DmaBufMatchArgs, exporter: DmaBufMappingMatch, importer: DmaBufMappingMatch): DmaBufMappingMatch;
}

/**
 * One item of a list: a type, and what belongs to it.
 * @kernel dma_buf_mapping_match include/linux/dma-buf-mapping.h
 */
export interface DmaBufMappingMatch {
  readonly type: DmaBufMappingType;
}

/**
 * What a negotiation is about.
 * @kernel dma_buf_match_args include/linux/dma-buf-mapping.h
 */
export interface DmaBufMatchArgs {
  readonly dmabuf: DmaBuf;
  readonly attach: DmaBufAttachment;
  /** The importer's list. */
  readonly importer: readonly DmaBufMappingMatch[];
  /** Every pair that was looked at, in order. */
  readonly tried: TriedMatch[];
  /** The exporter's list; undefined until it gave one. */
  exporter: readonly DmaBufMappingMatch[] | undefined;
}

/** A pair of items that a negotiation looked at. */
export interface TriedMatch {
  /** Places in the two lists. */
  readonly exporter: number;
  readonly importer: number;
  /** `passed`: of two types, nothing was called. */
  readonly outcome: 'passed' | 'chosen' | KernelError;
}

/**
 * What an exporter does. The lock is held for `pin`, `unpin`, `map` and `unmap`, not for the others. Where mapping types
 * are negotiated there is `matchMapping` or `singleExporterMatch` in place of `map` and `unmap`.
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
  map?(attach: DmaBufAttachment, dir: DmaDirection): PhysVecToSgtOutcome | undefined;
  unmap?(attach: DmaBufAttachment, mapping: SgtMapping, dir: DmaDirection): void;
  /** Makes the exporter's list and negotiates with it. The lock is not held. */
  matchMapping?(args: DmaBufMatchArgs): KernelResult<DmaBufMappingMatch>;
  /** A list of one, for exporters to whom all importers are alike. */
  readonly singleExporterMatch?: DmaBufMappingMatch;
  /** The last reference is gone. */
  release(): void;
}

/** What an exporter hands to {@link dmaBufExport}. Operations may be missing: that is one of its checks. */
export interface DmaBufExportInfo {
  readonly ops: Partial<DmaBufOps> | undefined;
  /** What the exporter knows the buffer by; left out: the operations. */
  readonly priv?: object;
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
  readonly priv: object;
  readonly size: bigint;
  readonly resv: DmaResv;
  /** Newest first. */
  readonly attachments: DmaBufAttachment[] = [];
  #references = 1;

  constructor(kernel: DmaBufKernel, ops: DmaBufOps, { priv, size, resv }: DmaBufExportInfo) {
    this.kernel = kernel;
    this.ops = ops;
    this.priv = priv ?? ops;
    this.size = size;
    this.resv = resv ?? new DmaResv();
  }

  /** The last steps of attaching: the exporter's hook, which may refuse, and the list. */
  join(attach: DmaBufAttachment): KernelResult<DmaBufAttachment> {
    const accepted = this.ops.attach?.(attach) ?? kernelOk(undefined);
    if (!accepted.ok) return accepted;
    this.resv.lock();
    this.attachments.unshift(attach);
    this.resv.unlock();
    return kernelOk(attach);
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
  const wrong = wrongOperations(kernel, ops);
  if (wrong !== undefined || !isReleased(ops)) {
    kernel.log.warn(DMA_BUF_FILE, `dma_buf_export: ${wrong}`);
    return kernelError('EINVAL', `dma_buf_export: ${wrong}`);
  }
  if (info.moduleLive === false) return kernelError('ENOENT', 'dma_buf_export: try_module_get');
  if (kernel.fault?.('dma_buf_export: file') === true) return kernelError('ENOMEM', 'dma_buf_export: dma_buf_getfile');
  if (kernel.fault?.('dma_buf_export: object') === true) return kernelError('ENOMEM', 'dma_buf_export: object');
  return kernelOk(new DmaBuf(kernel, ops, info));
}

/** What is wrong with an exporter's operations. */
function wrongOperations({ rules }: DmaBufKernel, ops: Partial<DmaBufOps> | undefined): string | undefined {
  if (!isReleased(ops)) return 'operations missing';
  const mapsItself = ops.map !== undefined && ops.unmap !== undefined;
  const mapsAtAll = ops.map !== undefined || ops.unmap !== undefined;
  const lists = [ops.matchMapping, ops.singleExporterMatch].filter((list) => list !== undefined).length;
  if (rules.mappingTypes === 'none') {
    if (!mapsItself) return 'operations missing';
  } else {
    if (lists === 2) return 'two lists of mapping types';
    if (lists === 1 && mapsAtAll) return 'a list of mapping types beside map or unmap';
    if (lists === 0 && (rules.mappingTypes === 'complete' || !mapsItself)) return 'no list of mapping types';
  }
  return (ops.pin === undefined) === (ops.unpin === undefined) ? undefined : 'pin without unpin';
}

function isReleased(ops: Partial<DmaBufOps> | undefined): ops is DmaBufOps {
  return ops?.release !== undefined;
}

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

/** One importer at one buffer. */
export class DmaBufAttachment {
  readonly dmabuf: DmaBuf;
  readonly importerOps: DmaBufAttachOps | undefined;
  /** The exporter's attach hook may take it away. */
  peer2peer = false;
  /** What was negotiated; undefined where nothing was. */
  mapType: DmaBufMappingMatch | undefined;
  #dev: DmaDevice | undefined;

  constructor(dmabuf: DmaBuf, importerOps: DmaBufAttachOps | undefined) {
    this.dmabuf = dmabuf;
    this.importerOps = importerOps;
  }

  /** The device that does the DMA; there is one exactly where the importer gets a table. */
  get dev(): DmaDevice {
    return defined(this.#dev, 'DMA device of the attachment');
  }

  /** Makes it an attachment that gets a table. */
  setDevice(dev: DmaDevice, peer2peer: boolean): void {
    this.#dev = dev;
    this.peer2peer = peer2peer;
  }

  /** Can the exporter take its mappings back? */
  get revocable(): boolean {
    return this.importerOps?.invalidateMappings !== undefined;
  }
}
