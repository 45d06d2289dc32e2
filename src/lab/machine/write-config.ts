/** Config space of a placed function: header, BARs, bridge registers. PCI Local Bus and PCI-to-PCI Bridge specs. */
import { highHalf } from '../../base/index.ts';
import {
  bdfBus,
  PCI_BASE_ADDRESS_0,
  PCI_CAPABILITY_LIST,
  PCI_CLASS_REVISION,
  PCI_COMMAND,
  PCI_COMMAND_IO,
  PCI_COMMAND_MASTER,
  PCI_COMMAND_MEMORY,
  PCI_DEVICE_ID,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_BRIDGE,
  PCI_HEADER_TYPE_MFD,
  PCI_HEADER_TYPE_NORMAL,
  PCI_IO_BASE,
  PCI_IO_BASE_UPPER16,
  PCI_IO_LIMIT,
  PCI_IO_LIMIT_UPPER16,
  PCI_MEMORY_BASE,
  PCI_MEMORY_LIMIT,
  PCI_PREF_BASE_UPPER32,
  PCI_PREF_LIMIT_UPPER32,
  PCI_PREF_MEMORY_BASE,
  PCI_PREF_MEMORY_LIMIT,
  PCI_PREF_RANGE_TYPE_64,
  PCI_PRIMARY_BUS,
  PCI_ROM_ADDRESS,
  PCI_ROM_ADDRESS1,
  PCI_SECONDARY_BUS,
  PCI_STATUS,
  PCI_STATUS_CAP_LIST,
  PCI_SUBORDINATE_BUS,
  PCI_SUBSYSTEM_ID,
  PCI_SUBSYSTEM_VENDOR_ID,
  PCI_VENDOR_ID,
} from '../../uapi/index.ts';
import { ConfigImage } from './config-image.ts';
import type { MachineSpec } from './machine-spec.ts';
import type { PlacedFunction, PlacedResource } from './placed.ts';
import { putBar } from './write-bar.ts';
import { writeCapabilities, writeVfCapabilities } from './write-capabilities.ts';

const NO_ADDRESS: PlacedResource = { start: 0, size: 0, flags: 0, offset: 0 };

/** All config space bytes of a function (not of a virtual one). */
export function writeConfig(fn: PlacedFunction, machine: MachineSpec): Uint8Array {
  const { spec } = fn;
  const bridge = spec.bridge !== undefined;
  const image = new ConfigImage(spec.pcie !== undefined, PCI_CAPABILITY_LIST);
  image.put16(PCI_VENDOR_ID, spec.vendor);
  image.put16(PCI_DEVICE_ID, spec.device);
  image.put16(PCI_COMMAND, commandBits(fn));
  image.put32(PCI_CLASS_REVISION, ((spec.classCode << 8) | spec.revision) >>> 0);
  const type = bridge ? PCI_HEADER_TYPE_BRIDGE : PCI_HEADER_TYPE_NORMAL;
  image.put8(PCI_HEADER_TYPE, type | (fn.multiFunction ? PCI_HEADER_TYPE_MFD : 0));
  for (const [bar, barSpec] of spec.bars.entries()) {
    if (barSpec !== undefined) putBar(image, PCI_BASE_ADDRESS_0 + 4 * bar, barSpec, fn.resources[bar] ?? NO_ADDRESS);
  }
  const rom = fn.resources[6];
  if (rom !== undefined) image.put32(bridge ? PCI_ROM_ADDRESS1 : PCI_ROM_ADDRESS, rom.start - rom.offset);
  if (bridge) putBridgeRegisters(image, fn);
  else {
    image.put16(PCI_SUBSYSTEM_VENDOR_ID, spec.subsystemVendor);
    image.put16(PCI_SUBSYSTEM_ID, spec.subsystemDevice);
  }
  writeCapabilities(image, fn, machine);
  if (image.bytes[PCI_CAPABILITY_LIST] !== 0) image.put16(PCI_STATUS, PCI_STATUS_CAP_LIST);
  return image.bytes;
}

/** Config space of one virtual function: ids read all ones, BARs zero; they stand in the physical function. */
export function writeVfConfig(fn: PlacedFunction): Uint8Array {
  const image = new ConfigImage(true, PCI_CAPABILITY_LIST);
  image.put16(PCI_VENDOR_ID, 0xffff);
  image.put16(PCI_DEVICE_ID, 0xffff);
  image.put16(PCI_COMMAND, fn.spec.busMaster ? PCI_COMMAND_MASTER : 0);
  image.put32(PCI_CLASS_REVISION, ((fn.spec.classCode << 8) | fn.spec.revision) >>> 0);
  image.put16(PCI_SUBSYSTEM_VENDOR_ID, fn.spec.subsystemVendor);
  image.put16(PCI_SUBSYSTEM_ID, fn.spec.subsystemDevice);
  writeVfCapabilities(image, fn);
  image.put16(PCI_STATUS, PCI_STATUS_CAP_LIST);
  return image.bytes;
}

function commandBits(fn: PlacedFunction): number {
  const io = fn.resources[13] !== undefined || fn.spec.bars.some((bar) => bar?.space === 'io') ? PCI_COMMAND_IO : 0;
  const memory = fn.spec.memoryEnable ? PCI_COMMAND_MEMORY : 0;
  return io | memory | (fn.spec.busMaster ? PCI_COMMAND_MASTER : 0);
}

/** Bus numbers and the three windows, as bus addresses; a closed window has its base above its limit. */
function putBridgeRegisters(image: ConfigImage, fn: PlacedFunction): void {
  image.put8(PCI_PRIMARY_BUS, bdfBus(fn.bdf));
  image.put8(PCI_SECONDARY_BUS, fn.buses?.secondary ?? 0);
  image.put8(PCI_SUBORDINATE_BUS, fn.buses?.subordinate ?? 0);
  const [ioBase, ioLimit] = busEnds(fn.resources[13], 0x1000n, 0n);
  image.put8(PCI_IO_BASE, Number((ioBase >> 8n) & 0xf0n) | 1);
  image.put8(PCI_IO_LIMIT, Number((ioLimit >> 8n) & 0xf0n) | 1);
  image.put16(PCI_IO_BASE_UPPER16, Number(ioBase >> 16n));
  image.put16(PCI_IO_LIMIT_UPPER16, Number(ioLimit >> 16n));
  const [base, limit] = busEnds(fn.resources[14], 0xfff0_0000n, 0n);
  image.put16(PCI_MEMORY_BASE, Number((base >> 16n) & 0xfff0n));
  image.put16(PCI_MEMORY_LIMIT, Number((limit >> 16n) & 0xfff0n));
  const [prefBase, prefLimit] = busEnds(fn.resources[15], 0xfff0_0000n, 0n);
  image.put16(PCI_PREF_MEMORY_BASE, Number((prefBase >> 16n) & 0xfff0n) | PCI_PREF_RANGE_TYPE_64);
  image.put16(PCI_PREF_MEMORY_LIMIT, Number((prefLimit >> 16n) & 0xfff0n) | PCI_PREF_RANGE_TYPE_64);
  image.put32(PCI_PREF_BASE_UPPER32, highHalf(prefBase));
  image.put32(PCI_PREF_LIMIT_UPPER32, highHalf(prefLimit));
}

/** First and last bus address of a window, or the pair that closes it. */
function busEnds(window: PlacedResource | undefined, closedBase: bigint, closedLimit: bigint): [bigint, bigint] {
  if (window === undefined) return [closedBase, closedLimit];
  const start = BigInt(window.start - window.offset);
  return [start, start + BigInt(window.size) - 1n];
}
