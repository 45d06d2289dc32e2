/** An exporter whose buffers are made of RAM pages and parts of BARs. */
import { defined } from '../../base/index.ts';
import { PhysVecArray } from '../../scatterlist/index.ts';
import { type DmaDirection, type KernelResult, kernelError, kernelOk } from '../../uapi/index.ts';
import type { DmaBufAttachment } from '../attachment.ts';
import { type DmaBuf, type DmaBufOps, dmaBufExport } from '../dma-buf.ts';
import type { DmaBufKernel } from '../dma-buf-kernel.ts';
import type { PhysVecToSgtOutcome, SgtMapping } from '../sgt-mapping.ts';
import { type MixedMapping, type MixedPart, mapMixed, unmapMixed } from './map-mixed.ts';
import { freeMixedTable, mixedTable } from './mixed-table.ts';

/** The exporter's side of one buffer. */
export class MixedDmaBuf implements DmaBufOps {
  readonly kernel: DmaBufKernel;
  readonly parts: readonly MixedPart[];
  /** Bytes. */
  readonly size: bigint;
  readonly #live = new Map<SgtMapping, MixedMapping>();

  constructor(kernel: DmaBufKernel, parts: readonly MixedPart[]) {
    this.kernel = kernel;
    this.parts = parts;
    this.size = parts.reduce((sum, { len }) => sum + len, 0n);
  }

  /** Importers that need pages can have buffers of RAM only. */
  attach(attach: DmaBufAttachment): KernelResult<undefined> {
    const hasMmio = this.parts.some(({ provider }) => provider !== undefined);
    return hasMmio && !attach.peer2peer ? kernelError('EOPNOTSUPP', 'mixed attach: no peer2peer') : kernelOk(undefined);
  }

  /** Maps and writes the result down as a table. */
  map(attach: DmaBufAttachment, dir: DmaDirection): PhysVecToSgtOutcome {
    const ranges = this.mapRanges(attach, dir);
    const table = ranges.ok ? mixedTable(this.kernel, ranges.value.dmaParts) : ranges;
    if (!ranges.ok || !table.ok) {
      if (ranges.ok) unmapMixed(ranges.value);
      const { errno, at } = table as Extract<typeof table, { ok: false }>;
      return { outcome: 'failed', errno, at, flow: undefined, defects: [] };
    }
    const mapping: SgtMapping = {
      table: table.value,
      flow: ranges.value.run === undefined ? 'direct' : 'iova',
      importer: attach.dev,
      ranges: PhysVecArray.of(this.parts.map(({ paddr, len }) => [paddr, len])),
      size: this.size,
      dir,
      busOffset: 0n,
      state: ranges.value.run?.state,
    };
    this.#live.set(mapping, ranges.value);
    return { outcome: 'mapped', mapping, defects: [] };
  }

  unmap(_attach: DmaBufAttachment, mapping: SgtMapping): void {
    unmapMixed(defined(this.#live.get(mapping), 'live mapping'));
    this.#live.delete(mapping);
    freeMixedTable(this.kernel, mapping.table);
  }

  /** The same mapping with no table: for importers that can take ranges as they are. `unmapMixed` takes it back. */
  mapRanges(attach: DmaBufAttachment, dir: DmaDirection): KernelResult<MixedMapping> {
    attach.dmabuf.resv.assertHeld(this.kernel, 'mixed map');
    return mapMixed(this.kernel, attach.dev, this.parts, dir);
  }

  release(): void {}
}

/** Exports a buffer of these parts, in order. */
export function exportMixed(kernel: DmaBufKernel, parts: readonly MixedPart[]): KernelResult<DmaBuf> {
  const ops = new MixedDmaBuf(kernel, parts);
  return dmaBufExport(kernel, { ops, size: ops.size });
}
