/** What kernels get wrong when they map ranges for an importer: one row each, by stable name. */
import {
  inKernelRange,
  type KernelDefect,
  type KernelRange,
  type KernelVersion,
  kernelVersion,
} from '../uapi/index.ts';

/** A defect of the mapping code. */
export interface DmaBufDefect extends KernelDefect {
  readonly name: DmaBufDefectName;
  /** Its number in the list that the names stand for. */
  readonly id: string;
  /**
   * What the intended behaviour does instead; undefined where the interface itself is so, and `intended` does the same.
   */
  readonly intended: string | undefined;
}

/** The review series of November 2025, before the code was renamed and merged, had defects of its own. */
export type DmaBufSource = 'release' | 'v8-series';

const MERGED: KernelRange = { from: kernelVersion(6, 19) };
const UNTIL_7_2_8: KernelRange = { from: kernelVersion(6, 19), before: kernelVersion(7, 2, 8) };
/** Fixed before the merge: in no release. */
const NEVER_RELEASED: KernelRange = { from: kernelVersion(6, 19), before: kernelVersion(6, 19) };

/** All defects, in order of their numbers. The v8 series has every one. */
export const DMA_BUF_DEFECTS: readonly DmaBufDefect[] = [
  row(
    'D1',
    'iova-link-offset-zero',
    MERGED,
    'Every range is linked at offset 0 of the I/O address run, so a second range meets the first: more than one range through a translating IOMMU fails, or on SMMUv3 and behind a virtio-iommu may succeed and lead elsewhere.',
    'each range is linked behind the one before',
  ),
  row(
    'D2',
    'iova-leak-on-first-link',
    MERGED,
    'When the first range cannot be linked, the I/O addresses taken for the mapping are never given back.',
    'they are given back',
  ),
  row(
    'D3',
    'iova-leak-on-table-alloc',
    MERGED,
    'When the table cannot be allocated, the I/O addresses taken for the mapping are never given back.',
    'they are given back',
  ),
  row(
    'D4',
    'sg-list-never-freed',
    MERGED,
    'The list of entries is freed by a count that was set to 0, so its memory is lost with every mapping.',
    'the list is freed',
  ),
  row(
    'D5',
    'unmap-per-entry',
    MERGED,
    'A range mapped in one piece is unmapped entry by entry: behind an IOMMU a range longer than one entry leaves page table entries behind.',
    'each range is unmapped as it was mapped',
  ),
  row(
    'D6',
    'unwind-unfilled-entries',
    MERGED,
    'When a later range cannot be mapped, entries that were never filled are unmapped too: I/O address 0 is given to the allocator.',
    'only mapped ranges are unmapped',
  ),
  row(
    'D7',
    'size-mismatch-only-warned',
    MERGED,
    'A size that is not the sum of the ranges is only warned about: pages stay mapped after the free, entries stay empty, or the kernel writes past the table and dies.',
    '-EINVAL',
  ),
  row(
    'D8',
    'iova-alloc-ignores-page-offset',
    MERGED,
    'The I/O addresses are taken as if the first range began at a page, so one that does not cannot be linked.',
    'the offset in the page is kept',
  ),
  row(
    'D9',
    'iova-link-rest-of-page',
    MERGED,
    'A length that does not end at a page gives the importer access to the rest of the page.',
    undefined,
  ),
  row(
    'D10',
    'bus-addr-unaligned',
    MERGED,
    'Ranges that are not page aligned become bus addresses that are not either, against the documented promise.',
    undefined,
  ),
  row(
    'D11',
    'mapped-length-32-bit',
    UNTIL_7_2_8,
    'The mapped length is kept in 32 bits: from 4 GiB on, entries are empty or too short and the mapping still succeeds.',
    'the length has 64 bits',
  ),
  row(
    'D12',
    'unaligned-split',
    UNTIL_7_2_8,
    'Runs of 4 GiB and more are cut at 2^32-1 bytes: the next entry is not page aligned, and importers that walk pages skip the first.',
    'cuts are at page boundaries',
  ),
  row(
    'D13',
    'split-distance-32-bit',
    NEVER_RELEASED,
    'The distance of an entry from the start of its run is computed in 32 bits: the third and later entries of a run are wrong.',
    'the distance has 64 bits',
  ),
  row(
    'D14',
    'null-test-after-use',
    MERGED,
    'The attachment is used to assert the lock before it is tested for NULL; matters with lock debugging only.',
    'the test comes first',
  ),
  row(
    'D15',
    'entry-count-truncated',
    MERGED,
    'The number of entries of one range is cut to 32 bits before its overflow is looked at.',
    '-EINVAL',
  ),
  row(
    'D16',
    'unreachable-is-einval',
    MERGED,
    'An importer that cannot reach the provider gets the same -EINVAL as one that passed bad arguments.',
    undefined,
  ),
  row(
    'D17',
    'empty-range-fails-iova',
    MERGED,
    'An empty range among others fails the mapping through a translating IOMMU and is skipped in the other flows.',
    'it is skipped in every flow',
  ),
  row(
    'D18',
    'bus-addr-ignores-dma-mask',
    MERGED,
    'Bus addresses beyond the DMA mask of the importer are handed out without an error.',
    '-ENOMEM, as in the other flows',
  ),
  row(
    'D19',
    'ranges-not-checked-against-bar',
    MERGED,
    'Ranges outside the BAR of the provider are mapped as asked.',
    '-EINVAL',
  ),
];

/** Names of the defects that a kernel has. */
export function dmaBufDefectsOf(kernel: KernelVersion, source: DmaBufSource): ReadonlySet<DmaBufDefectName> {
  const rows = DMA_BUF_DEFECTS.filter(({ range }) => source === 'v8-series' || inKernelRange(kernel, range));
  return new Set(rows.map(({ name }) => name));
}

/** Names of the rows. */
export type DmaBufDefectName =
  | 'iova-link-offset-zero'
  | 'iova-leak-on-first-link'
  | 'iova-leak-on-table-alloc'
  | 'sg-list-never-freed'
  | 'unmap-per-entry'
  | 'unwind-unfilled-entries'
  | 'size-mismatch-only-warned'
  | 'iova-alloc-ignores-page-offset'
  | 'iova-link-rest-of-page'
  | 'bus-addr-unaligned'
  | 'mapped-length-32-bit'
  | 'unaligned-split'
  | 'split-distance-32-bit'
  | 'null-test-after-use'
  | 'entry-count-truncated'
  | 'unreachable-is-einval'
  | 'empty-range-fails-iova'
  | 'bus-addr-ignores-dma-mask'
  | 'ranges-not-checked-against-bar';

function row(
  id: string,
  name: DmaBufDefectName,
  range: KernelRange,
  text: string,
  intended: string | undefined,
): DmaBufDefect {
  return { id, name, range, text, intended };
}

/** Names of {@link MAPPING_TYPE_DEFECTS}. */
export type MappingTypeDefectName =
  | 'match-mapping-asserts-unheld-lock'
  | 'pal-map-ignores-revoke'
  | 'pal-entry-not-whole-pages'
  | 'pal-list-shorter-than-size';

/** A row of {@link MAPPING_TYPE_DEFECTS}. */
export interface MappingTypeDefect {
  readonly name: MappingTypeDefectName;
  readonly text: string;
  /** What the intended behaviour does instead. */
  readonly intended: string;
}

/** What the proposed mapping types (first posting, February 2026) get wrong. Found by reading; nothing was run. */
export const MAPPING_TYPE_DEFECTS: readonly MappingTypeDefect[] = [
  {
    name: 'match-mapping-asserts-unheld-lock',
    text: 'The VFIO exporter asserts the reservation lock while it negotiates, when nobody holds it: a WARN at every attach where lock debugging is on.',
    intended: 'nothing is asserted',
  },
  {
    name: 'pal-map-ignores-revoke',
    text: 'The VFIO exporter hands out its physical addresses while they are revoked: iommufd maps memory that was taken away.',
    intended: '-ENODEV',
  },
  {
    name: 'pal-entry-not-whole-pages',
    text: 'iommufd takes whole pages of each physical range: after a range with a rest below a page the addresses are wrong, and lead to memory that was not exported.',
    intended: '-EINVAL',
  },
  {
    name: 'pal-list-shorter-than-size',
    text: 'iommufd believes the size of the buffer: where the physical ranges are shorter it reads past the end of their list.',
    intended: '-EINVAL',
  },
];
