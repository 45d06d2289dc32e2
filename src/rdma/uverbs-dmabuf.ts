/**
 * A mappable page range of an RDMA device (a doorbell, a piece of device memory) as a dma-buf; from 7.0.
 * drivers/infiniband/core/uverbs_std_types_dmabuf.c.
 */
import { type AddrRange, defined, rangeContains } from '../base/index.ts';
import {
  type DmaBuf,
  type DmaBufAttachment,
  type DmaBufKernel,
  type DmaBufOps,
  dmaBufExport,
  dmaBufFd,
  type FileTable,
  freeSgt,
  type PhysVecToSgtOutcome,
  physVecToSgt,
  type RevocableBuffer,
  type SgtMapping,
  type Sleeping,
  sgtPeerExporter,
  stopAccess,
} from '../dma-buf/index.ts';
import { type P2pdmaProvider, pcimP2pdmaProvider } from '../p2pdma/index.ts';
import type { PciFunction } from '../pci/index.ts';
import { PhysVecArray } from '../scatterlist/index.ts';
import { type DmaDirection, type KernelResult, kernelError, kernelOk } from '../uapi/index.ts';

/** An RDMA device that exports. */
export interface UverbsDevice {
  readonly kernel: DmaBufKernel;
  readonly fn: PciFunction;
  /** CONFIG_PCI_P2PDMA. */
  readonly p2pdma: boolean;
  /** What a process may map: CPU physical addresses by page offset in the device file. */
  readonly mmapEntries: Map<bigint, AddrRange>;
  /** Live buffers by the page offset they export. */
  readonly buffers: Map<bigint, Set<UverbsDmaBuf>>;
  /** The driver is gone. */
  removed: boolean;
}

/** The exporter's side of one buffer: one range. */
export class UverbsDmaBuf implements DmaBufOps, RevocableBuffer {
  revoked = false;
  readonly provider: P2pdmaProvider;
  readonly ranges: PhysVecArray;
  /** Bytes. */
  readonly size: bigint;
  readonly #drop: (buffer: UverbsDmaBuf) => void;
  #mappings = 0;
  #dmabuf: DmaBuf | undefined;

  constructor(provider: P2pdmaProvider, { start, end }: AddrRange, drop: (buffer: UverbsDmaBuf) => void) {
    this.provider = provider;
    this.size = end - start;
    this.ranges = PhysVecArray.of([[start, this.size]]);
    this.#drop = drop;
  }

  /** Mappings that importers hold. */
  get mappings(): number {
    return this.#mappings;
  }

  /** The buffer that importers attach to. */
  get dmabuf(): DmaBuf {
    return defined(this.#dmabuf, 'exported buffer');
  }

  set dmabuf(dmabuf: DmaBuf) {
    this.#dmabuf = dmabuf;
  }

  /** What the buffer is exported with: itself, or a table for importers that can reach it, where that is negotiated. */
  operations(kernel: DmaBufKernel): DmaBufOps {
    if (kernel.rules.mappingTypes === 'none') return this;
    return {
      singleExporterMatch: sgtPeerExporter(this, this.provider),
      pin: () => this.pin(),
      unpin: () => this.unpin(),
      release: () => this.release(),
    };
  }

  /** Importers need not be able to give the memory back. */
  attach(attach: DmaBufAttachment): KernelResult<undefined> {
    return attach.peer2peer ? kernelOk(undefined) : kernelError('EOPNOTSUPP', 'uverbs_dmabuf_attach: no peer2peer');
  }

  /** Nobody may pin, so importers that have to cannot use the buffer. */
  pin(): KernelResult<undefined> {
    return kernelError('EOPNOTSUPP', 'uverbs_dmabuf_pin');
  }

  /** Never has anything to do. */
  unpin(): void {}

  /** @kernel uverbs_dmabuf_map drivers/infiniband/core/uverbs_std_types_dmabuf.c */
  map(attach: DmaBufAttachment, dir: DmaDirection): PhysVecToSgtOutcome {
    if (this.revoked) {
      return { outcome: 'failed', errno: 'ENODEV', at: 'uverbs_dmabuf_map: revoked', flow: undefined, defects: [] };
    }
    const outcome = physVecToSgt(attach.dmabuf.kernel, attach, this.provider, this.ranges, this.size, dir);
    if (outcome.outcome === 'mapped') this.#mappings++;
    return outcome;
  }

  /** @kernel uverbs_dmabuf_unmap drivers/infiniband/core/uverbs_std_types_dmabuf.c */
  unmap(attach: DmaBufAttachment, mapping: SgtMapping): void {
    freeSgt(attach.dmabuf.kernel, attach, mapping);
    this.#mappings--;
  }

  /** @kernel uverbs_dmabuf_release drivers/infiniband/core/uverbs_std_types_dmabuf.c */
  release(): void {
    this.#drop(this);
  }
}

/**
 * UVERBS_METHOD_DMABUF_ALLOC: exports what a process could map at page offset `pgoff`.
 * @returns a descriptor; EINVAL for an offset that is unknown or outside the BARs, EOPNOTSUPP without P2PDMA, EIO once
 *   the driver is gone, or what the export gave.
 */
export function uverbsDmabufAlloc(device: UverbsDevice, files: FileTable, pgoff: bigint): KernelResult<number> {
  const at = 'uverbs_dmabuf_alloc';
  const entry = device.mmapEntries.get(pgoff);
  if (entry === undefined) return kernelError('EINVAL', `${at}: no such page offset`);
  const bar = device.fn.resources.findIndex(
    (bar) => bar !== undefined && bar.index < 6 && rangeContains(bar.cpu, entry),
  );
  if (bar < 0) return kernelError('EINVAL', `${at}: not in a BAR`);
  const provider = device.p2pdma ? pcimP2pdmaProvider(device.fn, bar) : undefined;
  if (provider === undefined) return kernelError('EOPNOTSUPP', `${at}: no P2PDMA provider`);
  const buffer = new UverbsDmaBuf(provider, entry, (gone) => device.buffers.get(pgoff)?.delete(gone));
  const exported = dmaBufExport(device.kernel, {
    ops: buffer.operations(device.kernel),
    priv: buffer,
    size: buffer.size,
  });
  if (!exported.ok) return exported;
  buffer.dmabuf = exported.value;
  if (device.removed) {
    buffer.dmabuf.put();
    return kernelError('EIO', `${at}: the driver is gone`);
  }
  const buffers = device.buffers.get(pgoff) ?? new Set();
  device.buffers.set(pgoff, buffers.add(buffer));
  const fd = dmaBufFd(files, buffer.dmabuf);
  if (!fd.ok) buffer.dmabuf.put();
  return fd;
}

/**
 * The driver takes a page offset back: its buffers are revoked for good, and their last mappings waited for.
 * @kernel rdma_user_mmap_entry_remove drivers/infiniband/core/ib_core_uverbs.c
 */
export function* uverbsMmapEntryRemove(device: UverbsDevice, pgoff: bigint): Sleeping<void> {
  device.mmapEntries.delete(pgoff);
  for (const buffer of device.buffers.get(pgoff) ?? []) yield* stopAccess(device.kernel, buffer);
}

/** The driver goes: every buffer is revoked for good. */
export function* uverbsRemoveDevice(device: UverbsDevice): Sleeping<void> {
  device.removed = true;
  for (const pgoff of [...device.buffers.keys()]) yield* uverbsMmapEntryRemove(device, pgoff);
}
