/** Flow `direct`: every range mapped by itself, without an IOMMU or where the whole found no room in I/O addresses. */
import { DMA_ATTR_MMIO, dmaDirectAsIsLimit, dmaMapPhys, dmaUnmapPhys } from '../dma/index.ts';
import {
  calcRunNents,
  calcSgNents,
  endsWithin,
  fillSgEntry,
  PAST_END,
  type SgTable,
  sgFreeTable,
} from '../scatterlist/index.ts';
import { allocTable, finishTable, pastTable } from './finish-table.ts';
import { mapAsIs } from './map-as-is.ts';
import type { MappingRequest } from './mapping-request.ts';
import type { FlowResult } from './sgt-mapping.ts';

/**
 * Maps range by range; the entries of a range are cut from the one address it got.
 * @kernel dma_buf_phys_vec_to_sgt drivers/dma-buf/dma-buf-mapping.c
 */
export function mapDirect(request: MappingRequest): FlowResult {
  const limit = dmaDirectAsIsLimit(request.importer, DMA_ATTR_MMIO);
  if (limit !== undefined && endsWithin(request.ranges, limit)) return mapAsIs(request, 'direct', 'phys', 0n);
  return mapEachRange(request);
}

function mapEachRange(request: MappingRequest): FlowResult {
  const { kernel, importer, ranges, size, dir } = request;
  const { rules } = kernel;
  const space = importer.domain === undefined ? 'phys' : 'iova';
  const allocated = allocTable(kernel, calcSgNents(ranges, rules.split), space, 'zeroed');
  if (!allocated.ok) return { outcome: 'failed', errno: allocated.errno, at: allocated.at, flow: 'direct' };
  const table = allocated.value;
  let cursor = 0;
  for (let index = 0; index < ranges.length; index++) {
    const { paddr, len } = ranges.at(index);
    const mapped = dmaMapPhys(importer, paddr, len, dir, DMA_ATTR_MMIO);
    if (!mapped.ok) {
      unwind(request, table, index, cursor);
      return { outcome: 'failed', errno: mapped.errno, at: `${mapped.at} of range ${index}`, flow: 'direct' };
    }
    cursor = fillSgEntry(table, cursor, mapped.value.addr, len, rules.split);
    if (cursor === PAST_END) return pastTable(kernel, 'direct');
  }
  finishTable(kernel, table, cursor);
  const mapping = { table, flow: 'direct', importer, ranges, size, dir, busOffset: 0n, state: undefined } as const;
  return { outcome: 'mapped', mapping };
}

/** Label `err_unmap_dma`, before the `index`th range with `filled` entries written. */
function unwind(request: MappingRequest, table: SgTable, index: number, filled: number): void {
  const { kernel, importer } = request;
  if (index > 0) {
    if (kernel.rules.has('unwind-unfilled-entries')) {
      if (importer.domain !== undefined && filled < table.nents) kernel.log.touchDefect('unwind-unfilled-entries');
      unmapEntries(request, table);
    } else {
      unmapRanges(request, table, index);
    }
  }
  sgFreeTable(kernel.memory, table);
}

/** What {@link unmapDirect} and the unwinding need to know. */
type Unmapping = Pick<MappingRequest, 'kernel' | 'importer' | 'ranges'>;

/** Takes the addresses of a whole table back, as this kernel does. */
export function unmapDirect(unmapping: Unmapping, table: SgTable): void {
  const { kernel, importer, ranges } = unmapping;
  if (!kernel.rules.has('unmap-per-entry')) {
    unmapRanges(unmapping, table, ranges.length);
    return;
  }
  const { split } = kernel.rules;
  if (importer.domain !== undefined && ranges.exceeds(split.chunk)) kernel.log.touchDefect('unmap-per-entry');
  unmapEntries(unmapping, table);
}

function unmapEntries({ importer }: Unmapping, table: SgTable): void {
  if (importer.domain === undefined) return;
  for (let entry = 0; entry < table.nents; entry++) {
    dmaUnmapPhys(importer, table.dmaAddressBits(entry), BigInt(table.dmaLen[entry] ?? 0));
  }
}

/** The first `count` ranges, each in one piece. */
function unmapRanges({ kernel, importer, ranges }: Unmapping, table: SgTable, count: number): void {
  if (importer.domain === undefined) return;
  let entry = 0;
  for (let index = 0; index < count; index++) {
    const { len } = ranges.at(index);
    if (len === 0n) continue;
    dmaUnmapPhys(importer, table.dmaAddressBits(entry), len);
    entry += calcRunNents(len, kernel.rules.split);
  }
}
