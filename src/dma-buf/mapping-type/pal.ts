/** The mapping type "Physical Address List": CPU physical addresses, for importers that map them by themselves. */
import { assert } from '../../base/index.ts';
import type { PhysVecArray } from '../../scatterlist/index.ts';
import { type KernelResult, kernelError, kernelOk } from '../../uapi/index.ts';
import type { DmaBufAttachment, DmaBufMappingMatch, DmaBufMappingType } from '../dma-buf.ts';
import type { DmaBufKernel } from '../dma-buf-kernel.ts';

/** A list in the importer's hands, in memory of its own. All of it is taken to be MMIO. */
export interface DmaBufPhysList {
  readonly phys: PhysVecArray;
}

/** How an exporter gives its addresses away and takes them back. The lock is held for both. */
export interface PalExporterOps {
  mapPhys(attach: DmaBufAttachment): KernelResult<DmaBufPhysList>;
  unmapPhys(attach: DmaBufAttachment, list: DmaBufPhysList): void;
}

/** An item of this type. */
export interface PalMatch extends DmaBufMappingMatch {
  /** Undefined in an importer's item. */
  readonly expOps: PalExporterOps | undefined;
}

/** A list fits a list: there is nothing to match. @kernel dma_buf_mapping_pal_type drivers/dma-buf/dma-buf-mapping.c */
export const DMA_BUF_MAPPING_PAL: DmaBufMappingType = {
  name: 'Physical Address List',
  finishMatch: (_args, exporter) => exporter,
};

/** The item of an importer of addresses. */
export const PAL_IMPORTER: PalMatch = { type: DMA_BUF_MAPPING_PAL, expOps: undefined };

/** The item of an exporter of addresses. */
export function palExporter(expOps: PalExporterOps): PalMatch {
  return { type: DMA_BUF_MAPPING_PAL, expOps };
}

/**
 * The physical ranges of a buffer, in order. The caller holds the reservation lock.
 * @returns what the exporter gave.
 * @kernel dma_buf_pal_map_phys drivers/dma-buf/dma-buf-mapping.c
 */
export function dmaBufPalMapPhys(kernel: DmaBufKernel, attach: DmaBufAttachment): KernelResult<DmaBufPhysList> {
  attach.dmabuf.resv.assertHeld(kernel, 'dma_buf_pal_map_phys');
  return palOps(attach).mapPhys(attach);
}

/**
 * Gives a list back. The caller holds the reservation lock.
 * @kernel dma_buf_pal_unmap_phys drivers/dma-buf/dma-buf-mapping.c
 */
export function dmaBufPalUnmapPhys(kernel: DmaBufKernel, attach: DmaBufAttachment, list: DmaBufPhysList): void {
  attach.dmabuf.resv.assertHeld(kernel, 'dma_buf_pal_unmap_phys');
  palOps(attach).unmapPhys(attach, list);
}

/** Lists of addresses that an exporter keeps somewhere, and how many importers hold. */
export class PhysLists implements PalExporterOps {
  readonly #ranges: PhysVecArray;
  readonly #refuse: () => KernelResult<never> | undefined;
  readonly #live = new Set<DmaBufPhysList>();

  /** @param refuse why there is no list just now */
  constructor(ranges: PhysVecArray, refuse: () => KernelResult<never> | undefined = () => undefined) {
    this.#ranges = ranges;
    this.#refuse = refuse;
  }

  /** Lists that importers hold. */
  get live(): number {
    return this.#live.size;
  }

  mapPhys({ dmabuf }: DmaBufAttachment): KernelResult<DmaBufPhysList> {
    const refused = this.#refuse();
    if (refused !== undefined) return refused;
    if (dmabuf.kernel.fault?.('map_phys: list') === true) return kernelError('ENOMEM', 'map_phys: list');
    const list = { phys: this.#ranges.copy() };
    this.#live.add(list);
    return kernelOk(list);
  }

  unmapPhys(_attach: DmaBufAttachment, list: DmaBufPhysList): void {
    assert(this.#live.delete(list), 'a list is given back once, to its exporter');
  }
}

function palOps({ mapType }: DmaBufAttachment): PalExporterOps {
  assert(
    mapType !== undefined && mapType.type === DMA_BUF_MAPPING_PAL,
    'addresses are mapped where they were agreed on',
  );
  const { expOps } = mapType as PalMatch;
  assert(expOps !== undefined, 'what holds for an attachment is the exporter’s item');
  return expOps;
}
