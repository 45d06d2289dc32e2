/** VFIO_DEVICE_GET_REGION_INFO: what a user learns of the BARs before it exports them. */
import { factValue } from '../capture/index.ts';
import { type PciFunction, walkCapabilities } from '../pci/index.ts';
import {
  IORESOURCE_MEM,
  type KernelResult,
  kernelError,
  kernelOk,
  PCI_CAP_ID_MSIX,
  PCI_CFG_SPACE_EXP_SIZE,
  PCI_CFG_SPACE_SIZE,
  PCI_MSIX_TABLE,
  PCI_MSIX_TABLE_BIR,
  VFIO_PCI_CONFIG_REGION_INDEX,
  VFIO_PCI_ROM_REGION_INDEX,
  VFIO_PCI_VGA_REGION_INDEX,
  VFIO_REGION_INFO_FLAG_CAPS,
  VFIO_REGION_INFO_FLAG_MMAP,
  VFIO_REGION_INFO_FLAG_READ,
  VFIO_REGION_INFO_FLAG_WRITE,
} from '../uapi/index.ts';
import type { VfioPciDevice } from './vfio-pci-device.ts';

/** One region, as the kernel describes it. */
export interface RegionInfo {
  /** VFIO_REGION_INFO_FLAG_*; CAPS on the BAR with the MSI-X table. */
  readonly flags: number;
  /** Bytes; 0: there is no such BAR. */
  readonly size: bigint;
  /** Where the region starts in the device file. */
  readonly offset: bigint;
}

const READ_WRITE = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
/** Every region has 2^40 bytes of the device file. */
const OFFSET_SHIFT = 40n;
const VGA_SIZE = 0xc_0000n;
const VGA_CLASS = 0x0300;

/**
 * Describes a region. EINVAL for the VGA region of other devices and for numbers above it. That a region can be mapped
 * does not mean that it can be exported: one below a page cannot.
 * @kernel vfio_pci_ioctl_get_region_info drivers/vfio/pci/vfio_pci_core.c
 */
export function vfioRegionInfo(device: VfioPciDevice, index: number): KernelResult<RegionInfo> {
  const offset = BigInt(index) << OFFSET_SHIFT;
  const info = (size: bigint, flags: number): KernelResult<RegionInfo> => kernelOk({ flags, size, offset });
  if (index < VFIO_PCI_ROM_REGION_INDEX) return info(device.barSize(index), barFlags(device, index));
  if (index === VFIO_PCI_ROM_REGION_INDEX) {
    const rom = device.fn.resources[index];
    if (rom === undefined || !device.romReadable) return info(0n, 0);
    return info(rom.cpu.end - rom.cpu.start, VFIO_REGION_INFO_FLAG_READ);
  }
  if (index === VFIO_PCI_CONFIG_REGION_INDEX) return info(BigInt(configSize(device.fn)), READ_WRITE);
  const isVga = (factValue(device.fn.ids.classCode) ?? 0) >>> 8 === VGA_CLASS;
  if (index === VFIO_PCI_VGA_REGION_INDEX && isVga) return info(VGA_SIZE, READ_WRITE);
  return kernelError('EINVAL', 'vfio_pci_ioctl_get_region_info: no such region');
}

function barFlags(device: VfioPciDevice, bar: number): number {
  if (device.barSize(bar) === 0n) return 0;
  if (!canBeMapped(device, bar)) return READ_WRITE;
  const caps = msixTableBar(device.fn) === bar ? VFIO_REGION_INFO_FLAG_CAPS : 0;
  return READ_WRITE | VFIO_REGION_INFO_FLAG_MMAP | caps;
}

/**
 * A process maps whole pages: a smaller BAR must begin one and have the rest of it for itself.
 * @kernel vfio_pci_probe_mmaps drivers/vfio/pci/vfio_pci_core.c
 */
function canBeMapped({ fn, topology, kernel }: VfioPciDevice, bar: number): boolean {
  const resource = fn.resources[bar];
  if (resource === undefined || (resource.flags & IORESOURCE_MEM) === 0) return false;
  const { start, end } = resource.cpu;
  const page = 1n << BigInt(kernel.rules.pageShift);
  if (end - start >= page) return true;
  if (start % page !== 0n) return false;
  const inRest = (other: PciFunction['resources'][number]): boolean =>
    other !== undefined && other.index < 13 && other.cpu.start < start + page && other.cpu.end > end;
  return !topology.functions.some(({ resources }) => resources.some(inRest));
}

function msixTableBar({ captured }: PciFunction): number | undefined {
  const at = walkCapabilities(captured.config, () => {}).offsets.get(PCI_CAP_ID_MSIX);
  return at === undefined ? undefined : captured.config.bits(at + PCI_MSIX_TABLE, 4, PCI_MSIX_TABLE_BIR);
}

function configSize({ captured, pcie }: PciFunction): number {
  return captured.config.size ?? (pcie.state === 'known' ? PCI_CFG_SPACE_EXP_SIZE : PCI_CFG_SPACE_SIZE);
}
