/** A scenario: a machine, a kernel, and what is done to it step by step. Plain data; docs/scenarios.md is its manual. */
import type { IommuMode } from '../../diagnose/index.ts';
import type { MapFlow } from '../../dma-buf/index.ts';
import type { Errno, KernelVersion, MapType } from '../../uapi/index.ts';
import type { StopWord } from './transfer.ts';

/** What is to happen, and what is expected of it. */
export interface Scenario {
  readonly name: string;
  readonly about?: string;
  /** The kernel that answers; left out: that of the machine. */
  readonly kernel?: KernelVersion;
  /** Importers and exporters negotiate, as proposed (first posting of mapping types) on top of the kernel. */
  readonly mappingTypes?: boolean;
  /** Another boot of the machine; left out: as it is described or captured. */
  readonly iommu?: IommuMode;
  readonly cmdline?: string;
  /** The kernel as its authors meant it, without defects. */
  readonly intended?: boolean;
  /** Lock debugging: locks that should be held are looked at. */
  readonly lockdep?: boolean;
  readonly steps: readonly Step[];
}

/** Parts of every step. */
interface StepBase {
  /** Line in the file, from 1. */
  readonly line?: number;
  /** A sentence for the reader of the timeline. */
  readonly note?: string;
  /** Left out: the step is to succeed. */
  readonly expect?: Expectation;
}

/** One step. Devices are named by label or address, what steps make by the name in `as`. */
export type Step =
  | VerdictStep
  | ExportStep
  | AttachStep
  | MapStep
  | TransferStep
  | CpuStep
  | RegisterStep
  | AddressSpaceStep
  | MapFileStep
  | UnmapFileStep
  | NamedStep
  | DeviceStep
  | ElapseStep
  | ExpectStep;

/** Asks P2PDMA. */
export interface VerdictStep extends StepBase {
  readonly action: 'verdict';
  readonly provider: string;
  readonly client: string;
}

/**
 * Who exports: `vfio`, parts of a BAR; `gpu`, the driver of a GPU, blocks of its memory behind a BAR; `list`, a driver
 * that hands out addresses as they are and gives no table, also of parts of pages.
 */
export const EXPORTERS = ['vfio', 'gpu', 'list'] as const;

/** VFIO_DEVICE_FEATURE_DMA_BUF, or what other exporters have for it. */
export interface ExportStep extends StepBase {
  readonly action: 'export';
  readonly device: string;
  readonly bar: number;
  /** Bytes from the start of the BAR. */
  readonly ranges: readonly { readonly offset: bigint; readonly length: bigint }[];
  /** Left out: `vfio`. */
  readonly exporter?: (typeof EXPORTERS)[number];
  /** What the exporter `list` says the buffer has, bytes; left out: as many as its ranges. */
  readonly size?: bigint;
  readonly as: string;
}

/** How importers hold a buffer: `dynamic` ones map again, `static` and `pinned` ones cannot give memory back. */
export const IMPORTER_KINDS = ['dynamic', 'pinned', 'static'] as const;

/** One of the three. */
export type ImporterKind = (typeof IMPORTER_KINDS)[number];

/** dma_buf_dynamic_attach() by a driver. */
export interface AttachStep extends StepBase {
  readonly action: 'attach';
  readonly buffer: string;
  readonly device: string;
  readonly importer: ImporterKind;
  /** Addresses its driver said the device can use: bits, 1 ... 64. */
  readonly maskBits: number;
  /** When told that the memory goes: unmap at once, or only when a step says so. */
  readonly onInvalidate: 'unmap' | 'keep';
  readonly as: string;
}

/** dma_buf_map_attachment(). */
export interface MapStep extends StepBase {
  readonly action: 'map';
  readonly attachment: string;
  readonly as: string;
}

/** What an RDMA device may do with a region: ibv_reg_dmabuf_mr() of libibverbs. */
export const REGION_ACCESS = ['local-write', 'remote-read', 'remote-write', 'remote-atomic'] as const;

/** One of them. Reading by the device itself is always allowed. */
export type RegionAccess = (typeof REGION_ACCESS)[number];

/** ibv_reg_dmabuf_mr(): the driver attaches, and loads the adapter's translation. */
export interface RegisterStep extends StepBase {
  readonly action: 'reg-mr';
  readonly buffer: string;
  readonly device: string;
  /** A driver whose way of holding buffers is known: `mlx5`, `irdma`, `efa`, ... */
  readonly driver: string;
  /** Bytes from the start of the buffer. */
  readonly offset: bigint;
  readonly length: bigint;
  /** Address of the first byte for the adapter. */
  readonly address: bigint;
  readonly access: readonly RegionAccess[];
  /** Bytes, powers of two: the pages that the adapter knows. */
  readonly pageSizes: readonly bigint[];
  readonly as: string;
}

/** An address space of iommufd, with the IOMMU group of a device attached. */
export interface AddressSpaceStep extends StepBase {
  readonly action: 'ioas';
  readonly device: string;
  readonly as: string;
}

/** IOMMU_IOAS_MAP_FILE. */
export interface MapFileStep extends StepBase {
  readonly action: 'map-file';
  readonly space: string;
  readonly buffer: string;
  /** Bytes from the start of the buffer. */
  readonly offset: bigint;
  readonly length: bigint;
  readonly iova: bigint;
  readonly access: readonly ('read' | 'write')[];
}

/** IOMMU_IOAS_UNMAP. */
export interface UnmapFileStep extends StepBase {
  readonly action: 'unmap-file';
  readonly space: string;
  readonly iova: bigint;
  readonly length: bigint;
}

/** Bytes that a step brings or expects. */
export type Data = { readonly seed: number } | { readonly bytes: Uint8Array };

/** The importer reads or writes through a mapping, or at an address of its own choice. */
export interface TransferStep extends StepBase {
  readonly action: 'write' | 'read';
  readonly target:
    | {
        readonly kind: 'mapping';
        /** A mapping, or a region. */
        readonly mapping: string;
        readonly offset: bigint;
      }
    | { readonly kind: 'address'; readonly device: string; readonly address: bigint };
  readonly length: bigint;
  /** What a write brings. */
  readonly data: Data;
}

/** The processor reads or writes a BAR. */
export interface CpuStep extends StepBase {
  readonly action: 'peek' | 'poke';
  readonly device: string;
  readonly bar: number;
  readonly offset: bigint;
  readonly length: bigint;
  readonly data: Data;
}

/** Something that an earlier step made. */
export interface NamedStep extends StepBase {
  /** `close-buffer`: the exporting process closes its descriptor. */
  readonly action: 'unmap' | 'detach' | 'dereg-mr' | 'invalidate' | 'close-buffer';
  readonly name: string;
}

/** Something done to a device. `revoke` and `restore` switch its memory decoding off and on. */
export interface DeviceStep extends StepBase {
  readonly action: 'revoke' | 'restore' | 'reset' | 'close-device' | 'unplug';
  readonly device: string;
}

/** Time passes. */
export interface ElapseStep extends StepBase {
  readonly action: 'elapse';
  readonly milliseconds: number;
}

/** Looks at the state of everything. */
export interface ExpectStep extends StepBase {
  readonly action: 'expect';
}

/** What a step is to come to; only what is named is looked at. */
export interface Expectation {
  readonly errno?: Errno;
  /** The call does not return: it waits for an importer. */
  readonly waits?: boolean;
  readonly flow?: MapFlow;
  readonly entries?: number;
  readonly table?: readonly (readonly [address: bigint, length: bigint])[];
  /** Device whose memory every byte reaches; `ram`, or `nothing`. */
  readonly reaches?: string;
  readonly via?: 'switch' | 'host-bridge';
  readonly stopped?: StopWord;
  readonly data?: Data;
  readonly mapType?: MapType | 'unknown';
  readonly distance?: number;
  /** Names of the defects that showed in this step (`expect` steps: so far), in any order. */
  readonly defects?: readonly string[];
  /** `expect` steps: mappings that importers hold. */
  readonly mappings?: number;
  /** `expect` steps: references to buffers that are left. */
  readonly references?: number;
  /** `expect` steps: WARNs of the kernel so far. */
  readonly warns?: number;
  /** `expect` steps: pages still mapped in I/O page tables. */
  readonly mappedPages?: number;
}
