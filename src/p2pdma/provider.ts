/** Providers: the BARs whose memory can be peer memory, and how their addresses look on the bus. */
import { type BusAddr, type PhysAddr, u64 } from '../base/index.ts';
import type { PciFunction, PciResource } from '../pci/index.ts';
import { IORESOURCE_MEM } from '../uapi/index.ts';

/** One memory BAR as a P2PDMA provider. include/linux/pci-p2pdma.h `struct p2pdma_provider`. */
export interface P2pdmaProvider {
  readonly owner: PciFunction;
  /** BAR number, 0 ... 5. */
  readonly bar: number;
  readonly resource: PciResource;
  /** PCI bus address minus CPU physical address, modulo 2^64; 0 on PCs. */
  readonly busOffset: bigint;
}

/**
 * The provider of a BAR; undefined where the BAR is absent, holds I/O ports, or is the upper half of a 64-bit one.
 * @kernel pcim_p2pdma_provider drivers/pci/p2pdma.c
 */
export function pcimP2pdmaProvider(owner: PciFunction, bar: number): P2pdmaProvider | undefined {
  const resource = bar >= 0 && bar <= 5 ? owner.resources[bar] : undefined;
  if (resource === undefined || (resource.flags & IORESOURCE_MEM) === 0) return undefined;
  return { owner, bar, resource, busOffset: u64(resource.bus.start - resource.cpu.start) };
}

/**
 * The bus address of a byte of a provider's memory. No range check, as in the kernel.
 * @kernel pci_p2pdma_bus_addr_map include/linux/pci-p2pdma.h
 */
export function pciP2pdmaBusAddrMap(provider: Pick<P2pdmaProvider, 'busOffset'>, paddr: PhysAddr): BusAddr {
  return u64(paddr + provider.busOffset) as BusAddr;
}
