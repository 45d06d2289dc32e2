/** What differs between kernels in the IOMMU and DMA layers, as data. */
import { inKernelRange, type KernelDefect, type KernelVersion, kernelAtLeast, kernelVersion } from '../uapi/index.ts';

/** One kernel's choices. Made by {@link dmaBehaviourOf}. */
export interface DmaBehaviour {
  /**
   * `dma_iova_destroy` with a linked length: `whole` frees what was allocated, at once (7.3); `linked` frees only the
   * linked length, through the flush queue in DMA-FQ mode (before).
   */
  readonly iovaDestroy: 'whole' | 'linked';
  /**
   * Page tables of the generic kind are called directly and judge alignment themselves (-ENXIO), from 7.0; before, the
   * IOMMU core refused a misaligned mapping first (-EINVAL) and let an empty one pass.
   */
  readonly genericMapDirect: boolean;
  /** io-pgtable-arm frees a table of pages and puts a block over it instead of refusing (-EEXIST). */
  readonly blockReplacesTable: boolean;
  /** The driver of a virtio-iommu lists a mapping over another, and does not hear that the device refuses it. */
  readonly virtioOverlaps: boolean;
  /** Generic page tables check the first byte of a range only: leaves beyond the last physical address wrap. */
  readonly outputWraps: boolean;
  /** `dma_direct_map_phys` applies the device's DMA ranges and the encryption form to MMIO (7.3). */
  readonly directTranslatesMmio: boolean;
  /** A guest with memory encryption bounces everything, so MMIO fails silently (before 7.3). */
  readonly guestForcesSwiotlb: boolean;
  /** Kernel source file of the WARN about a mask that is too small. */
  readonly directWarnFile: 'kernel/dma/direct.c' | 'kernel/dma/direct.h';
}

/** Defects of these layers. */
export const DMA_DEFECTS: readonly KernelDefect[] = [
  {
    name: 'iova-destroy-frees-linked-length',
    range: { from: kernelVersion(6, 16), before: kernelVersion(7, 3) },
    text: 'dma_iova_destroy() gives back the linked length instead of the allocated one, so a small allocation that was linked in part keeps the rest for ever.',
  },
  {
    name: 'smmu-block-over-table',
    range: {},
    text: 'On SMMUv3 a block mapping silently replaces pages that are already mapped there: their addresses lead elsewhere.',
  },
  {
    name: 'virtio-overlap-unheard',
    range: {},
    text: 'Behind a virtio-iommu a mapping over another succeeds for the driver, while the device refuses it: its addresses lead elsewhere, or nowhere.',
  },
  {
    name: 'iommu-output-wraps',
    range: {},
    text: 'Behind Intel and AMD IOMMUs a range that crosses physical address 2^52 is mapped without an error: what lies beyond leads to the bottom of memory.',
  },
];

/**
 * The behaviour of `version`. `intended`: what its authors meant, with no defect of {@link DMA_DEFECTS}.
 * Kernels before 6.19 are answered as 6.19: their own page tables were not recorded.
 */
export function dmaBehaviourOf(version: KernelVersion, intended = false): DmaBehaviour {
  const reworked = kernelAtLeast(version, kernelVersion(7, 3));
  const has = (name: string): boolean =>
    !intended && DMA_DEFECTS.some((defect) => defect.name === name && inKernelRange(version, defect.range));
  return {
    iovaDestroy: has('iova-destroy-frees-linked-length') ? 'linked' : 'whole',
    genericMapDirect: kernelAtLeast(version, kernelVersion(7, 0)),
    blockReplacesTable: has('smmu-block-over-table'),
    virtioOverlaps: has('virtio-overlap-unheard'),
    outputWraps: has('iommu-output-wraps'),
    directTranslatesMmio: reworked || intended,
    guestForcesSwiotlb: !reworked,
    directWarnFile: reworked ? 'kernel/dma/direct.c' : 'kernel/dma/direct.h',
  };
}
