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
