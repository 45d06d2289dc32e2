import type { ReportProgress } from './decompress.ts';
import { DecompressError } from './decompress-error.ts';

/** Bytes from the front to the back; what is asked for beyond the end is cut short. Numbers are little-endian. */
export class ByteReader {
  readonly bytes: Uint8Array;
  at = 0;
  readonly #report: ReportProgress | undefined;

  constructor(bytes: Uint8Array, report?: ReportProgress) {
    this.bytes = bytes;
    this.#report = report;
  }

  /** Says how far it is, to whom it may concern. */
  report(): void {
    this.#report?.(this.at / this.bytes.length);
  }

  /** Bytes that are left. */
  get left(): number {
    return this.bytes.length - this.at;
  }

  u8(): number {
    this.need(1);
    return this.bytes[this.at++] ?? 0;
  }

  u16(): number {
    return this.u8() | (this.u8() << 8);
  }

  u24(): number {
    return this.u16() | (this.u8() << 16);
  }

  u32(): number {
    return (this.u16() | (this.u16() << 16)) >>> 0;
  }

  /** The next `count` bytes, not copied. */
  take(count: number): Uint8Array {
    this.need(count);
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  need(count: number): void {
    if (count > this.left) throw new DecompressError('cut-short');
  }
}
