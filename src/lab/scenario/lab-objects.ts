/** What steps make and name. */
import type { DmaBufAttachment, SgtMapping } from '../../dma-buf/index.ts';
import type { PciFunction } from '../../pci/index.ts';
import type { VfioDmaBuf } from '../../vfio/index.ts';

/** An exported buffer. */
export interface LabBuffer {
  readonly name: string;
  /** Device, for messages. */
  readonly owner: PciFunction;
  readonly bar: number;
  readonly vfio: VfioDmaBuf;
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

/** A mapping in the hands of an importer. */
export interface LabMapping {
  readonly name: string;
  readonly attachment: LabAttachment;
  /** Entries as the importer noted them: they stay readable after the kernel freed the table. */
  readonly entries: readonly (readonly [address: bigint, length: bigint])[];
  /** Undefined once it was taken back. */
  sgt: SgtMapping | undefined;
}
