/** The modelled kernel that maps for importers: its rules, its log, its memory, and what it asks of P2PDMA. */
import type { DmaDevice } from '../dma/index.ts';
import type { P2pdmaProvider } from '../p2pdma/index.ts';
import { SgMemory, type SplitRules } from '../scatterlist/index.ts';
import { KernelLog, type KernelVersion, type MapType } from '../uapi/index.ts';
import { type DmaBufDefectName, type DmaBufSource, dmaBufDefectsOf, type MappingTypeDefectName } from './defects.ts';

/** What the mapping code uses of a provider. */
export type PeerProvider = Pick<P2pdmaProvider, 'busOffset' | 'resource'>;

/** Steps of this layer that can be made to fail, as those of the IOMMU layer can. */
export type DmaBufFaultStep =
  | 'dma_buf_phys_vec_to_sgt: handle'
  | 'dma_buf_phys_vec_to_sgt: iova state'
  | 'sg_alloc_table'
  | 'dma_buf_export: file'
  | 'dma_buf_export: object'
  | 'dma_buf_dynamic_attach: attachment'
  | 'dma_buf_mapping_attach: attachment'
  | 'map_phys: list'
  | 'dma_buf_map_attachment: fence wait'
  | 'dma_buf_wrap_sg_table: table';

/** One per modelled machine. */
export interface DmaBufKernel {
  readonly version: KernelVersion;
  readonly rules: DmaBufRules;
  readonly log: KernelLog;
  readonly memory: SgMemory;
  /**
   * What P2PDMA says of a provider and an importer.
   * @kernel pci_p2pdma_map_type drivers/pci/p2pdma.c
   */
  readonly mapType: (provider: PeerProvider, importer: DmaDevice) => MapType;
  /** Lock debugging: locks that should be held are looked at. */
  readonly lockdep: boolean;
  /** CONFIG_DMABUF_DEBUG: importers get a copy of the table (7.0 and later). */
  readonly dmabufDebug: boolean;
  /** CONFIG_DMABUF_MOVE_NOTIFY, which 7.1 made the only way. */
  readonly moveNotify: boolean;
  /** True makes a step fail for lack of memory. */
  readonly fault: ((step: DmaBufFaultStep) => boolean) | undefined;
}

/** What a {@link DmaBufKernel} is made from; what is left out is as in a distribution's kernel. */
export interface DmaBufKernelSpec extends DmaBufVariant {
  readonly version: KernelVersion;
  readonly mapType: DmaBufKernel['mapType'];
  readonly log?: KernelLog;
  readonly memory?: SgMemory;
  readonly lockdep?: boolean;
  readonly dmabufDebug?: boolean;
  readonly moveNotify?: boolean;
  readonly fault?: DmaBufKernel['fault'];
}

/** Puts a kernel together. */
export function dmaBufKernel(spec: DmaBufKernelSpec): DmaBufKernel {
  return {
    version: spec.version,
    rules: dmaBufRulesOf(spec.version, spec),
    log: spec.log ?? new KernelLog(),
    memory: spec.memory ?? new SgMemory(),
    mapType: spec.mapType,
    lockdep: spec.lockdep ?? false,
    dmabufDebug: spec.dmabufDebug ?? false,
    moveNotify: spec.moveNotify ?? true,
    fault: spec.fault,
  };
}

/** One kernel's choices. Made by {@link dmaBufRulesOf}. */
export interface DmaBufRules {
  readonly split: SplitRules;
  /** log2 of the CPU page size, 12 ... 16. */
  readonly pageShift: number;
  /** Is a switch of the defect table on? */
  readonly has: (defect: DmaBufDefectName) => boolean;
  /** Does a defect of the negotiation show? */
  readonly hasMatchDefect: (defect: MappingTypeDefectName) => boolean;
  /**
   * How importers and exporters agree on a way to map: `none`, a table is the only one; `transition`, exporters without a
   * list give tables still; `complete`, every exporter has a list.
   */
  readonly mappingTypes: 'none' | 'transition' | 'complete';
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
  /** The proposed mapping types on top of the release; `transition`: in the middle of the series. */
  readonly mappingTypes?: DmaBufRules['mappingTypes'];
}

const UINT_MAX = 0xffff_ffff;

/** The rules of a release, of the series before the first one, or of the intended code. */
function dmaBufRulesOf(kernel: KernelVersion, variant: DmaBufVariant = {}): DmaBufRules {
  const { pageShift = 12, intended = false, source = 'release', mappingTypes = 'none' } = variant;
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
    hasMatchDefect: () => mappingTypes !== 'none' && !intended,
    mappingTypes,
    checksArguments: intended,
    mapFunction: v8 ? 'dma_buf_map' : 'dma_buf_phys_vec_to_sgt',
    file: v8 ? 'drivers/dma-buf/dma-buf.c' : 'drivers/dma-buf/dma-buf-mapping.c',
  };
}
