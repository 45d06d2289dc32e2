/** An RDMA registration over a dma-buf. drivers/infiniband/core/umem_dmabuf.c. */
import { assert, highHalf, lowHalf, U64_MAX, u64 } from '../base/index.ts';
import type { DmaDevice } from '../dma/index.ts';
import {
  type DmaBuf,
  type DmaBufAttachment,
  type DmaBufAttachOps,
  type DmaBufKernel,
  dmaBufDetach,
  dmaBufDynamicAttach,
  dmaBufGet,
  dmaBufMapAttachment,
  dmaBufPin,
  dmaBufUnmapAttachment,
  dmaBufUnpin,
  type FileTable,
  type SgtMapping,
} from '../dma-buf/index.ts';
import type { SgTable } from '../scatterlist/index.ts';
import {
  DMA_BIDIRECTIONAL,
  type KernelResult,
  kernelAtLeast,
  kernelError,
  kernelOk,
  kernelVersion,
} from '../uapi/index.ts';
import type { IbUmem } from './umem.ts';

/** What to register. */
export interface UmemDmabufRequest {
  readonly files: FileTable;
  readonly fd: number;
  /** Bytes from the start of the buffer, 0 ... 2^64-1. */
  readonly offset: bigint;
  /** Bytes, 0 ... 2^64-1. */
  readonly size: bigint;
  /** The function that does the DMA: the device's own, or its data-direct function. */
  readonly dmaDevice: DmaDevice;
  /** True makes the step fail for lack of memory. */
  readonly fault?: (step: 'ib_umem_dmabuf') => boolean;
}

/** What became of a mapping: how its table was cut. */
interface MappedPages {
  readonly mapping: SgtMapping;
  readonly window: UmemWindow;
}

/**
 * One registration. Its pages are mapped, unmapped and mapped again with the reservation lock held.
 * @kernel ib_umem_dmabuf include/rdma/ib_umem.h
 */
export class IbUmemDmabuf {
  readonly kernel: DmaBufKernel;
  readonly dmabuf: DmaBuf;
  readonly attach: DmaBufAttachment;
  readonly offset: bigint;
  readonly length: bigint;
  pinned = false;
  revoked = false;
  #pages: MappedPages | undefined;

  constructor(kernel: DmaBufKernel, attach: DmaBufAttachment, offset: bigint, length: bigint) {
    this.kernel = kernel;
    this.dmabuf = attach.dmabuf;
    this.attach = attach;
    this.offset = offset;
    this.length = length;
  }

  get mapped(): boolean {
    return this.#pages !== undefined;
  }

  /** The entries of the region; undefined while it is not mapped. */
  umem(): IbUmem | undefined {
    if (this.#pages === undefined) return undefined;
    const { mapping, window } = this.#pages;
    const first = window.first ?? 0;
    return {
      address: this.offset,
      length: this.length,
      iova: this.offset,
      pageShift: this.kernel.rules.pageShift,
      table: mapping.table,
      first,
      nents: window.first === undefined ? 0 : window.nents,
    };
  }

  /**
   * Maps the pages of the region, if they are not, and waits for the exporter's moves.
   * @returns EINVAL once revoked, else what mapping gave.
   * @kernel ib_umem_dmabuf_map_pages drivers/infiniband/core/umem_dmabuf.c
   */
  mapPages(): KernelResult<undefined> {
    this.dmabuf.resv.assertHeld(this.kernel, 'ib_umem_dmabuf_map_pages');
    if (this.revoked) return kernelError('EINVAL', 'ib_umem_dmabuf_map_pages: revoked');
    if (this.#pages === undefined) {
      const outcome = dmaBufMapAttachment(this.kernel, this.attach, DMA_BIDIRECTIONAL);
      if (outcome.outcome === 'failed') return kernelError(outcome.errno, outcome.at);
      assert(outcome.outcome === 'mapped', 'exporters pass the size of their ranges, so the kernel lives');
      const { mapping } = outcome;
      const [start, end] = this.#pageSpan();
      this.#pages = { mapping, window: trimTable(mapping.table, start, end) };
    }
    this.dmabuf.resv.wait('kernel');
    return kernelOk(undefined);
  }

  /**
   * Takes the mapping back, with the table as the exporter made it.
   * @kernel ib_umem_dmabuf_unmap_pages drivers/infiniband/core/umem_dmabuf.c
   */
  unmapPages(): void {
    this.dmabuf.resv.assertHeld(this.kernel, 'ib_umem_dmabuf_unmap_pages');
    if (this.#pages === undefined) return;
    const { mapping, window } = this.#pages;
    restoreTable(mapping.table, window);
    dmaBufUnmapAttachment(this.kernel, this.attach, mapping, DMA_BIDIRECTIONAL);
    this.#pages = undefined;
  }

  /**
   * Gives the memory up for good; the registration stays as an empty shell. The caller holds the lock.
   * @kernel ib_umem_dmabuf_revoke drivers/infiniband/core/umem_dmabuf.c
   */
  revoke(): void {
    if (this.revoked) return;
    this.unmapPages();
    if (this.pinned) dmaBufUnpin(this.kernel, this.attach);
    this.pinned = false;
    this.revoked = true;
  }

  /**
   * Ends the registration.
   * @kernel ib_umem_dmabuf_release drivers/infiniband/core/umem_dmabuf.c
   */
  release(): void {
    this.dmabuf.resv.lock();
    this.revoke();
    this.dmabuf.resv.unlock();
    dmaBufDetach(this.kernel, this.dmabuf, this.attach);
    this.dmabuf.put();
  }

  /** The pages around the region: offset rounded down, end rounded up. */
  #pageSpan(): readonly [start: bigint, end: bigint] {
    return pageSpan(this.offset, this.length, this.kernel.rules.pageShift);
  }
}

/**
 * Attaches to the buffer, without mapping it.
 * @param ops undefined attaches as a static importer would; RDMA drivers always pass some
 * @returns EINVAL for a region that is empty or not within the buffer, EBADF, ENOMEM, or what attaching gave.
 * @kernel ib_umem_dmabuf_get drivers/infiniband/core/umem_dmabuf.c
 */
export function ibUmemDmabufGet(
  kernel: DmaBufKernel,
  request: UmemDmabufRequest,
  ops: DmaBufAttachOps,
): KernelResult<IbUmemDmabuf> {
  const at = 'ib_umem_dmabuf_get';
  const { offset, size, fault } = request;
  if (offset + size > U64_MAX) return kernelError('EINVAL', `${at}: offset and size overflow`);
  const got = dmaBufGet(request.files, request.fd);
  if (!got.ok) return got;
  const dmabuf = got.value;
  const fail = (error: KernelResult<never>): KernelResult<never> => {
    dmabuf.put();
    return error;
  };
  if (dmabuf.size < offset + size) return fail(kernelError('EINVAL', `${at}: beyond the buffer`));
  if (fault?.('ib_umem_dmabuf') === true) return fail(kernelError('ENOMEM', at));
  const [start, end] = pageSpan(offset, size, kernel.rules.pageShift);
  if (start === end) return fail(kernelError('EINVAL', `${at}: no pages`));
  const attached = dmaBufDynamicAttach(kernel, dmabuf, request.dmaDevice, ops);
  if (!attached.ok) return fail(attached);
  return kernelOk(new IbUmemDmabuf(kernel, attached.value, offset, size));
}

/**
 * Attaches, pins and maps: the memory stays where it is. From 7.1 on such an importer cannot give it back, which some
 * exporters refuse; before, and in the proposed mapping types, it has a callback that only warns.
 * @kernel ib_umem_dmabuf_get_pinned drivers/infiniband/core/umem_dmabuf.c
 */
export function ibUmemDmabufGetPinned(kernel: DmaBufKernel, request: UmemDmabufRequest): KernelResult<IbUmemDmabuf> {
  const file = 'drivers/infiniband/core/umem_dmabuf.c';
  const warns = (): void => kernel.log.warnOnce(file, 'ib_umem_dmabuf_unsupported_move_notify');
  const hasCallback = kernel.rules.mappingTypes !== 'none' || !kernelAtLeast(kernel.version, kernelVersion(7, 1));
  return getAndPin(kernel, request, { allowPeer2peer: true, ...(hasCallback ? { invalidateMappings: warns } : {}) });
}

/**
 * As {@link ibUmemDmabufGetPinned}, but the importer gives the memory up when asked: for good.
 * @param onRevoke what the driver does first: take the region from the device
 * @kernel ib_umem_dmabuf_get_pinned_revocable_and_lock drivers/infiniband/core/umem_dmabuf.c
 */
export function ibUmemDmabufGetPinnedRevocable(
  kernel: DmaBufKernel,
  request: UmemDmabufRequest,
  onRevoke: () => void,
): KernelResult<IbUmemDmabuf> {
  let umem: IbUmemDmabuf | undefined;
  const got = getAndPin(kernel, request, {
    allowPeer2peer: true,
    invalidateMappings: () => {
      if (umem === undefined || umem.revoked) return;
      onRevoke();
      umem.revoke();
    },
  });
  if (got.ok) umem = got.value;
  return got;
}

function getAndPin(kernel: DmaBufKernel, request: UmemDmabufRequest, ops: DmaBufAttachOps): KernelResult<IbUmemDmabuf> {
  const got = ibUmemDmabufGet(kernel, request, ops);
  if (!got.ok) return got;
  const umem = got.value;
  umem.dmabuf.resv.lock();
  const pinned = dmaBufPin(kernel, umem.attach);
  umem.pinned = pinned.ok;
  const ready = pinned.ok ? umem.mapPages() : pinned;
  umem.dmabuf.resv.unlock();
  if (ready.ok) return got;
  umem.release();
  return ready;
}

function pageSpan(offset: bigint, length: bigint, pageShift: number): readonly [start: bigint, end: bigint] {
  const inPage = (1n << BigInt(pageShift)) - 1n;
  return [offset & ~inPage, (offset + length + inPage) & ~inPage];
}

/** A table cut to a region; {@link restoreTable} undoes it. */
export interface UmemWindow {
  /** First entry of the region; undefined: no entry holds its start. */
  readonly first: number | undefined;
  readonly nents: number;
  /** What was changed: entry, and its address and length before. */
  readonly before: readonly (readonly [index: number, addr: bigint, len: number])[];
}

/**
 * Cuts the first entry that reaches into bytes [start, end) of the buffer at its front and the last one at its back.
 * A table that is too short leaves the region short; one whose entries are all empty leaves it without a first entry.
 */
export function trimTable(table: SgTable, start: bigint, end: bigint): UmemWindow {
  const before: [number, bigint, number][] = [];
  let first: number | undefined;
  let nents = 0;
  let at = 0n;
  for (let index = 0; index < table.nents; index++) {
    const addr = table.dmaAddressBits(index);
    const len = table.dmaLen[index] ?? 0;
    const next = at + BigInt(len);
    const front = start > at ? start - at : 0n;
    const back = next > end ? next - end : 0n;
    if (start < next && at < end) {
      nents++;
      if (start >= at) first = index;
      if (front + back > 0n) {
        before.push([index, addr, len]);
        writeEntry(table, index, u64(addr + front), len - Number(front + back));
      }
    }
    if (at < end && end <= next) break;
    at = next;
  }
  return { first, nents, before };
}

/** Puts the cut entries back as the exporter made them. */
export function restoreTable(table: SgTable, window: UmemWindow): void {
  for (const [index, addr, len] of window.before) writeEntry(table, index, addr, len);
}

function writeEntry(table: SgTable, index: number, addr: bigint, len: number): void {
  table.addrLo[index] = lowHalf(addr);
  table.addrHi[index] = highHalf(addr);
  table.dmaLen[index] = len;
}
