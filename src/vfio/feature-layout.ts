/**
 * VFIO_DEVICE_FEATURE with a dma-buf, byte for byte, little endian:
 *
 * ```
 *    0  argsz          u32  total bytes
 *    4  flags          u32  feature number, GET, SET, PROBE
 *    8  region_index   u32
 *   12  open_flags     u32
 *   16  flags          u32  must be 0
 *   20  nr_ranges      u32
 *   24  offset, length u64 u64  of range 0; 16 bytes each
 * ```
 *
 * include/uapi/linux/vfio.h `struct vfio_device_feature`, `struct vfio_device_feature_dma_buf`. There is no padding.
 */
import { VFIO_DEVICE_FEATURE_DMA_BUF, VFIO_DEVICE_FEATURE_GET } from '../uapi/index.ts';

/** Bytes of `struct vfio_device_feature` before its data. */
export const FEATURE_HEADER_SIZE = 8;
/** Bytes of `struct vfio_device_feature_dma_buf` before its ranges. */
export const FEATURE_DMA_BUF_SIZE = 16;
/** Bytes of one range. */
export const DMA_BUF_RANGE_SIZE = 16;

/** `struct vfio_device_feature`, without its data. */
export interface FeatureHeader {
  /** Bytes that the caller says it passes, 0 ... 2^32-1. */
  readonly argsz: number;
  readonly flags: number;
}

/** `struct vfio_device_feature_dma_buf`, without its ranges. All 0 ... 2^32-1. */
export interface DmaBufFeature {
  readonly regionIndex: number;
  readonly openFlags: number;
  readonly flags: number;
  readonly nrRanges: number;
}

/**
 * A part of a region. Bytes, 0 ... 2^64-1.
 * @kernel vfio_region_dma_range include/uapi/linux/vfio.h
 */
export interface RegionRange {
  readonly offset: bigint;
  readonly length: bigint;
}

/** What a program asks; what is left out is what a careful one would pass. */
export interface DmaBufFeatureRequest {
  readonly regionIndex: number;
  readonly ranges: readonly RegionRange[];
  /** Default 0. */
  readonly openFlags?: number;
  /** Default 0. */
  readonly flags?: number;
  /** What `nr_ranges` says; default as many as there are. */
  readonly nrRanges?: number;
  /** What `argsz` says; default all bytes. */
  readonly argsz?: number;
  /** Flags of the header; default GET of the dma-buf feature. */
  readonly featureFlags?: number;
}

/** The bytes of a request. */
export function encodeDmaBufFeature(request: DmaBufFeatureRequest): Uint8Array {
  const { ranges } = request;
  const bytes = new Uint8Array(FEATURE_HEADER_SIZE + FEATURE_DMA_BUF_SIZE + ranges.length * DMA_BUF_RANGE_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, request.argsz ?? bytes.length, true);
  view.setUint32(4, request.featureFlags ?? VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_DMA_BUF, true);
  view.setUint32(8, request.regionIndex, true);
  view.setUint32(12, request.openFlags ?? 0, true);
  view.setUint32(16, request.flags ?? 0, true);
  view.setUint32(20, request.nrRanges ?? ranges.length, true);
  for (const [index, { offset, length }] of ranges.entries()) {
    const at = FEATURE_HEADER_SIZE + FEATURE_DMA_BUF_SIZE + index * DMA_BUF_RANGE_SIZE;
    view.setBigUint64(at, offset, true);
    view.setBigUint64(at + 8, length, true);
  }
  return bytes;
}

/** Reads the header of {@link FEATURE_HEADER_SIZE} bytes. */
export function decodeFeatureHeader(view: DataView): FeatureHeader {
  return { argsz: view.getUint32(0, true), flags: view.getUint32(4, true) };
}

/** Reads the fixed part of {@link FEATURE_DMA_BUF_SIZE} bytes. */
export function decodeDmaBufFeature(view: DataView): DmaBufFeature {
  return {
    regionIndex: view.getUint32(0, true),
    openFlags: view.getUint32(4, true),
    flags: view.getUint32(8, true),
    nrRanges: view.getUint32(12, true),
  };
}

/** Reads the ranges that fill `view`. */
export function decodeRanges(view: DataView): RegionRange[] {
  return Array.from({ length: view.byteLength / DMA_BUF_RANGE_SIZE }, (_, index) => {
    const at = index * DMA_BUF_RANGE_SIZE;
    return { offset: view.getBigUint64(at, true), length: view.getBigUint64(at + 8, true) };
  });
}

/** The memory that a process hands to an ioctl: what lies beyond its end cannot be read or written. */
export class UserMemory {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /**
   * A view of `length` bytes at `offset`; undefined where part of them is not there (-EFAULT).
   * @kernel copy_from_user include/linux/uaccess.h
   */
  read(offset: number, length: number): DataView | undefined {
    if (offset + length > this.bytes.length) return undefined;
    return new DataView(this.bytes.buffer, this.bytes.byteOffset + offset, length);
  }

  /**
   * Writes `bytes` at `offset`; false where part of the place is not there.
   * @kernel copy_to_user include/linux/uaccess.h
   */
  write(offset: number, bytes: Uint8Array): boolean {
    if (offset + bytes.length > this.bytes.length) return false;
    this.bytes.set(bytes, offset);
    return true;
  }
}
