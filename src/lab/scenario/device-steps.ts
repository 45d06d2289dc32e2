/** Steps that happen to a device: memory switched off and on, reset, closed, unplugged. */

import type { Sleeping } from '../../dma-buf/index.ts';
import type { PciFunction } from '../../pci/index.ts';
import { type KernelResult, kernelOk, PCI_COMMAND_MEMORY } from '../../uapi/index.ts';
import { type VfioPciDevice, vfioCloseDevice, vfioDeviceReset, vfioWriteCommand } from '../../vfio/index.ts';
import type { StepOutcome } from './events.ts';
import { detachImporter, failed } from './kernel-steps.ts';
import type { Lab } from './lab.ts';
import { deregisterRegion } from './rdma-steps.ts';
import type { DeviceStep } from './scenario.ts';

/** Does it; the call may wait for importers. */
export function deviceStep(lab: Lab, fn: PciFunction, action: DeviceStep['action']): StepOutcome {
  if (action === 'unplug') return unplug(lab, fn);
  const device = lab.vfioDevice(fn);
  return callOutcome(lab, device, `${TITLES[action]} of ${lab.nameOf(fn)}`, () => CALLS[action](device));
}

const TITLES = {
  revoke: 'switching off memory',
  restore: 'switching on memory',
  reset: 'reset',
  'close-device': 'close',
};

const CALLS: Readonly<Record<keyof typeof TITLES, (device: VfioPciDevice) => Sleeping<KernelResult<undefined>>>> = {
  revoke: (device) => vfioWriteCommand(device, device.virtualCommand & ~PCI_COMMAND_MEMORY),
  restore: (device) => vfioWriteCommand(device, device.virtualCommand | PCI_COMMAND_MEMORY),
  reset: vfioDeviceReset,
  *'close-device'(device) {
    if (device.openCount > 0) yield* vfioCloseDevice(device);
    return kernelOk(undefined);
  },
};

function callOutcome(
  lab: Lab,
  device: VfioPciDevice,
  title: string,
  start: () => Sleeping<KernelResult<undefined>>,
): StepOutcome {
  const call = lab.calls.make(device, title, start);
  if (!call.returned) return { kind: 'waits', why: 'importers that still have the memory mapped' };
  return call.value.ok ? { kind: 'done' } : failed(call.value);
}

/**
 * The device is pulled out. Nothing answers at its addresses from now on; its drivers let go of what they imported, and
 * its user of what it exported.
 */
function unplug(lab: Lab, fn: PciFunction): StepOutcome {
  const gone = lab.machine.topology.functions.filter((other) => isWithin(other, fn));
  for (const each of gone) lab.unplugged.add(each);
  for (const attachment of lab.attachments.values()) {
    if (attachment.attach === undefined || !gone.includes(attachment.client)) continue;
    lab.effect(`the driver of ${lab.nameOf(attachment.client)} unmaps and detaches ${attachment.name}`);
    detachImporter(lab, attachment.name);
  }
  for (const region of lab.regions.values()) {
    if (region.mr === undefined || !gone.includes(region.client)) continue;
    lab.effect(`the driver of ${lab.nameOf(region.client)} deregisters ${region.name}`);
    deregisterRegion(lab, region.name);
  }
  let outcome: StepOutcome = { kind: 'done' };
  for (const each of gone) {
    const device = lab.openedDevice(each);
    if (device === undefined) continue;
    device.registered = false;
    const closed = callOutcome(lab, device, `removal of ${lab.nameOf(each)}`, () => CALLS['close-device'](device));
    if (closed.kind !== 'done') outcome = closed;
  }
  return outcome;
}

function isWithin(fn: PciFunction, top: PciFunction): boolean {
  for (let at: PciFunction | undefined = fn; at !== undefined; at = at.parent) if (at === top) return true;
  return false;
}
