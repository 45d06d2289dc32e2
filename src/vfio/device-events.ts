/**
 * What a user or the kernel does to the device while its memory is exported. Every call may sleep: see `proceed`.
 * drivers/vfio/pci/vfio_pci_core.c, vfio_pci_config.c.
 */
import type { Sleeping } from '../dma-buf/index.ts';
import { type Errno, type KernelResult, kernelError, kernelOk, PCI_COMMAND_MEMORY } from '../uapi/index.ts';
import { restoreIfEnabled, vfioPciDmaBufCleanup, vfioPciDmaBufMove } from './vfio-dma-buf.ts';
import type { PciPowerState, VfioPciDevice } from './vfio-pci-device.ts';

const D3HOT = 3;

/**
 * Writes the command register. With memory decoding off in the new value importers lose the memory first.
 * @param failure the write itself fails: what was revoked stays so
 * @kernel vfio_basic_config_write drivers/vfio/pci/vfio_pci_config.c
 */
export function* vfioWriteCommand(
  device: VfioPciDevice,
  value: number,
  failure?: Errno,
): Sleeping<KernelResult<undefined>> {
  device.lockMemory();
  if ((value & PCI_COMMAND_MEMORY) === 0) yield* vfioPciDmaBufMove(device, true);
  if (failure !== undefined) {
    device.unlockMemory();
    return kernelError(failure, 'vfio_basic_config_write');
  }
  device.virtualCommand = value & 0xffff;
  yield* restoreIfEnabled(device);
  device.unlockMemory();
  return kernelOk(undefined);
}

/**
 * VFIO_DEVICE_RESET. EINVAL, with nothing revoked, for a function that cannot be reset by itself.
 * @kernel vfio_pci_ioctl_reset drivers/vfio/pci/vfio_pci_core.c
 */
export function* vfioDeviceReset(device: VfioPciDevice): Sleeping<KernelResult<undefined>> {
  if (!device.resetWorks) return kernelError('EINVAL', 'vfio_pci_ioctl_reset: no reset method');
  yield* vfioFunctionLevelReset(device);
  return kernelOk(undefined);
}

/**
 * A reset of the function: by ioctl, or by setting the FLR bit in config space. Config space, the command register with
 * it, is as before afterwards.
 * @kernel vfio_exp_config_write drivers/vfio/pci/vfio_pci_config.c
 */
export function* vfioFunctionLevelReset(device: VfioPciDevice): Sleeping<void> {
  device.lockMemory();
  yield* vfioPciDmaBufMove(device, true);
  yield* restoreIfEnabled(device);
  device.unlockMemory();
}

/**
 * Resets all functions of a bus or slot together.
 * @kernel vfio_pci_dev_set_hot_reset drivers/vfio/pci/vfio_pci_core.c
 */
export function* vfioHotReset(devices: readonly VfioPciDevice[]): Sleeping<void> {
  for (const device of devices) {
    device.lockMemory();
    yield* vfioPciDmaBufMove(device, true);
  }
  for (const device of devices) {
    if (device.openCount > 0) yield* restoreIfEnabled(device);
    device.unlockMemory();
  }
}

/**
 * The user writes the power state: from D3hot on the memory is gone.
 * @kernel vfio_lock_and_set_power_state drivers/vfio/pci/vfio_pci_config.c
 */
export function* vfioSetPowerState(device: VfioPciDevice, state: PciPowerState): Sleeping<void> {
  device.lockMemory();
  if (state >= D3HOT) yield* vfioPciDmaBufMove(device, true);
  device.powerState = state;
  yield* restoreIfEnabled(device);
  device.unlockMemory();
}

/**
 * Lets the function suspend while nobody uses it.
 * @kernel vfio_pci_runtime_pm_entry drivers/vfio/pci/vfio_pci_core.c
 */
export function* vfioLowPowerEntry(device: VfioPciDevice): Sleeping<void> {
  device.lockMemory();
  yield* vfioPciDmaBufMove(device, true);
  device.unlockMemory();
}

/**
 * Ends {@link vfioLowPowerEntry}.
 * @kernel vfio_pci_runtime_pm_exit drivers/vfio/pci/vfio_pci_core.c
 */
export function* vfioLowPowerExit(device: VfioPciDevice): Sleeping<void> {
  device.lockMemory();
  yield* restoreIfEnabled(device);
  device.unlockMemory();
}

/**
 * Closes a file of the device; the last one takes all exported memory away for good.
 * @kernel vfio_pci_core_close_device drivers/vfio/pci/vfio_pci_core.c
 */
export function* vfioCloseDevice(device: VfioPciDevice): Sleeping<void> {
  if (device.dropOpen()) yield* vfioPciDmaBufCleanup(device);
}
