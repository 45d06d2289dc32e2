/** Taking exported memory away from importers, and giving it back. drivers/vfio/pci/vfio_pci_dmabuf.c. */
import { dmaBufInvalidateMappings, type Sleeping, stopAccess } from '../dma-buf/index.ts';
import type { VfioDmaBuf } from './vfio-dma-buf.ts';
import type { VfioPciDevice } from './vfio-pci-device.ts';

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

function* revoke(device: VfioPciDevice, buffer: VfioDmaBuf): Sleeping<void> {
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
function unrevoke(device: VfioPciDevice, buffer: VfioDmaBuf): void {
  const { dmabuf } = buffer;
  const waits = !device.rules.has('vfio-revoke-does-not-wait');
  dmabuf.resv.lock();
  if (!waits) buffer.revoked = false;
  dmaBufInvalidateMappings(device.kernel, dmabuf);
  if (waits) dmabuf.resv.wait('bookkeep');
  buffer.revoked = false;
  dmabuf.resv.unlock();
}
