/** Mapping a buffer of RAM and device memory for one importer: every part the way that is right for it. */
import { assert, type BusAddr, type DmaAddr, type Iova, type PhysAddr, U64_MAX, u64 } from '../../base/index.ts';
import {
  DMA_ATTR_MMIO,
  type DmaAttrs,
  type DmaDevice,
  type DmaIovaState,
  dmaIovaDestroy,
  dmaIovaLink,
  dmaIovaSync,
  dmaIovaTryAlloc,
  dmaMapPhys,
  dmaUnmapPhys,
  newDmaIovaState,
} from '../../dma/index.ts';
import type { PhysVec } from '../../scatterlist/index.ts';
import { type DmaDirection, type KernelResult, kernelError, kernelOk } from '../../uapi/index.ts';
import type { DmaBufKernel, PeerProvider } from '../dma-buf-kernel.ts';

/** A stretch of the buffer: RAM, or part of a BAR. */
export interface MixedPart extends PhysVec {
  /** Undefined: RAM. */
  readonly provider: PeerProvider | undefined;
}

/** Where one part lies for the importer. */
export interface DmaPart {
  readonly dma: DmaAddr;
  /** Bytes, as many as the part has. */
  readonly len: bigint;
}

/** A live mapping: physical ranges and DMA ranges side by side, with no table between them. */
export interface MixedMapping {
  readonly importer: DmaDevice;
  readonly dir: DmaDirection;
  /** As exported, in order. */
  readonly parts: readonly MixedPart[];
  /** One per part. */
  readonly dmaParts: readonly DmaPart[];
  /** The one run of I/O addresses of all parts that need some; undefined: each has its own, or needs none. */
  readonly run: { readonly state: DmaIovaState; readonly size: bigint } | undefined;
}

/**
 * Maps all parts or none. Device memory that the switches can route is reached by bus address; RAM and all other device
 * memory goes through the DMA layer: RAM as memory, device memory as MMIO. Behind an IOMMU these parts share one run of
 * I/O addresses where their borders are at pages.
 * @returns EINVAL where the importer cannot reach a part, ENOMEM where its DMA mask is too short, else what the DMA
 *   layer gave.
 */
export function mapMixed(
  kernel: DmaBufKernel,
  importer: DmaDevice,
  parts: readonly MixedPart[],
  dir: DmaDirection,
): KernelResult<MixedMapping> {
  const planned = planParts(kernel, importer, parts);
  if (!planned.ok) return planned;
  const toMap = parts.filter((_, index) => planned.value[index] === undefined);
  const mapped = mapRun(importer, toMap, dir) ?? mapOneByOne(importer, toMap, dir);
  if (!mapped.ok) return mapped;
  const rest = mapped.value.addresses.values();
  const dmaParts = parts.map(({ len }, index) => {
    const dma = planned.value[index] ?? rest.next().value;
    assert(dma !== undefined, 'every part has an address');
    return { dma, len };
  });
  return kernelOk({ importer, dir, parts, dmaParts, run: mapped.value.run });
}

/** Takes a mapping back. */
export function unmapMixed({ importer, run, dmaParts }: MixedMapping): void {
  if (run !== undefined) dmaIovaDestroy(importer, run.state, run.size);
  else unmapAll(importer, dmaParts);
}

/** Bus addresses of the parts that are reached so; undefined for those that the DMA layer has to map. */
function planParts(
  kernel: DmaBufKernel,
  importer: DmaDevice,
  parts: readonly MixedPart[],
): KernelResult<(DmaAddr | undefined)[]> {
  const plan: (DmaAddr | undefined)[] = [];
  for (const { provider, paddr, len } of parts) {
    const mapType = provider === undefined ? 'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE' : kernel.mapType(provider, importer);
    if (mapType === 'PCI_P2PDMA_MAP_NOT_SUPPORTED') return kernelError('EINVAL', 'mapMixed: a part is out of reach');
    if (provider === undefined || mapType === 'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE') {
      plan.push(undefined);
      continue;
    }
    const addr = u64(paddr + provider.busOffset);
    if (addr + len - 1n > importer.addressLimit) return kernelError('ENOMEM', 'mapMixed: beyond the DMA mask');
    plan.push({ space: 'bus', addr: addr as BusAddr });
  }
  return kernelOk(plan);
}

/** What the DMA layer gave. */
interface MappedParts {
  readonly addresses: readonly DmaAddr[];
  readonly run: MixedMapping['run'];
}

/** One run for all parts; undefined where there is no IOMMU, no room, or a border within a page. */
function mapRun(
  importer: DmaDevice,
  parts: readonly MixedPart[],
  dir: DmaDirection,
): KernelResult<MappedParts> | undefined {
  const first = parts[0];
  if (first === undefined || importer.domain === undefined) return undefined;
  const granule = 1n << BigInt(importer.domain.geometry.granuleShift);
  const meetsNext = (part: MixedPart, index: number): boolean =>
    (index === 0 || part.paddr % granule === 0n) &&
    (index === parts.length - 1 || (part.paddr + part.len) % granule === 0n);
  const size = parts.reduce((sum, { len }) => sum + len, 0n);
  const state = newDmaIovaState();
  if (size > U64_MAX || !parts.every(meetsNext) || !dmaIovaTryAlloc(importer, state, first.paddr, size)) {
    return undefined;
  }
  const addresses: DmaAddr[] = [];
  let done = 0n;
  for (const part of parts) {
    const linked = dmaIovaLink(importer, state, part.paddr, done, part.len, dir, attrsOf(part));
    if (!linked.ok) {
      dmaIovaDestroy(importer, state, done);
      return linked;
    }
    addresses.push({ space: 'iova', addr: (state.addr + done) as Iova });
    done += part.len;
  }
  const synced = dmaIovaSync(importer, state, 0n, size);
  if (synced.ok) return kernelOk({ addresses, run: { state, size } });
  dmaIovaDestroy(importer, state, size);
  return synced;
}

function mapOneByOne(importer: DmaDevice, parts: readonly MixedPart[], dir: DmaDirection): KernelResult<MappedParts> {
  const done: DmaPart[] = [];
  for (const part of parts) {
    const mapped = dmaMapPhys(importer, part.paddr as PhysAddr, part.len, dir, attrsOf(part));
    if (!mapped.ok) {
      unmapAll(importer, done);
      return mapped;
    }
    done.push({ dma: mapped.value, len: part.len });
  }
  return kernelOk({ addresses: done.map(({ dma }) => dma), run: undefined });
}

function unmapAll(importer: DmaDevice, parts: readonly DmaPart[]): void {
  for (const { dma, len } of parts) if (dma.space !== 'bus') dmaUnmapPhys(importer, dma.addr, len);
}

function attrsOf({ provider }: MixedPart): DmaAttrs {
  return provider === undefined ? {} : DMA_ATTR_MMIO;
}
