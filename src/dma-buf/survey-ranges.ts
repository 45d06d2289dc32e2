/** Which defects a request runs into by its ranges alone, and what the intended code refuses. */
import { U64_MAX, u64 } from '../base/index.ts';
import type { PhysVecArray } from '../scatterlist/index.ts';
import type { DmaBufKernel } from './dma-buf-kernel.ts';
import type { MappingRequest } from './mapping-request.ts';

const MAX_LENGTH = 1n << 63n;

/** Why the intended code refuses the arguments; undefined when it does not. */
export function argumentError({ ranges, size, provider }: MappingRequest): string | undefined {
  const { cpu } = provider.resource;
  let total = 0n;
  for (const { paddr, len } of ranges) {
    total += len;
    if (paddr < cpu.start || paddr + len > cpu.end) return 'a range lies outside the BAR';
  }
  if (total >= MAX_LENGTH) return 'the ranges are too long';
  return total === size ? undefined : 'size is not the sum of the ranges';
}

/** Notes what flow `bus-addr` lets through. @returns why the intended code refuses. */
export function touchBusAddrDefects(request: MappingRequest): string | undefined {
  const { kernel, importer, provider, ranges } = request;
  const { rules, log } = kernel;
  const survey = surveyRanges(ranges);
  if (!rules.checksArguments && survey.lowBits % pageSize(kernel) !== 0) log.touchDefect('bus-addr-unaligned');
  touchOutsideBar(request, survey);
  if (importer.addressLimit === U64_MAX || ranges.length === 0) return undefined;
  const lastBusAddress = u64(survey.end - 1n + provider.busOffset);
  if (lastBusAddress <= importer.addressLimit) return undefined;
  if (!rules.has('bus-addr-ignores-dma-mask')) return 'a bus address is beyond the DMA mask';
  log.touchDefect('bus-addr-ignores-dma-mask');
  return undefined;
}

/** Notes what flow `iova` will run into. */
export function touchIovaDefects(request: MappingRequest): void {
  const { kernel, ranges, size, importer } = request;
  const { rules, log } = kernel;
  touchOutsideBar(request, surveyRanges(ranges));
  const granule = 1n << BigInt(importer.domain?.geometry.granuleShift ?? 12);
  const first = ranges.length > 0 ? ranges.at(0) : undefined;
  if (first !== undefined && first.paddr % granule !== 0n && rules.has('iova-alloc-ignores-page-offset')) {
    log.touchDefect('iova-alloc-ignores-page-offset');
  }
  for (const { len } of ranges) {
    if (len % granule !== 0n && !rules.checksArguments) log.touchDefect('iova-link-rest-of-page');
  }
  if (ranges.totalLength() !== size && rules.has('size-mismatch-only-warned')) {
    log.touchDefect('size-mismatch-only-warned');
  }
}

/** Notes cuts of single ranges that importers stumble over. */
export function touchSplitDefects(kernel: DmaBufKernel, ranges: PhysVecArray, nents: number): void {
  if (nents <= ranges.length && !ranges.exceeds(0xffff_ffff)) return;
  for (const { len } of ranges) touchRunSplitDefects(kernel, len);
}

/** Notes cuts of one run that importers stumble over. */
export function touchRunSplitDefects({ rules, log }: DmaBufKernel, len: bigint): void {
  const { chunk } = rules.split;
  if (len > BigInt(chunk) && rules.has('unaligned-split')) log.touchDefect('unaligned-split');
  if (len > 2n * BigInt(chunk) && rules.has('split-distance-32-bit')) log.touchDefect('split-distance-32-bit');
  if (len + BigInt(chunk - 1) > U64_MAX && rules.has('entry-count-truncated')) log.touchDefect('entry-count-truncated');
}

function touchOutsideBar({ kernel, provider }: MappingRequest, survey: RangeSurvey): void {
  const { cpu } = provider.resource;
  if (!kernel.rules.has('ranges-not-checked-against-bar')) return;
  if (survey.start < cpu.start || survey.end > cpu.end) kernel.log.touchDefect('ranges-not-checked-against-bar');
}

function pageSize(kernel: DmaBufKernel): number {
  return 2 ** kernel.rules.pageShift;
}

/** The extent of the ranges. */
interface RangeSurvey {
  readonly start: bigint;
  /** May be above 2^64 where a range wraps. */
  readonly end: bigint;
  /** Low 16 bits of addresses and lengths, or-ed. */
  readonly lowBits: number;
}

function surveyRanges(ranges: PhysVecArray): RangeSurvey {
  let lowBits = 0;
  let first = 0;
  let last = 0;
  const { paddrLo, paddrHi, lenLo, lenHi } = ranges;
  let lowest = Number.POSITIVE_INFINITY;
  let highest = -1;
  for (let index = 0; index < ranges.length; index++) {
    const lo = paddrLo[index] as number;
    const len = lenLo[index] as number;
    lowBits |= lo | len;
    // Doubles order addresses below 2^53 exactly; above, the neighbours differ by less than a page of 4 KiB at 2^64.
    const at = (paddrHi[index] as number) * 2 ** 32 + lo;
    const end = at + (lenHi[index] as number) * 2 ** 32 + len;
    if (at < lowest) {
      lowest = at;
      first = index;
    }
    if (end > highest) {
      highest = end;
      last = index;
    }
  }
  if (ranges.length === 0) return { start: U64_MAX, end: 0n, lowBits: 0 };
  const top = ranges.at(last);
  return { start: ranges.at(first).paddr, end: top.paddr + top.len, lowBits: lowBits & 0xffff };
}
