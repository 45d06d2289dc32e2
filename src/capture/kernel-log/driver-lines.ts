/** What drivers print of their devices: who drives one, and what the system calls it. */
import type { SystemNameKind } from '../machine-capture.ts';

/** What a line tells of a function. */
export interface DriverWords {
  readonly address: string;
  readonly driver: string | undefined;
  readonly name: { readonly kind: SystemNameKind; readonly name: string } | undefined;
}

const ADDRESS = String.raw`([0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7])`;
/** `nvme nvme0: pci function 0000:01:00.0`. drivers/nvme/host/pci.c */
const NVME = new RegExp(`^nvme (nvme\\d+): pci function ${ADDRESS}`);
/** `mlx5_core 0000:41:00.0 enp65s0np0: renamed from eth0`. net/core/dev.c */
const RENAMED = new RegExp(`^([\\w-]+) ${ADDRESS} ([\\w.-]{1,15}): renamed from `);
/** `[drm] Initialized amdgpu 3.54.0 20150101 for 0000:03:00.0 on minor 1`. drivers/gpu/drm/drm_drv.c */
const DRM = new RegExp(`Initialized ([\\w-]+) [\\d.]+(?: \\d+)? for ${ADDRESS} on minor (\\d{1,2})$`);
/** `nvidia 0000:81:00.0: enabling device (0140 -> 0142)`: the kernel puts the driver before the address, or the bus. */
const DRIVER = new RegExp(`^(?:dmesg: )?([a-z][\\w-]*) ${ADDRESS}: `);
const BUSES: ReadonlySet<string> = new Set([
  'pci',
  'pci_bus',
  'pci_express',
  'iommu',
  'device',
  'for',
  'at',
  'on',
  'of',
  'from',
]);

/** Undefined for lines of other kinds. */
export function parseDriverLine(text: string): DriverWords | undefined {
  const [, nvme, nvmeAddress = ''] = NVME.exec(text) ?? [];
  if (nvme !== undefined) return { address: nvmeAddress, driver: 'nvme', name: { kind: 'nvme', name: nvme } };
  const [, owner, netAddress = '', netdev = ''] = RENAMED.exec(text) ?? [];
  if (owner !== undefined) return { address: netAddress, driver: owner, name: { kind: 'netdev', name: netdev } };
  const [, drm, drmAddress = '', minor = ''] = DRM.exec(text) ?? [];
  if (drm !== undefined) return { address: drmAddress, driver: undefined, name: { kind: 'drm', name: `card${minor}` } };
  const [, driver, address = ''] = DRIVER.exec(text) ?? [];
  if (driver === undefined || BUSES.has(driver)) return undefined;
  return { address, driver, name: undefined };
}
