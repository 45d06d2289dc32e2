/** From parts of a region to physical ranges. drivers/vfio/pci/vfio_pci_dmabuf.c, drivers/vfio/pci/nvgrace-gpu/main.c. */
import { type PhysAddr, U64_MAX } from '../base/index.ts';
import { type P2pdmaProvider, pcimP2pdmaProvider } from '../p2pdma/index.ts';
import { PhysVecArray } from '../scatterlist/index.ts';
import { type KernelResult, kernelError, kernelOk } from '../uapi/index.ts';
import type { RegionRange } from './feature-layout.ts';
import type { RegionPhys, VfioPciDevice, VfioPciDriver } from './vfio-pci-device.ts';

/** A stretch of CPU physical addresses. */
export interface PhysStretch {
  readonly start: PhysAddr;
  /** Bytes. */
  readonly length: bigint;
}

/**
 * Turns parts of a region that lies at `stretch` into physical ranges.
 * @returns EOVERFLOW where an address passes 2^64, EINVAL for an empty range or one that leaves the stretch.
 * @kernel vfio_pci_core_fill_phys_vec drivers/vfio/pci/vfio_pci_dmabuf.c
 */
function fillPhysVec(ranges: readonly RegionRange[], stretch: PhysStretch): KernelResult<PhysVecArray> {
  const physVec = new PhysVecArray(ranges.length);
  for (const [index, { offset, length }] of ranges.entries()) {
    const at = `vfio_pci_core_fill_phys_vec: range ${index}`;
    if (length === 0n) return kernelError('EINVAL', `${at} is empty`);
    const paddr = stretch.start + offset;
    if (paddr + length > U64_MAX) return kernelError('EOVERFLOW', `${at} passes 2^64`);
    if (paddr + length > stretch.start + stretch.length) return kernelError('EINVAL', `${at} leaves the region`);
    physVec.set(index, paddr, length);
  }
  return kernelOk(physVec);
}

/**
 * The ranges of a BAR; EINVAL where it is not a memory BAR.
 * @kernel vfio_pci_core_get_dmabuf_phys drivers/vfio/pci/vfio_pci_dmabuf.c
 */
function vfioPciCoreGetDmabufPhys(
  { fn }: VfioPciDevice,
  regionIndex: number,
  ranges: readonly RegionRange[],
): KernelResult<RegionPhys> {
  const provider = pcimP2pdmaProvider(fn, regionIndex);
  if (provider === undefined) return kernelError('EINVAL', 'vfio_pci_core_get_dmabuf_phys: no provider');
  const { start, end } = provider.resource.cpu;
  return within(provider, ranges, { start: start as PhysAddr, length: end - start });
}

/** vfio-pci itself. Variants without a hook of their own (`getDmabufPhys: undefined`) export nothing. */
export const VFIO_PCI: VfioPciDriver = {
  name: 'vfio-pci',
  fakeBars: new Set(),
  getDmabufPhys: vfioPciCoreGetDmabufPhys,
};

/** Where the memory of a Grace-Hopper superchip lies, by the fake BAR that shows it. */
export interface NvgraceMemory {
  /** Fake BAR 4. */
  readonly usemem: PhysStretch;
  /** Fake BAR 2. */
  readonly resmem: PhysStretch;
}

const RESMEM_REGION = 2;
const USEMEM_REGION = 4;

/**
 * nvgrace-gpu: two regions are coherent memory outside every BAR; the provider is that of BAR 0 all the same. A range
 * may reach to the end of the memory, not to the next power of two that the fake BAR shows.
 * @kernel nvgrace_get_dmabuf_phys drivers/vfio/pci/nvgrace-gpu/main.c
 */
export function nvgraceDriver(memory: NvgraceMemory): VfioPciDriver {
  return {
    name: 'nvgrace-gpu-vfio-pci',
    fakeBars: new Set([RESMEM_REGION, USEMEM_REGION]),
    getDmabufPhys: (device, regionIndex, ranges) => {
      if (regionIndex !== RESMEM_REGION && regionIndex !== USEMEM_REGION) {
        return vfioPciCoreGetDmabufPhys(device, regionIndex, ranges);
      }
      const provider = pcimP2pdmaProvider(device.fn, 0);
      if (provider === undefined) return kernelError('EINVAL', 'nvgrace_get_dmabuf_phys: no provider of BAR 0');
      return within(provider, ranges, regionIndex === USEMEM_REGION ? memory.usemem : memory.resmem);
    },
  };
}

function within(
  provider: P2pdmaProvider,
  ranges: readonly RegionRange[],
  stretch: PhysStretch,
): KernelResult<RegionPhys> {
  const filled = fillPhysVec(ranges, stretch);
  return filled.ok ? kernelOk({ provider, ranges: filled.value }) : filled;
}
