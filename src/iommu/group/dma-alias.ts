/** The requester ids that a function's DMA may carry when it reaches the IOMMU. */
import { factValue } from '../../capture/index.ts';
import type { PciFunction, PciTopology } from '../../pci/index.ts';
import {
  bdfBus,
  bdfDevfn,
  bdfDomain,
  PCI_EXP_TYPE_PCI_BRIDGE,
  PCI_EXP_TYPE_PCIE_BRIDGE,
  type RequesterId,
} from '../../uapi/index.ts';
import { FIRST_VMD_DOMAIN } from './probe-order.ts';

/** One requester id, and the function that puts it there: the device itself or a bridge above it. */
export interface DmaAlias {
  readonly owner: PciFunction;
  readonly requesterId: RequesterId;
}

/**
 * The ids of `fn`, nearest first, its own included. Ports of PCI Express pass ids on; bridges to conventional PCI put
 * their own in their place: a PCIe-to-PCI bridge that of device 0 on its secondary bus, others their own. Ids that
 * Linux adds by device table, and the bridges that it treats differently, are not known here.
 * @kernel pci_for_each_dma_alias drivers/pci/search.c
 */
export function dmaAliases(fn: PciFunction): readonly DmaAlias[] {
  const aliases: DmaAlias[] = [{ owner: fn, requesterId: requesterId(fn) }];
  for (let bridge = fn.parent; bridge !== undefined; bridge = bridge.parent) {
    const type = factValue(bridge.pcie)?.type;
    const conventional = bridge.pcie.state === 'absent';
    if (type === PCI_EXP_TYPE_PCI_BRIDGE) {
      const secondary = factValue(bridge.buses)?.secondary ?? bdfBus(fn.bdf);
      aliases.push({ owner: bridge, requesterId: secondary * 0x100 });
    } else if (type === PCI_EXP_TYPE_PCIE_BRIDGE || conventional) {
      aliases.push({ owner: bridge, requesterId: requesterId(bridge) });
    }
  }
  return aliases;
}

function requesterId(fn: PciFunction): RequesterId {
  return bdfBus(fn.bdf) * 0x100 + bdfDevfn(fn.bdf);
}

/** Functions that may be the VMD endpoint of those for which `realDmaDevice` gives none. */
export function mayBeVmd({ ids }: PciFunction): boolean {
  const device = factValue(ids.device);
  return (factValue(ids.vendor) ?? 0x8086) === 0x8086 && (device === undefined || VMD_DEVICES.has(device));
}

/** Device ids of Intel Volume Management Devices, from the PCI ID database. */
const VMD_DEVICES: ReadonlySet<number> = new Set([0x201d, 0x28c0, 0x467f, 0x4c3d, 0x9a0b, 0xa77f]);

/**
 * The function whose requester id the DMA of `fn` carries: the VMD endpoint for functions in a VMD domain, else `fn`.
 * Undefined: no or several VMD endpoints could be the one.
 * @kernel pci_real_dma_dev drivers/pci/pci.c
 */
export function realDmaDevice(fn: PciFunction, topology: PciTopology): PciFunction | undefined {
  if (bdfDomain(fn.bdf) < FIRST_VMD_DOMAIN) return fn;
  const endpoints = topology.functions.filter(
    ({ ids }) => factValue(ids.vendor) === 0x8086 && VMD_DEVICES.has(factValue(ids.device) ?? -1),
  );
  return endpoints.length === 1 ? endpoints[0] : undefined;
}
