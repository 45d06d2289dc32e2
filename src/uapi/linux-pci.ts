/** What Linux makes of PCI hardware, under its own names: resources, and who may reach whom. */

/** Resource flags as sysfs `resource` prints them. include/linux/ioport.h. */
export const IORESOURCE_IO = 0x100;
export const IORESOURCE_MEM = 0x200;
export const IORESOURCE_PREFETCH = 0x2000;
export const IORESOURCE_READONLY = 0x4000;
export const IORESOURCE_SIZEALIGN = 0x40000;
export const IORESOURCE_MEM_64 = 0x100000;
export const IORESOURCE_WINDOW = 0x200000;
export const IORESOURCE_DISABLED = 0x10000000;
export const IORESOURCE_UNSET = 0x20000000;
/** include/linux/pci.h: the resource comes from Enhanced Allocation. */
export const IORESOURCE_PCI_FIXED = 0x10;
export const IORESOURCE_PCI_EA_BEI = 0x20;

/**
 * What the kernel decides about a provider and a client. enum pci_p2pdma_map_type, include/linux/pci-p2pdma.h.
 *
 * - `PCI_P2PDMA_MAP_BUS_ADDR`: program the DMA engine with PCI bus addresses; the switches route them directly.
 * - `PCI_P2PDMA_MAP_THRU_HOST_BRIDGE`: map as if it were memory, the traffic goes up to the host bridge and back.
 * - `PCI_P2PDMA_MAP_NOT_SUPPORTED`: the pair must not do peer-to-peer DMA.
 * - `PCI_P2PDMA_MAP_NONE`: the memory is not peer memory at all.
 * - `PCI_P2PDMA_MAP_UNKNOWN`: not computed yet (inside the kernel's cache only).
 */
export const PCI_P2PDMA_MAP_UNKNOWN = 0;
export const PCI_P2PDMA_MAP_NONE = 1;
export const PCI_P2PDMA_MAP_NOT_SUPPORTED = 2;
export const PCI_P2PDMA_MAP_BUS_ADDR = 3;
export const PCI_P2PDMA_MAP_THRU_HOST_BRIDGE = 4;

/** The three answers of `pci_p2pdma_map_type()` for a pair, by kernel name. */
export type MapType = 'PCI_P2PDMA_MAP_BUS_ADDR' | 'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE' | 'PCI_P2PDMA_MAP_NOT_SUPPORTED';
