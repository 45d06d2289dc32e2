/** How devices are called in text: short labels, names, kinds. */
import { printable } from '../base/index.ts';
import { factValue } from '../capture/index.ts';
import { type DeviceLabels, deviceLabels, type PciFunction, type PciNames, type PciTopology } from '../pci/index.ts';

/** Names for one machine's functions: what each is called, and what it is. */
export interface DeviceNames extends DeviceLabels {
  /** Vendor and device in words, safe to print; ids where no name is known. */
  readonly nameOf: (fn: PciFunction) => string;
  /** Class in words. */
  readonly classOf: (fn: PciFunction) => string;
}

/** Prepares names; without `names` (pci.ids) those printed in the input are used, else ids. */
export function deviceNames(topology: PciTopology, names: PciNames | undefined): DeviceNames {
  const listed = listedNames(names);
  return {
    ...deviceLabels(topology),
    nameOf: (fn) => deviceName(fn, listed),
    classOf: (fn) => className(fn, names),
  };
}

/** What pci.ids says of a device: machines have many functions of one kind. */
type ListedNames = (
  vendor: number,
  device: number,
) => { readonly vendor: string | undefined; readonly whole: string | undefined };

function listedNames(names: PciNames | undefined): ListedNames {
  const found = new Map<number, ReturnType<ListedNames>>();
  return (vendor, device) => {
    const key = vendor * 0x10000 + device;
    const before = found.get(key);
    if (before !== undefined) return before;
    const vendorName = names?.vendor(vendor);
    const short = vendorName === undefined ? undefined : shortVendor(vendorName);
    const name = names?.device(vendor, device);
    const entry = { vendor: short, whole: short === undefined || name === undefined ? undefined : `${short} ${name}` };
    found.set(key, entry);
    return entry;
  };
}

function deviceName(fn: PciFunction, listed: ListedNames): string {
  const vendor = factValue(fn.ids.vendor);
  const device = factValue(fn.ids.device);
  const printed = factValue(fn.captured.printedName);
  if (vendor === undefined || device === undefined) {
    if (printed !== undefined) return printable(printed);
    const maker = vendor === undefined ? undefined : listed(vendor, -1).vendor;
    return maker === undefined ? 'id not in this input' : `${maker}, device id not in this input`;
  }
  const found = listed(vendor, device);
  if (found.whole !== undefined) return found.whole;
  if (printed !== undefined) return printable(printed);
  const ids = `[${id(vendor)}:${id(device)}]`;
  return found.vendor === undefined ? ids : `${found.vendor} ${ids}`;
}

function className(fn: PciFunction, names: PciNames | undefined): string {
  const baseAndSub = factValue(fn.ids.baseAndSubClass);
  if (baseAndSub === undefined) return 'unknown class';
  return names?.className(baseAndSub << 8) ?? `class ${baseAndSub.toString(16).padStart(4, '0')}`;
}

/** "Advanced Micro Devices, Inc. [AMD/ATI]" -> "AMD/ATI", "NVIDIA Corporation" -> "NVIDIA". */
function shortVendor(name: string): string {
  const bracket = /\[([^\]]+)\]\s*$/.exec(name)?.[1];
  const plain = name.replace(
    /,? (?:Inc\.?|Corporation|Corp\.?|Co\.?,? ?Ltd\.?|Ltd\.?|LLC|GmbH|Technologies|Technology|Semiconductor|Electronics)(?=[ ,]|$)/g,
    '',
  );
  return (bracket ?? plain).trim();
}

function id(value: number): string {
  return value.toString(16).padStart(4, '0');
}
