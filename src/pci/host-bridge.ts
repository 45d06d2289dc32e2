/** A host bridge: one root bus, its windows and what stands on it. include/linux/pci.h `struct pci_host_bridge`. */
import type { AddrRange } from '../base/index.ts';
import type { Fact } from '../capture/index.ts';
import type { PciFunction } from './pci-function.ts';

/** One root bus. Two root buses are two host bridges, also within one domain. */
export interface HostBridge {
  readonly index: number;
  readonly domain: number;
  /** Root bus number. */
  readonly bus: number;
  /** Functions on the root bus, ascending by devfn: the first is what the kernel looks up in its allowlist. */
  readonly rootFunctions: readonly PciFunction[];
  /** All functions below, the root bus included, ascending by address. */
  readonly functions: readonly PciFunction[];
  /** Memory windows from `/proc/iomem`; unreadable where the input has none. */
  readonly windows: Fact<readonly HostBridgeWindow[]>;
  /** Order in which Linux scanned host bridges (ACPI instance); unreadable in lspci output. */
  readonly firmwareInstance: Fact<number>;
}

/** An aperture of a host bridge. Bus address = CPU address - offset (mod 2^64). */
export interface HostBridgeWindow {
  /** CPU addresses. */
  readonly cpu: AddrRange;
  /** CPU minus bus address, modulo 2^64; 0 on PCs. */
  readonly offset: bigint;
}
