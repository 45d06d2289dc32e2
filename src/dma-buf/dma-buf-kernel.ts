/** The modelled kernel that maps for importers: its rules, its log, its memory, and what it asks of P2PDMA. */
import type { DmaDevice } from '../dma/index.ts';
import type { P2pdmaProvider } from '../p2pdma/index.ts';
import { SgMemory } from '../scatterlist/index.ts';
import { KernelLog, type KernelVersion, type MapType } from '../uapi/index.ts';
import { type DmaBufRules, type DmaBufVariant, dmaBufRulesOf } from './dma-buf-rules.ts';

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
