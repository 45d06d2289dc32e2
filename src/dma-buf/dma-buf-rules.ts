/** How one kernel maps ranges for an importer: every switch is a row of the defects, or follows from one. */
import type { SplitRules } from '../scatterlist/index.ts';
import type { KernelVersion } from '../uapi/index.ts';
import { type DmaBufDefectName, type DmaBufSource, dmaBufDefectsOf } from './defects.ts';

/** One kernel's choices. Made by {@link dmaBufRulesOf}. */
export interface DmaBufRules {
  readonly split: SplitRules;
  /** log2 of the CPU page size, 12 ... 16. */
  readonly pageShift: number;
  /** Is a switch of the defect table on? */
  readonly has: (defect: DmaBufDefectName) => boolean;
  /** Refuse at the door what the interface forbids, instead of running into it. */
  readonly checksArguments: boolean;
  /** Kernel functions, as error places name them. */
  readonly mapFunction: 'dma_buf_phys_vec_to_sgt' | 'dma_buf_map';
  /** Kernel source file of the WARNs. */
  readonly file: 'drivers/dma-buf/dma-buf-mapping.c' | 'drivers/dma-buf/dma-buf.c';
}

/** What beside the release decides. */
export interface DmaBufVariant {
  /** log2 of the CPU page size, 12 ... 16. */
  readonly pageShift?: number;
  /** What the authors meant, with no defect that has an intended form. */
  readonly intended?: boolean;
  readonly source?: DmaBufSource;
}

const UINT_MAX = 0xffff_ffff;
/** The rules of a release, of the series before the first one, or of the intended code. */
export function dmaBufRulesOf(kernel: KernelVersion, variant: DmaBufVariant = {}): DmaBufRules {
  const { pageShift = 12, intended = false, source = 'release' } = variant;
  const defects = intended ? new Set<DmaBufDefectName>() : dmaBufDefectsOf(kernel, source);
  const has = (defect: DmaBufDefectName): boolean => defects.has(defect);
  const cutsAnywhere = has('unaligned-split');
  const v8 = source === 'v8-series';
  return {
    split: {
      chunk: cutsAnywhere ? UINT_MAX : 2 ** 32 - 2 ** pageShift,
      distanceWraps: has('split-distance-32-bit'),
      countOverflow: cutsAnywhere ? 'wraps' : 'zero',
    },
    pageShift,
    has,
    checksArguments: intended,
    mapFunction: v8 ? 'dma_buf_map' : 'dma_buf_phys_vec_to_sgt',
    file: v8 ? 'drivers/dma-buf/dma-buf.c' : 'drivers/dma-buf/dma-buf-mapping.c',
  };
}
