/** What a function is, by its name: for inputs that print no classes, as drawn trees do. */
import { unshown } from '../base/index.ts';
import { factValue } from '../capture/index.ts';
import { bdfDevfn, bdfFunction } from '../uapi/index.ts';
import type { DeviceKind } from './device-kind.ts';
import type { PciFunction } from './pci-function.ts';

/** The first that fits counts. Names: pci.ids. */
const NAMES: readonly (readonly [pattern: RegExp, kind: DeviceKind])[] = [
  [/\b(?:Host Bridge|Root Complex|DRAM (?:Controller|Registers)|Data Fabric|Dummy Function)\b/i, 'host-bridge'],
  [
    /\b(?:IOMMU|SMBus|LPC|eSPI|SPI|ISA|P2SB|PMC|Thermal|MEI|HECI|Management Engine|Performance Counters|DMA Controller|System Peripheral|RAM memory|I2C)\b/i,
    'system',
  ],
  [/\bNVSwitch\b/, 'nvswitch'],
  [/\b(?:Switchtec|Switch management)\b/i, 'switch-management'],
  [/\bBlueField\b/, 'dpu'],
  [/\b(?:ConnectX|Connect-IB|MT\d{4,5}|Ethernet|Gigabit|\d+GbE|BCM5\d{4}|Chelsio)\b/i, 'nic'],
  [/\b(?:Wi-?Fi|Wireless|802\.11\w*|Bluetooth)\b/i, 'wireless'],
  [/\b(?:NVMe|Non-Volatile memory)\b/i, 'nvme'],
  [/\b(?:SATA|AHCI|SAS|RAID|IDE|Fusion-MPT|MegaRAID)\b/i, 'storage'],
  [/\b(?:USB|xHCI|EHCI|UHCI|UCSI)\b/i, 'usb'],
  [/\b(?:Audio|HDA)\b/i, 'audio'],
  [/\b(?:ASPEED|Matrox|QXL|Virtio.*GPU|VMware SVGA)\b/i, 'display'],
  [/\b(?:GeForce|Quadro|Tesla|Radeon|Instinct|FirePro|HD Graphics|UHD Graphics|Iris|Arc|Data Center GPU)\b/i, 'gpu'],
];

const NVIDIA = 0x10de;
const AMD_GRAPHICS = 0x1002;

/**
 * By the printed name; cards of makers of GPUs by their vendor and function, host bridges by their place: the first on a
 * root bus that has others. Undefined: nothing tells.
 */
export function kindByName(fn: PciFunction): DeviceKind | undefined {
  const { bdf, ids, captured } = fn;
  const name = unshown(factValue(captured.printedName)) ?? '';
  const vendor = factValue(ids.vendor);
  const isCard = vendor === NVIDIA || vendor === AMD_GRAPHICS;
  // What stands beside the GPU on its card.
  if (isCard && bdfFunction(bdf) > 0) return 'companion';
  const named = NAMES.find(([pattern]) => pattern.test(name))?.[1];
  if (named !== undefined || isCard) return named ?? 'gpu';
  return isFirstOfRootBus(fn) ? 'host-bridge' : undefined;
}

function isFirstOfRootBus({ bdf, parent, placement, physfn, hostBridge }: PciFunction): boolean {
  const isFirst = bdfDevfn(bdf) === 0 && parent === undefined && physfn === undefined && placement.certain;
  return isFirst && hostBridge.rootFunctions.length > 1;
}
