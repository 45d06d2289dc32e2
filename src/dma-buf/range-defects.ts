/** Which defects a request runs into by its arguments alone, and what the intended code refuses. */
import { U64_MAX, u64 } from '../base/index.ts';
import { physVecExtent } from '../scatterlist/index.ts';
import type { DmaBufDefectName } from './defects.ts';
import type { MapFlow, MappingRequest } from './sgt-mapping.ts';

const MAX_LENGTH = 1n << 63n;

/** Why the intended code refuses the arguments; undefined when it does not. */
export function argumentError({ ranges, size, provider }: MappingRequest): string | undefined {
  const { cpu } = provider.resource;
  const extent = physVecExtent(ranges);
  if (extent !== undefined && (extent.start < cpu.start || extent.end > cpu.end)) return 'a range lies outside the BAR';
  const total = ranges.sumOfLengths();
  if (total >= MAX_LENGTH) return 'the ranges are too long';
  return total === size ? undefined : 'size is not the sum of the ranges';
}

/** Why the intended code refuses bus addresses; undefined when it does not. */
export function maskError({ importer, provider, ranges }: MappingRequest): string | undefined {
  for (const { paddr, len } of ranges) {
    const last = u64(paddr + len - 1n + provider.busOffset);
    if (len > 0n && last > importer.addressLimit) return 'a bus address is beyond the DMA mask';
  }
  return undefined;
}

/**
 * Defects that show in the ranges and in how they are cut, in order of their numbers. Worked out when someone asks: a
 * million ranges take longer to look at than to map.
 */
export function rangeDefects(request: MappingRequest, flow: MapFlow): DmaBufDefectName[] {
  const { kernel, ranges, size, importer } = request;
  const { rules } = kernel;
  const met = new Set<DmaBufDefectName>();
  for (const { paddr, len } of ranges) rangeDefectsOf(request, flow, paddr, len, met);
  if (flow === 'iova') {
    const first = ranges.length === 0 ? 0n : ranges.at(0).paddr;
    if (first % granuleOf(importer) !== 0n) met.add('iova-alloc-ignores-page-offset');
    if (ranges.totalLength() !== size) met.add('size-mismatch-only-warned');
    cutDefects(request, size, met);
  }
  return [...met].filter((defect) => rules.has(defect));
}

function rangeDefectsOf(
  request: MappingRequest,
  flow: MapFlow,
  paddr: bigint,
  len: bigint,
  met: Set<DmaBufDefectName>,
): void {
  const { kernel, importer, provider } = request;
  const { cpu } = provider.resource;
  if (paddr < cpu.start || paddr + len > cpu.end) met.add('ranges-not-checked-against-bar');
  if (flow === 'iova') {
    if (len % granuleOf(importer) !== 0n) met.add('iova-link-rest-of-page');
    return;
  }
  cutDefects(request, len, met);
  if (flow === 'direct') return;
  if ((paddr | len) % (1n << BigInt(kernel.rules.pageShift)) !== 0n) met.add('bus-addr-unaligned');
  if (len > 0n && u64(paddr + len - 1n + provider.busOffset) > importer.addressLimit) {
    met.add('bus-addr-ignores-dma-mask');
  }
}

/** What the cuts of one run get wrong. */
function cutDefects({ kernel }: MappingRequest, len: bigint, met: Set<DmaBufDefectName>): void {
  const chunk = BigInt(kernel.rules.split.chunk);
  if (len > chunk) met.add('unaligned-split');
  if (len > 2n * chunk) met.add('split-distance-32-bit');
  if (len + chunk - 1n > U64_MAX) met.add('entry-count-truncated');
}

function granuleOf({ domain }: MappingRequest['importer']): bigint {
  return 1n << BigInt(domain?.geometry.granuleShift ?? 12);
}
