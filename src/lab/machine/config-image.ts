/** Config space bytes under construction: little-endian registers and the two chains of capabilities. */
import { assert, highHalf, lowHalf } from '../../base/index.ts';
import {
  PCI_CFG_SPACE_EXP_SIZE,
  PCI_CFG_SPACE_SIZE,
  PCI_EXT_CAP_START,
  type RegisterLayout,
  registerBits,
} from '../../uapi/index.ts';

/** Where capabilities start: right behind the header. */
const FIRST_CAPABILITY = 0x40;

/** The config space of one function: 256 bytes, or 4096 with an extended part. */
export class ConfigImage {
  readonly bytes: Uint8Array;
  /** Byte that is to hold the offset of the next capability. */
  #link: number;
  #next: number = FIRST_CAPABILITY;
  #extended = 0;
  #nextExtended: number = PCI_EXT_CAP_START;

  /** @param pointer register with the offset of the first capability. */
  constructor(express: boolean, pointer: number) {
    this.bytes = new Uint8Array(express ? PCI_CFG_SPACE_EXP_SIZE : PCI_CFG_SPACE_SIZE);
    this.#link = pointer;
  }

  put8(offset: number, value: number): void {
    this.bytes[offset] = value;
  }

  put16(offset: number, value: number): void {
    this.bytes[offset] = value;
    this.bytes[offset + 1] = value >>> 8;
  }

  put32(offset: number, value: number): void {
    this.put16(offset, value);
    this.put16(offset + 2, value >>> 16);
  }

  /** A 64-bit register; the low half first. */
  put64(offset: number, value: bigint): void {
    this.put32(offset, lowHalf(value));
    this.put32(offset + 4, highHalf(value));
  }

  /** A register of the capability at `at`: bits that are on, and values of fields; the rest is 0. */
  putRegister<F extends string, V extends string>(
    at: number,
    register: RegisterLayout<F, V>,
    on: Partial<Record<F, boolean>>,
    values: Partial<Record<V, number>> = {},
  ): void {
    const bits = registerBits(register, on, values);
    if (register.width === 1) this.put8(at + register.offset, bits);
    else if (register.width === 2) this.put16(at + register.offset, bits);
    else this.put32(at + register.offset, bits);
  }

  /** Appends a capability of `length` bytes; gives its offset. */
  addCapability(id: number, length: number): number {
    const at = this.#next;
    assert(at + length <= PCI_CFG_SPACE_SIZE, 'capabilities fit into 256 bytes');
    this.put8(this.#link, at);
    this.put8(at, id);
    this.#link = at + 1;
    this.#next = (at + length + 3) & ~3;
    return at;
  }

  /** Appends an extended capability of `length` bytes; gives its offset. */
  addExtendedCapability(id: number, version: number, length: number): number {
    const at = this.#nextExtended;
    assert(at + length <= this.bytes.length, 'extended capabilities fit into 4096 bytes');
    if (this.#extended !== 0) this.put16(this.#extended + 2, (at << 4) | ((this.bytes[this.#extended + 2] ?? 0) & 0xf));
    this.put16(at, id);
    this.put16(at + 2, version);
    this.#extended = at;
    this.#nextExtended = (at + length + 3) & ~3;
    return at;
  }
}
