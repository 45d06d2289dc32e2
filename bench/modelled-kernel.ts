/** The modelled kernel that the mapping benchmarks drive. */
import { Prng } from '../src/base/index.ts';
import { DmaDevice, PLAIN_DIRECT_DMA } from '../src/dma/index.ts';
import {
  type DmaBufKernel,
  DmaResv,
  dmaBufKernel,
  type MappingAttachment,
  type PeerProvider,
} from '../src/dma-buf/index.ts';
import { DmaDomain, type DomainGeometry, dmaBehaviourOf } from '../src/iommu/index.ts';
import { PhysVecArray } from '../src/scatterlist/index.ts';
import { KernelLog, kernelVersion, type MapType } from '../src/uapi/index.ts';

const VERSION = kernelVersion(7, 3);
const ADDRESSES_47 = 2n ** 47n - 1n;

/** What an x86 IOMMU with 4 KiB, 2 MiB and 1 GiB pages translates. */
const GEOMETRY: DomainGeometry = {
  kind: 'generic-pt',
  granuleShift: 12,
  pageShifts: [12, 21, 30],
  apertureEnd: ADDRESSES_47,
  outputBits: 52,
};

/** One importer and what it maps from. */
export interface Modelled {
  readonly kernel: DmaBufKernel;
  readonly attach: MappingAttachment;
  readonly provider: PeerProvider;
  readonly domain: DmaDomain | undefined;
}

/**
 * An importer of 7.3. With an IOMMU its kernel is without the defects of the shipped one, which cannot link more than
 * one range.
 */
export function modelled(mapType: MapType, translated: boolean, busOffset: bigint): Modelled {
  const log = new KernelLog();
  const behaviour = dmaBehaviourOf(VERSION, translated);
  const domain = translated ? new DmaDomain({ type: 'DMA', geometry: GEOMETRY, behaviour, log }) : undefined;
  const dev = new DmaDevice({
    name: '0000:01:00.0',
    domain,
    behaviour,
    log,
    dmaMask: 2n ** 64n - 1n,
    busDmaLimit: 0n,
    pci32bitWorkaround: false,
    untrusted: false,
    direct: PLAIN_DIRECT_DMA,
  });
  const kernel = dmaBufKernel({ version: VERSION, mapType: () => mapType, log, intended: translated });
  const window = { start: 0n, end: 2n ** 63n };
  const resource = { index: 0, cpu: window, bus: window, flags: 0x14220c };
  return { kernel, attach: { dmabuf: { resv: new DmaResv() }, dev }, provider: { busOffset, resource }, domain };
}

/** `n` ranges of whole pages; `next` gives start and length, from random numbers in a fixed order. */
export function rangesOf(
  n: number,
  next: (prng: Prng, index: number) => readonly [paddr: bigint, len: bigint],
): PhysVecArray {
  const prng = new Prng(1);
  const ranges = new PhysVecArray(n);
  for (let i = 0; i < n; i++) ranges.set(i, ...next(prng, i));
  return ranges;
}
