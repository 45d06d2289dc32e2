/**
 * Physical ranges of a BAR as a table for one importer, and back. drivers/dma-buf/dma-buf-mapping.c: the whole routine.
 *
 * ```
 *   map type BUS_ADDR ──────────────────────────────▶ flow bus-addr: paddr + bus offset, range by range
 *   map type THRU_HOST_BRIDGE ─▶ try I/O addresses
 *                                  ├─ room ─────────▶ flow iova: link every range into one run
 *                                  └─ none ─────────▶ flow direct: dma_map_phys of every range
 *   anything else ──────────────────────────────────▶ -EINVAL
 * ```
 *
 * How a run is cut into entries is in `scatterlist/`; what the arguments alone get wrong is in `range-defects.ts`.
 */
import { joinHalves, type PhysAddr } from '../base/index.ts';
import {
  DmaIovaLinks,
  type DmaIovaState,
  dmaDirectAsIsLimit,
  dmaIovaDestroy,
  dmaIovaSync,
  dmaIovaTryAlloc,
  dmaMapPhys,
  dmaUnmapPhys,
  newDmaIovaState,
} from '../dma/index.ts';
import {
  calcRunNents,
  calcSgNents,
  type DmaSpace,
  endsWithin,
  fillBusAddresses,
  fillOneEntryEach,
  fillSgEntry,
  oneEntryEach,
  PAST_END,
  type PhysVecArray,
  type SgTable,
  sgAllocTable,
  sgFreeTable,
} from '../scatterlist/index.ts';
import {
  DMA_ATTR_MMIO,
  type DmaDirection,
  defectNames,
  type Errno,
  type KernelError,
  type KernelResult,
  kernelError,
} from '../uapi/index.ts';
import type { DmaBufKernel, PeerProvider } from './dma-buf-kernel.ts';
import { argumentError, maskError, rangeDefects } from './range-defects.ts';
import type {
  MapFlow,
  MappingAttachment,
  MappingRequest,
  PhysVecResult,
  PhysVecToSgtOutcome,
  SgtMapping,
} from './sgt-mapping.ts';

/**
 * Maps `ranges` for the importer of `attach`. The caller holds the reservation lock.
 * @param size sum of the lengths, as the caller computed it; the kernel believes it
 * @kernel dma_buf_phys_vec_to_sgt drivers/dma-buf/dma-buf-mapping.c
 */
export function physVecToSgt(
  kernel: DmaBufKernel,
  attach: MappingAttachment | undefined,
  provider: PeerProvider | undefined,
  ranges: PhysVecArray,
  size: bigint,
  dir: DmaDirection,
): PhysVecToSgtOutcome {
  const before = kernel.log.defectTouches;
  const request = checkArguments(kernel, attach, provider, ranges, size, dir);
  const result = 'outcome' in request ? request : mapRanges(request);
  const touches = kernel.log.touchesSince(before);
  return {
    ...result,
    get defects() {
      return defectNames(touches);
    },
  };
}

/** What is NULL ends here. */
function checkArguments(
  kernel: DmaBufKernel,
  attach: MappingAttachment | undefined,
  provider: PeerProvider | undefined,
  ranges: PhysVecArray,
  size: bigint,
  dir: DmaDirection,
): MappingRequest | PhysVecResult {
  const { rules, log } = kernel;
  if (attach?.dmabuf === undefined && kernel.lockdep && rules.has('null-test-after-use')) {
    log.touchDefect('null-test-after-use');
    return { outcome: 'crashed', at: `${rules.mapFunction}: NULL attachment or dma-buf`, flow: undefined };
  }
  attach?.dmabuf?.resv.assertHeld(kernel, rules.mapFunction);
  if (attach?.dmabuf === undefined || provider === undefined) {
    log.warn(rules.file, `${rules.mapFunction}: NULL argument`);
    return failed('EINVAL', `${rules.mapFunction}: NULL argument`);
  }
  return { kernel, importer: attach.dev, provider, ranges, size, dir };
}

function mapRanges(request: MappingRequest): PhysVecResult {
  const { kernel } = request;
  const refusal = kernel.rules.checksArguments ? argumentError(request) : undefined;
  if (refusal !== undefined) return failed('EINVAL', `${kernel.rules.mapFunction}: ${refusal}`);
  if (kernel.fault?.('dma_buf_phys_vec_to_sgt: handle') === true) {
    return failed('ENOMEM', `${kernel.rules.mapFunction}: handle`);
  }
  const result = chooseFlow(request);
  const flow = result.outcome === 'mapped' ? result.mapping.flow : result.flow;
  if (flow !== undefined) kernel.log.touchDefect(() => rangeDefects(request, flow));
  return result;
}

function chooseFlow(request: MappingRequest): PhysVecResult {
  const { kernel, importer, provider, size, ranges } = request;
  const { mapFunction } = kernel.rules;
  const mapType = kernel.mapType(provider, importer);
  if (mapType === 'PCI_P2PDMA_MAP_BUS_ADDR') return mapBusAddr(request);
  if (mapType !== 'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE') {
    if (kernel.rules.has('unreachable-is-einval')) kernel.log.touchDefect('unreachable-is-einval');
    return failed('EINVAL', `${mapFunction}: the importer cannot reach the provider`);
  }
  if (kernel.fault?.('dma_buf_phys_vec_to_sgt: iova state') === true) {
    return failed('ENOMEM', `${mapFunction}: IOVA state`);
  }
  const state = newDmaIovaState();
  const keepsOffset = !kernel.rules.has('iova-alloc-ignores-page-offset') && ranges.length > 0;
  const phys = keepsOffset ? ranges.at(0).paddr : (0n as PhysAddr);
  return dmaIovaTryAlloc(importer, state, phys, size) ? mapIova(request, state) : mapDirect(request);
}

/** Flow `bus-addr`: the ranges as the switches know them. */
function mapBusAddr(request: MappingRequest): PhysVecResult {
  const { rules } = request.kernel;
  const refusal = rules.checksArguments ? maskError(request) : undefined;
  if (refusal !== undefined) return failed('ENOMEM', `${rules.mapFunction}: ${refusal}`, 'bus-addr');
  return mapAsIs(request, 'bus-addr', 'bus', request.provider.busOffset);
}

/**
 * Addresses that the importer can use without any mapping: every range gets entries of its own, `busOffset` above its
 * physical address and cut where the kernel cuts. Nothing can fail once there is a table.
 */
function mapAsIs(request: MappingRequest, flow: MapFlow, space: DmaSpace, busOffset: bigint): PhysVecResult {
  const { kernel, ranges } = request;
  const { split } = kernel.rules;
  const short = oneEntryEach(ranges);
  const nents = short ? ranges.length : calcSgNents(ranges, split);
  const allocated = allocTable(kernel, nents, space, 'any');
  if (!allocated.ok) return failed(allocated.errno, allocated.at, flow);
  const table = allocated.value;
  const cursor = short ? fillOneEntryEach(table, ranges, busOffset) : fillBusAddresses(table, ranges, busOffset, split);
  return finishTable(request, table, cursor, flow, busOffset, undefined);
}

/**
 * Flow `iova`: links the ranges into the run that `state` holds. Range borders are not to be seen in the table: the run
 * is cut only where an entry is full.
 */
function mapIova(request: MappingRequest, state: DmaIovaState): PhysVecResult {
  const { kernel, importer, ranges, size } = request;
  const { rules, log } = kernel;
  const allocated = allocTable(kernel, calcRunNents(size, rules.split), 'iova', 'zeroed');
  if (!allocated.ok) {
    if (rules.has('iova-leak-on-table-alloc')) log.touchDefect('iova-leak-on-table-alloc');
    else dmaIovaDestroy(importer, state, 0n);
    return failed(allocated.errno, allocated.at, 'iova');
  }
  const table = allocated.value;
  const linked = linkRanges(request, state);
  const { mappedLen } = linked;
  if (linked.error === undefined && mappedLen !== size) {
    log.warnOnce(rules.file, `${rules.mapFunction}: mapped_len != size`);
  }
  const synced = linked.error ?? dmaIovaSync(importer, state, 0n, mappedLen);
  if (!synced.ok) {
    // Label err_unmap_dma: `index` is the range that failed, or their number when the sync did.
    const index = linked.error === undefined ? ranges.length : linked.index;
    if (index === 0 && rules.has('iova-leak-on-first-link')) log.touchDefect('iova-leak-on-first-link');
    else dmaIovaDestroy(importer, state, mappedLen);
    sgFreeTable(kernel.memory, table);
    return failed(synced.errno, synced.at, 'iova');
  }
  const cursor = fillSgEntry(table, 0, state.addr, mappedLen, rules.split);
  return finishTable(request, table, cursor, 'iova', 0n, state);
}

/** How far linking came: bytes, and the range that could not be linked. */
interface Linked {
  readonly mappedLen: bigint;
  readonly index: number;
  readonly error: KernelError | undefined;
}

function linkRanges({ kernel, importer, ranges, dir }: MappingRequest, state: DmaIovaState): Linked {
  const { rules, log } = kernel;
  const atZero = rules.has('iova-link-offset-zero');
  const linksEmpty = rules.has('empty-range-fails-iova');
  const narrow = rules.has('mapped-length-32-bit');
  const links = new DmaIovaLinks(importer, state.addr, dir, DMA_ATTR_MMIO);
  const { paddrHi, paddrLo, lenHi, lenLo, length } = ranges;
  // The length linked so far.
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
      const mappedLen = joinHalves(high, low);
      return { mappedLen, index, error: { ...error, at: `${error.at} of range ${index}` } };
    }
    low += sizeLow;
    high = (high + sizeHigh + (low > 0xffff_ffff ? 1 : 0)) >>> 0;
    low >>>= 0;
    if (narrow && high !== 0) {
      log.touchDefect('mapped-length-32-bit');
      high = 0;
    }
  }
  return { mappedLen: joinHalves(high, low), index: length, error: undefined };
}

/** Flow `direct`: every range mapped by itself, without an IOMMU or where the whole found no room in I/O addresses. */
function mapDirect(request: MappingRequest): PhysVecResult {
  const limit = dmaDirectAsIsLimit(request.importer, DMA_ATTR_MMIO);
  if (limit !== undefined && endsWithin(request.ranges, limit)) return mapAsIs(request, 'direct', 'phys', 0n);
  return mapEachRange(request);
}

/** The entries of a range are cut from the one address it got. */
function mapEachRange(request: MappingRequest): PhysVecResult {
  const { kernel, importer, ranges, dir } = request;
  const { rules } = kernel;
  const space = importer.domain === undefined ? 'phys' : 'iova';
  const allocated = allocTable(kernel, calcSgNents(ranges, rules.split), space, 'zeroed');
  if (!allocated.ok) return failed(allocated.errno, allocated.at, 'direct');
  const table = allocated.value;
  let cursor = 0;
  for (let index = 0; index < ranges.length && cursor !== PAST_END; index++) {
    const { paddr, len } = ranges.at(index);
    const mapped = dmaMapPhys(importer, paddr, len, dir, DMA_ATTR_MMIO);
    if (!mapped.ok) {
      unwindDirect(request, table, index, cursor);
      return failed(mapped.errno, `${mapped.at} of range ${index}`, 'direct');
    }
    cursor = fillSgEntry(table, cursor, mapped.value.addr, len, rules.split);
  }
  return finishTable(request, table, cursor, 'direct', 0n, undefined);
}

/** Label err_unmap_dma, before the `index`th range with `filled` entries written. */
function unwindDirect(request: MappingRequest, table: SgTable, index: number, filled: number): void {
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

/**
 * Unmaps and frees what {@link physVecToSgt} gave. The caller holds the reservation lock.
 * @kernel dma_buf_free_sgt drivers/dma-buf/dma-buf-mapping.c
 */
export function freeSgt(kernel: DmaBufKernel, attach: MappingAttachment, mapping: SgtMapping): void {
  attach.dmabuf?.resv.assertHeld(kernel, 'dma_buf_free_sgt');
  const { table, importer, ranges, state, size } = mapping;
  if (state !== undefined) dmaIovaDestroy(importer, state, size);
  else if (mapping.flow === 'direct') unmapDirect({ kernel, importer, ranges }, table);
  if (!kernel.rules.has('sg-list-never-freed')) table.origNents = table.addrLo.length;
  sgFreeTable(kernel.memory, table);
}

/** What unmapping needs to know. */
type Unmapping = Pick<MappingRequest, 'kernel' | 'importer' | 'ranges'>;

/** Takes the addresses of a whole table back, as this kernel does. */
function unmapDirect(unmapping: Unmapping, table: SgTable): void {
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

/** A table of `nents` entries; EINVAL for none, ENOMEM without memory. */
function allocTable(
  kernel: DmaBufKernel,
  nents: number,
  space: DmaSpace,
  contents: 'zeroed' | 'any',
): KernelResult<SgTable> {
  if (nents > 0 && kernel.fault?.('sg_alloc_table') === true) return kernelError('ENOMEM', 'sg_alloc_table: no memory');
  return sgAllocTable(kernel.memory, nents, space, contents);
}

/**
 * Marks a table whose next entry is `cursor` as one without a CPU side. The count that would free the list goes with it,
 * unless the kernel is the intended one. Where the entries had run out, the kernel followed a NULL pointer.
 */
function finishTable(
  { kernel, importer, ranges, size, dir }: MappingRequest,
  table: SgTable,
  cursor: number,
  flow: MapFlow,
  busOffset: bigint,
  state: DmaIovaState | undefined,
): PhysVecResult {
  const { rules, log } = kernel;
  if (cursor === PAST_END) {
    log.notice('BUG: kernel NULL pointer dereference in fill_sg_entry');
    return { outcome: 'crashed', at: 'fill_sg_entry: NULL entry', flow };
  }
  if (rules.has('sg-list-never-freed')) log.touchDefect('sg-list-never-freed');
  table.origNents = 0;
  if (cursor < table.nents) log.warnOnce(rules.file, `${rules.mapFunction}: entries left over`);
  return { outcome: 'mapped', mapping: { table, flow, importer, ranges, size, dir, busOffset, state } };
}

function failed(errno: Errno, at: string, flow?: MapFlow): PhysVecResult {
  return { outcome: 'failed', errno, at, flow };
}
