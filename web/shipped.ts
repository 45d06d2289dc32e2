/** The machines and scenarios that come with the page, in the order in which they are shown. */

/** Machines by the names of their files, and what each is about. */
export const MACHINE_CARDS: readonly (readonly [name: string, title: string, about: string])[] = [
  ['hgx-8gpu', 'Eight-GPU server', 'Four switches, two sockets; ACS sends every pair up to the root complex.'],
  ['vm-passthrough', 'Host of virtual machines', 'A GPU and a NIC below one switch, ACS forced up.'],
  ['desktop-2gpu', 'AMD desktop, two GPUs', 'Zen needs no allowlist: the cards reach each other.'],
  ['desktop-2gpu-intel-client', 'Intel desktop, two GPUs', 'A host bridge that Linux does not trust.'],
  ['dual-socket-allowlisted', 'Two sockets, on the allowlist', 'A GPU here, a NIC there, through both host bridges.'],
  ['dual-socket-unlisted', 'Two sockets, not on it', 'What the hardware could do does not matter.'],
  ['sriov', 'Virtual functions', 'Six of them, peers of the drive beside their NIC.'],
  ['vmd', 'Drives behind Intel VMD', 'A PCI domain inside an endpoint.'],
  ['bus-offset', 'Arm server', 'Bus addresses that differ from CPU addresses.'],
];

/** Scenarios by the names of their files, and what each is about. */
export const SCENARIO_CARDS: readonly (readonly [name: string, title: string, about: string])[] = [
  ['gpu-nic-one-switch', 'GPU and NIC below one switch', 'Bus addresses: the switch routes, nobody else is asked.'],
  ['gpu-nic-acs-redirect', 'The same with ACS redirect', 'Every packet up to the host bridge and back.'],
  ['through-host-bridge-iommu', 'Through an IOMMU', 'I/O addresses, and what happens after the unmapping.'],
  ['revoke-during-traffic', 'Taken away under traffic', 'The GPU is reset while a NIC writes into it.'],
  ['surprise-unplug', 'Pulled out', 'The GPU goes; the NIC still has its addresses.'],
  ['wrong-dma-mask', 'A DMA mask of 32 bits', 'A driver that promised too little.'],
  ['importer-keeps-mapping', 'An importer that does not let go', 'Linux 7.1 on: the reset waits, for ever if need be.'],
  ['reset-does-not-wait-7.0', 'The same on Linux 7.0', 'The reset does not wait, and the NIC writes on.'],
  ['multi-range-iommu-7.3', 'Two ranges, Linux 7.3', 'A defect of the kernel: the mapping fails.'],
  ['multi-range-iommu-intended', 'Two ranges, as it was meant', 'One run of I/O addresses leads to both.'],
  ['importers-refused', 'Importers that are refused', 'VFIO lends its memory; those who cannot return it get none.'],
  ['bus-address-beyond-mask', 'An address beyond the mask', 'Bus addresses are handed out without a look at it.'],
  ['five-tib-in-chunks', 'Five terabytes', '1281 entries, cut where an entry is full.'],
  ['nvme-gpu-across-sockets-allowlisted', 'Across two sockets, allowed', 'A drive here reads from a GPU there.'],
  ['nvme-gpu-across-sockets-unlisted', 'Across two sockets, refused', 'Host bridges that are not on the list.'],
  ['iommu-off-is-faster', 'A server without its IOMMU', 'Linux leaves ACS alone, and GPU and NIC talk directly.'],
  ['rdma-region-faults', 'A region that faults', 'GPU memory is taken away, and comes back with the next access.'],
  ['rdma-drivers-that-pin', 'Drivers that pin', 'Linux 7.1 on refuses those who cannot give memory back.'],
  ['iommufd-asks-nobody', 'iommufd asks nobody', 'P2PDMA refuses the pair; a guest gets the BAR all the same.'],
  ['iommufd-revoked-for-good', 'A guest’s mapping, revoked', 'Gone until user space maps it anew.'],
  ['mapping-types-any-ranges', 'Mapping types: any ranges', 'Three parts of a BAR as one run of I/O addresses.'],
  ['mapping-types-gpu-and-nvme', 'Mapping types: GPU and drive', 'Each gets the other’s memory in its own form.'],
  ['mapping-types-half-a-page', 'Mapping types: half a page', 'As posted: a page that nobody exported is mapped.'],
  ['mapping-types-half-a-page-intended', 'Half a page, as meant', 'Lists of parts of pages are refused.'],
  ['mapping-types-list-too-short', 'Mapping types: a short list', 'As posted: iommufd reads past its end.'],
  ['mapping-types-no-at-attach', 'Mapping types: no, at once', 'A driver hears of the refusal when it attaches.'],
  ['mapping-types-revoked-and-mapped', 'Mapping types: revoked', 'As posted: mapped all the same, and it stays.'],
  ['mapping-types-unheld-lock', 'Mapping types: lock debugging', 'As posted: an assertion at every importer.'],
  ['vm-passthrough', 'Host of virtual machines', 'ACS forced up: the pair meets in the host bridge.'],
  ['bus-offset-arm', 'Arm: addresses that differ', 'Bus addresses are not those of the processor.'],
];
