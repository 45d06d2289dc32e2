/** What a new domain keeps from being given out. iommu-dma, section 3. */
import type { AddrRange } from '../base/index.ts';
import { u64 } from '../base/index.ts';
import { factValue, type ReservedRegion } from '../capture/index.ts';
import type { PciFunction } from '../pci/index.ts';
import type { DmaDomain } from './dma-domain.ts';
import { IOMMU_READ, IOMMU_WRITE } from './io-page-table.ts';
import type { IommuKind } from './machine-geometry.ts';
import { pfnOf } from './pfn.ts';

/** The SMMU drivers' window for doorbells: listed with the group, but not kept from DMA. */
const SOFTWARE_MSI: AddrRange = { start: 0x0800_0000n, end: 0x0810_0000n };
const X86_MSI: ReservedRegion = { range: { start: 0xfee0_0000n, end: 0xfef0_0000n }, type: 'msi' };
const AMD_HYPERTRANSPORT: ReservedRegion = {
  range: { start: 0xfd_0000_0000n, end: 0x100_0000_0000n },
  type: 'reserved',
};
/** What an ISA bridge's floppy controller may reach. */
const ISA_DMA: ReservedRegion = { range: { start: 0n, end: 0x100_0000n }, type: 'direct-relaxable' };
const CLASS_ISA_BRIDGE = 0x0601;

/**
 * Reserves what the first device of a domain brings: the windows of its host bridge as bus addresses, then the driver's
 * regions. Direct regions are mapped to themselves as well.
 * @kernel iommu_dma_init_domain drivers/iommu/dma-iommu.c
 */
export function reserveForDevice(domain: DmaDomain, fn: PciFunction, regions: readonly ReservedRegion[]): void {
  for (const { cpu, offset } of factValue(fn.hostBridge.windows) ?? []) {
    domain.reserve(u64(cpu.start - offset), u64(cpu.end - 1n - offset));
  }
  for (const { range, type } of regions) {
    if (range.start >= range.end) continue;
    domain.reserve(range.start, range.end - 1n);
    if (type === 'direct' || type === 'direct-relaxable') mapDirect(domain, range);
  }
}

/** @kernel iommu_create_device_direct_mappings drivers/iommu/iommu.c */
function mapDirect({ geometry, pageTable }: DmaDomain, { start, end }: AddrRange): void {
  const first = pfnOf(start, geometry.granuleShift);
  const pages = pfnOf(end - 1n, geometry.granuleShift) - first + 1;
  pageTable.map(first, false, first, pages, IOMMU_READ | IOMMU_WRITE);
}

/** The regions of a captured group that a domain keeps from being given out. */
export function reservedOfGroup(kind: IommuKind, captured: readonly ReservedRegion[]): readonly ReservedRegion[] {
  if (kind !== 'smmuv3') return captured;
  return captured.filter(({ range }) => range.start !== SOFTWARE_MSI.start || range.end !== SOFTWARE_MSI.end);
}

/** The regions that every group of a PC has, for machines whose capture lists none. Those of firmware are not known. */
export function usualRegions(kind: IommuKind, members: readonly PciFunction[]): readonly ReservedRegion[] {
  if (kind === 'smmuv3') return [];
  if (kind === 'amd') return [X86_MSI, AMD_HYPERTRANSPORT];
  const isaBridge = members.some(({ ids }) => factValue(ids.baseAndSubClass) === CLASS_ISA_BRIDGE);
  return isaBridge ? [ISA_DMA, X86_MSI] : [X86_MSI];
}
