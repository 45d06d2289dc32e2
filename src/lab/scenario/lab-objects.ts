/** What steps make and name. */
import type { DmaBuf, DmaBufAttachment, SgtMapping } from '../../dma-buf/index.ts';
import type { DmaDomain } from '../../iommu/index.ts';
import type { Ioas } from '../../iommufd/index.ts';
import type { PciFunction } from '../../pci/index.ts';
import type { MemoryRegion } from '../../rdma/index.ts';
import type { VfioDmaBuf } from '../../vfio/index.ts';
import type { RegionAccess } from './scenario.ts';

/** An exported buffer. */
export interface LabBuffer {
  readonly name: string;
  /** Device, for messages. */
  readonly owner: PciFunction;
  readonly bar: number;
  /** What was exported: bytes from the start of the BAR. */
  readonly parts: readonly { readonly offset: bigint; readonly length: bigint }[];
  readonly dmabuf: DmaBuf;
  /** Undefined: another exporter's. */
  readonly vfio: VfioDmaBuf | undefined;
  /** The exporting process's descriptor; undefined once it closed it. */
  fd: number | undefined;
}

/** An importer at a buffer. */
export interface LabAttachment {
  readonly name: string;
  readonly buffer: LabBuffer;
  readonly client: PciFunction;
  readonly keeps: boolean;
  readonly mappings: Set<LabMapping>;
  attach: DmaBufAttachment | undefined;
}

/** Memory of a buffer that is registered with an RDMA device. */
export interface LabRegion {
  readonly name: string;
  readonly buffer: LabBuffer;
  readonly client: PciFunction;
  readonly access: readonly RegionAccess[];
  /** Undefined once it is deregistered. */
  mr: MemoryRegion | undefined;
  /** The adapter had a translation when it was last looked at. */
  loaded: boolean;
}

/** An I/O address space of iommufd, and the functions that are in it. */
export interface LabAddressSpace {
  readonly name: string;
  readonly domain: DmaDomain;
  readonly ioas: Ioas;
  readonly files: Set<LabMappedFile>;
}

/** A buffer in an address space. */
export interface LabMappedFile {
  readonly buffer: LabBuffer;
  readonly iova: bigint;
  readonly length: bigint;
  /** Its addresses led to the memory when it was last looked at. */
  leads: boolean;
}

/** A mapping in the hands of an importer. */
export interface LabMapping {
  readonly name: string;
  readonly attachment: LabAttachment;
  /** Entries as the importer noted them: they stay readable after the kernel freed the table. */
  readonly entries: readonly (readonly [address: bigint, length: bigint])[];
  /** Undefined once it was taken back. */
  sgt: SgtMapping | undefined;
}
