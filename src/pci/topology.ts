/** The PCI tree of one machine: what everything further down asks about functions. */
import type { Finding, MachineCapture } from '../capture/index.ts';
import type { Bdf } from '../uapi/index.ts';
import type { HostBridge, PciFunction } from './pci-function.ts';
import type { Platform } from './platform/index.ts';

/** All functions and host bridges of a machine. */
export interface PciTopology {
  readonly capture: MachineCapture;
  readonly platform: Platform;
  /** Ascending by address. */
  readonly functions: readonly PciFunction[];
  readonly byBdf: ReadonlyMap<Bdf, PciFunction>;
  readonly hostBridges: readonly HostBridge[];
  /** What was odd in config space or in the tree; the capture's own findings are not repeated. */
  readonly findings: readonly Finding[];
}

/**
 * The bridge above a function as the P2PDMA walk sees it: a virtual function is replaced by its physical function first.
 * @kernel pci_upstream_bridge include/linux/pci.h
 */
export function upstreamBridge(fn: PciFunction): PciFunction | undefined {
  return (fn.physfn ?? fn).parent;
}
