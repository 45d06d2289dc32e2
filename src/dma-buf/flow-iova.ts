/** Flow `iova`: one run of I/O addresses, every range linked into it. */
import { joinHalves } from '../base/index.ts';
import { DMA_ATTR_MMIO, DmaIovaLinks, type DmaIovaState, dmaIovaDestroy, dmaIovaSync } from '../dma/index.ts';
import { calcRunNents, fillSgEntry, PAST_END, type SgTable, sgFreeTable } from '../scatterlist/index.ts';
import type { KernelError } from '../uapi/index.ts';
import { allocTable, finishTable, pastTable } from './finish-table.ts';
import type { MappingRequest } from './mapping-request.ts';
import type { FlowResult } from './sgt-mapping.ts';

/**
 * Links the ranges into the run that `state` holds. Range borders are not to be seen in the table: the run is cut only
 * where an entry is full.
 * @kernel dma_buf_phys_vec_to_sgt drivers/dma-buf/dma-buf-mapping.c
 */
export function mapIova(request: MappingRequest, state: DmaIovaState): FlowResult {
  const { kernel, importer, ranges, size, dir } = request;
  const { rules, log } = kernel;
  const allocated = allocTable(kernel, calcRunNents(size, rules.split), 'iova', 'zeroed');
  if (!allocated.ok) {
    if (rules.has('iova-leak-on-table-alloc')) log.touchDefect('iova-leak-on-table-alloc');
    else dmaIovaDestroy(importer, state, 0n);
    return { outcome: 'failed', errno: allocated.errno, at: allocated.at, flow: 'iova' };
  }
  const table = allocated.value;
  const linked = linkRanges(request, state);
  if (!linked.ok) return unwind(request, state, table, linked.index, linked.mappedLen, linked.error);
  const { mappedLen } = linked;
  if (mappedLen !== size) log.warnOnce(rules.file, `${rules.mapFunction}: mapped_len != size`);
  const synced = dmaIovaSync(importer, state, 0n, mappedLen);
  if (!synced.ok) return unwind(request, state, table, ranges.length, mappedLen, synced);
  const cursor = fillSgEntry(table, 0, state.addr, mappedLen, rules.split);
  if (cursor === PAST_END) return pastTable(kernel, 'iova');
  finishTable(kernel, table, cursor);
  const mapping = { table, flow: 'iova', importer, ranges, size, dir, busOffset: 0n, state } as const;
  return { outcome: 'mapped', mapping };
}

type Linked =
  | { readonly ok: true; readonly mappedLen: bigint }
  | { readonly ok: false; readonly index: number; readonly mappedLen: bigint; readonly error: KernelError };

/** The length linked so far is kept in halves of 32 bits, `high` and `low`. */
function linkRanges({ kernel, importer, ranges, dir }: MappingRequest, state: DmaIovaState): Linked {
  const { rules, log } = kernel;
  const atZero = rules.has('iova-link-offset-zero');
  const linksEmpty = rules.has('empty-range-fails-iova');
  const narrow = rules.has('mapped-length-32-bit');
  const links = new DmaIovaLinks(importer, state.addr, dir, DMA_ATTR_MMIO);
  const { paddrHi, paddrLo, lenHi, lenLo, length } = ranges;
  let high = 0;
  let low = 0;
  for (let index = 0; index < length; index++) {
    const sizeHigh = lenHi[index] as number;
    const sizeLow = lenLo[index] as number;
    const empty = sizeHigh === 0 && sizeLow === 0;
    if (empty && !linksEmpty) continue;
    const physHigh = paddrHi[index] as number;
    const physLow = paddrLo[index] as number;
    const error = links.link(physHigh, physLow, atZero ? 0 : high, atZero ? 0 : low, sizeHigh, sizeLow);
    if (atZero && (high !== 0 || low !== 0) && !empty) log.touchDefect('iova-link-offset-zero');
    if (error !== undefined) {
      if (empty) log.touchDefect('empty-range-fails-iova');
      return {
        ok: false,
        index,
        mappedLen: joinHalves(high, low),
        error: { ...error, at: `${error.at} of range ${index}` },
      };
    }
    low += sizeLow;
    high = (high + sizeHigh + (low > 0xffff_ffff ? 1 : 0)) >>> 0;
    low >>>= 0;
    if (narrow && high !== 0) {
      log.touchDefect('mapped-length-32-bit');
      high = 0;
    }
  }
  return { ok: true, mappedLen: joinHalves(high, low) };
}

/** Label `err_unmap_dma`: `index` is the range that failed, or their number when the sync did. */
function unwind(
  { kernel, importer }: MappingRequest,
  state: DmaIovaState,
  table: SgTable,
  index: number,
  mappedLen: bigint,
  error: KernelError,
): FlowResult {
  if (index === 0 && kernel.rules.has('iova-leak-on-first-link')) kernel.log.touchDefect('iova-leak-on-first-link');
  else dmaIovaDestroy(importer, state, mappedLen);
  sgFreeTable(kernel.memory, table);
  return { outcome: 'failed', errno: error.errno, at: error.at, flow: 'iova' };
}
