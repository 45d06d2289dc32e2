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
