/** Config space under reconstruction: bits are known one by one. */
import { PCI_CFG_SPACE_EXP_SIZE } from '../../uapi/index.ts';

/** Bytes with a mask of the bits that are known; see `ConfigSpace`. One can be used for many, one after the other. */
export class MaskedBytes {
  readonly #bytes: Uint8Array = new Uint8Array(PCI_CFG_SPACE_EXP_SIZE);
  readonly #mask: Uint8Array = new Uint8Array(PCI_CFG_SPACE_EXP_SIZE);
  #length = 0;

  /**
   * States the bits `mask` of the little endian register of `width` bytes at `offset`. A bit stated before keeps its
   * value; registers that reach beyond 4096 bytes are ignored.
   */
  set(offset: number, width: 1 | 2 | 4, value: number, mask: number = 0xffff_ffff): void {
    if (offset < 0 || offset + width > PCI_CFG_SPACE_EXP_SIZE) return;
    for (let i = 0; i < width; i++) this.#setByte(offset + i, (value >>> (8 * i)) & 0xff, (mask >>> (8 * i)) & 0xff);
  }

  /** States whole bytes from `offset` on, for which `known` (when given) is not 0. They win over what was stated before. */
  overlay(bytes: Uint8Array, known: Uint8Array | undefined): void {
    const length = Math.min(bytes.length, PCI_CFG_SPACE_EXP_SIZE);
    for (let i = 0; i < length; i++) {
      if (known !== undefined && known[i] === 0) continue;
      this.#mask[i] = 0;
      this.#setByte(i, bytes[i] as number, 0xff);
    }
  }

  /** The bytes up to the last one of which a bit is known, and the mask for them; nothing is known afterwards. */
  finish(): { bytes: Uint8Array; mask: Uint8Array } {
    const length = this.#length;
    const both = new Uint8Array(2 * length);
    both.set(this.#bytes.subarray(0, length));
    both.set(this.#mask.subarray(0, length), length);
    this.#bytes.fill(0, 0, length);
    this.#mask.fill(0, 0, length);
    this.#length = 0;
    return { bytes: both.subarray(0, length), mask: both.subarray(length) };
  }

  #setByte(at: number, value: number, mask: number): void {
    const fresh = mask & ~(this.#mask[at] as number);
    if (fresh === 0) return;
    this.#bytes[at] = ((this.#bytes[at] as number) & ~fresh) | (value & fresh);
    this.#mask[at] = (this.#mask[at] as number) | fresh;
    if (at >= this.#length) this.#length = at + 1;
  }
}
