/**
 * Parts of a BAR as a dma-buf, and taking the memory away from importers and giving it back.
 * drivers/vfio/pci/vfio_pci_dmabuf.c.
 */
import { defined } from '../base/index.ts';
import {
  type DmaBuf,
  type DmaBufAttachment,
  type DmaBufKernel,
  type DmaBufMappingMatch,
  type DmaBufMatchArgs,
  type DmaBufOps,
  dmaBufInvalidateMappings,
  dmaBufMatchMapping,
  freeSgt,
  PhysLists,
  type PhysVecToSgtOutcome,
  palExporter,
  physVecToSgt,
  type SgtMapping,
  type Sleeping,
  sgtPeerExporter,
  stopAccess,
} from '../dma-buf/index.ts';
import type { P2pdmaProvider } from '../p2pdma/index.ts';
import type { PhysVec, PhysVecArray } from '../scatterlist/index.ts';
import { type DmaDirection, type KernelResult, kernelError, kernelOk } from '../uapi/index.ts';
import type { RegionPhys, VfioExport, VfioPciDevice } from './vfio-pci-device.ts';

/**
 * The exporter's side of one buffer. It has no pin, no mmap and no vmap.
 * @kernel vfio_pci_dma_buf drivers/vfio/pci/vfio_pci_dmabuf.c
 */
export class VfioDmaBuf implements VfioExport, DmaBufOps {
  device: VfioPciDevice | undefined;
  readonly provider: P2pdmaProvider;
  readonly ranges: PhysVecArray;
  /** Sum of the ranges, bytes. */
  readonly size: bigint;
  readonly fileFlags: number;
  readonly closeOnExec: boolean;
  revoked = false;
  wasRevoked = false;
  #mappings = 0;
  readonly #physLists: PhysLists;
  #dmabuf: DmaBuf | undefined;

  constructor(device: VfioPciDevice, { provider, ranges }: RegionPhys, fileFlags: number, closeOnExec: boolean) {
    this.device = device;
    this.provider = provider;
    this.ranges = ranges;
    this.size = ranges.totalLength();
    this.fileFlags = fileFlags;
    this.closeOnExec = closeOnExec;
    this.#physLists = new PhysLists(ranges, () => this.#refusesPhys());
  }

  /** What the buffer is exported with: itself, or a list of mapping types where they are negotiated. */
  operations(kernel: DmaBufKernel): DmaBufOps {
    if (kernel.rules.mappingTypes === 'none') return this;
    return { matchMapping: (args) => this.matchMapping(args), release: () => this.release() };
  }

  /** Lists of addresses that importers hold. */
  get physLists(): number {
    return this.#physLists.live;
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

  /** @kernel vfio_pci_dma_buf_attach drivers/vfio/pci/vfio_pci_dmabuf.c */
  attach(attach: DmaBufAttachment): KernelResult<undefined> {
    const refuse = (why: string): KernelResult<never> =>
      kernelError(why === 'revoked' ? 'ENODEV' : 'EOPNOTSUPP', `vfio_pci_dma_buf_attach: ${why}`);
    if (!attach.peer2peer) return refuse('no peer2peer');
    if (this.revoked) return refuse('revoked');
    if (this.device?.rules.needsRevocableImporter === true && !attach.revocable) return refuse('not revocable');
    return kernelOk(undefined);
  }

  /**
   * Offers its addresses, or a table to importers that can reach the device. In place of {@link attach}: whether the
   * memory is revoked, or the importer can give it back, is no question.
   * @kernel vfio_pci_dma_buf_match_mapping drivers/vfio/pci/vfio_pci_dmabuf.c
   */
  matchMapping(args: DmaBufMatchArgs): KernelResult<DmaBufMappingMatch> {
    const { kernel, resv } = args.dmabuf;
    if (kernel.rules.hasMatchDefect('match-mapping-asserts-unheld-lock') && kernel.lockdep && !resv.held) {
      resv.assertHeld(kernel, 'vfio_pci_dma_buf_match_mapping');
      kernel.log.touchDefect('match-mapping-asserts-unheld-lock');
    }
    if (this.device === undefined) return kernelError('ENODEV', 'vfio_pci_dma_buf_match_mapping: closed');
    return dmaBufMatchMapping(args, [palExporter(this.#physLists), sgtPeerExporter(this, this.provider)]);
  }

  /** Why no list of addresses is given out; the first posting does not ask. */
  #refusesPhys(): KernelResult<never> | undefined {
    if (!this.revoked) return undefined;
    const { kernel } = this.dmabuf;
    if (!kernel.rules.hasMatchDefect('pal-map-ignores-revoke')) {
      return kernelError('ENODEV', 'vfio_pci_dma_buf_map_phys: revoked');
    }
    kernel.log.touchDefect('pal-map-ignores-revoke');
    return undefined;
  }

  /** @kernel vfio_pci_dma_buf_map drivers/vfio/pci/vfio_pci_dmabuf.c */
  map(attach: DmaBufAttachment, dir: DmaDirection): PhysVecToSgtOutcome {
    if (this.revoked) {
      const at = 'vfio_pci_dma_buf_map: revoked';
      return { outcome: 'failed', errno: 'ENODEV', at, flow: undefined, defects: [] };
    }
    const { kernel } = attach.dmabuf;
    const outcome = physVecToSgt(kernel, attach, this.provider, this.ranges, this.size, dir);
    if (outcome.outcome === 'mapped') this.#mappings++;
    return outcome;
  }

  /** @kernel vfio_pci_dma_buf_unmap drivers/vfio/pci/vfio_pci_dmabuf.c */
  unmap(attach: DmaBufAttachment, mapping: SgtMapping): void {
    freeSgt(attach.dmabuf.kernel, attach, mapping);
    this.#mappings--;
  }

  /** @kernel vfio_pci_dma_buf_release drivers/vfio/pci/vfio_pci_dmabuf.c */
  release(): void {
    const { device } = this;
    if (device === undefined) return;
    device.lockMemory();
    const place = device.dmabufs.indexOf(this);
    if (place >= 0) device.dmabufs.splice(place, 1);
    device.unlockMemory();
    this.device = undefined;
  }
}

/**
 * The private way for iommufd: the one physical range of a buffer, with no table and no look at P2PDMA. The caller
 * holds the reservation lock.
 * @returns EOPNOTSUPP for another exporter's buffer or several ranges, ENODEV while revoked.
 * @kernel vfio_pci_dma_buf_iommufd_map drivers/vfio/pci/vfio_pci_dmabuf.c
 */
export function vfioPciDmaBufIommufdMap(attach: DmaBufAttachment): KernelResult<PhysVec> {
  const step = 'vfio_pci_dma_buf_iommufd_map';
  const { priv } = attach.dmabuf;
  attach.dmabuf.resv.assertHeld(attach.dmabuf.kernel, step);
  if (!(priv instanceof VfioDmaBuf)) return kernelError('EOPNOTSUPP', `${step}: not a buffer of vfio`);
  if (priv.revoked) return kernelError('ENODEV', `${step}: revoked`);
  if (priv.ranges.length !== 1) return kernelError('EOPNOTSUPP', `${step}: several ranges`);
  return kernelOk(priv.ranges.at(0));
}

/**
 * Revokes every buffer of the device, or un-revokes it. Revoking waits until the last mapping is gone. The caller holds
 * the memory lock.
 * @kernel vfio_pci_dma_buf_move drivers/vfio/pci/vfio_pci_dmabuf.c
 */
export function* vfioPciDmaBufMove(device: VfioPciDevice, revoked: boolean): Sleeping<void> {
  for (const buffer of [...device.dmabufs]) {
    if (buffer.revoked === revoked) continue;
    if (revoked) yield* revoke(device, buffer);
    else unrevoke(device, buffer);
  }
}

/** Un-revokes where the function answers accesses to its memory. */
export function* restoreIfEnabled(device: VfioPciDevice): Sleeping<void> {
  if (device.memoryEnabled()) yield* vfioPciDmaBufMove(device, false);
}

/**
 * Revokes every buffer for good and lets go of it: the device is being closed. Descriptors stay valid.
 * @kernel vfio_pci_dma_buf_cleanup drivers/vfio/pci/vfio_pci_dmabuf.c
 */
export function* vfioPciDmaBufCleanup(device: VfioPciDevice): Sleeping<void> {
  device.lockMemory();
  for (const buffer of [...device.dmabufs]) {
    if (buffer.wasRevoked && device.rules.has('vfio-close-after-revoke-double-drop')) {
      device.kernel.log.warn('lib/refcount.c', 'refcount_t: underflow; use-after-free');
      device.kernel.log.touchDefect('vfio-close-after-revoke-double-drop');
    }
    if (!buffer.revoked) yield* revoke(device, buffer);
    device.dmabufs.splice(device.dmabufs.indexOf(buffer), 1);
    buffer.device = undefined;
  }
  device.unlockMemory();
}

function* revoke(device: VfioPciDevice, buffer: VfioExport): Sleeping<void> {
  buffer.wasRevoked = true;
  if (!device.rules.has('vfio-revoke-does-not-wait')) {
    yield* stopAccess(device.kernel, buffer);
    return;
  }
  const { resv } = buffer.dmabuf;
  resv.lock();
  buffer.revoked = true;
  dmaBufInvalidateMappings(device.kernel, buffer.dmabuf);
  resv.unlock();
  if (buffer.mappings > 0) device.kernel.log.touchDefect('vfio-revoke-does-not-wait');
}

/** Importers are told once more, and only then may map again. */
function unrevoke(device: VfioPciDevice, buffer: VfioExport): void {
  const { dmabuf } = buffer;
  const waits = !device.rules.has('vfio-revoke-does-not-wait');
  dmabuf.resv.lock();
  if (!waits) buffer.revoked = false;
  dmaBufInvalidateMappings(device.kernel, dmabuf);
  if (waits) dmabuf.resv.wait('bookkeep');
  buffer.revoked = false;
  dmabuf.resv.unlock();
}
