/** Where capabilities stand, by id. */
export interface CapabilityPlaces {
  readonly standard: ReadonlyMap<number, number>;
  readonly extended: ReadonlyMap<number, number>;
}

/**
 * The registers of one function, as far as an input shows them. Bytes are little endian, offsets are bytes.
 *
 * A raw dump knows every bit up to its length. Text knows only what was printed, so a byte may be known in part:
 * `mask` has one byte per byte of `bytes`, a bit of it is 1 where that bit of the register is known. A register is
 * answered only if all its bits (or those asked for) are known; else the answer is undefined, never zero.
 */
export class ConfigSpace {
  /** The bytes seen, 0 ... 4096 of them. */
  readonly bytes: Uint8Array;
  /** Known bits per byte; undefined when every bit of `bytes` is known. Same length as `bytes`. */
  readonly mask: Uint8Array | undefined;
  /** Why what is not known is not known: "config space is cut at 64 bytes: not read as root". */
  readonly whyUnknown: string;
  /**
   * How many bytes the function has: 256 for conventional PCI, 4096 for PCI Express, undefined when the input does not
   * tell. A dump of 256 bytes of a PCI Express function has `bytes.length` 256 and size undefined.
   */
  readonly size: number | undefined;
  /** Capabilities whose places the input tells, though not all links of the list that leads to them. */
  readonly places: CapabilityPlaces | undefined;

  constructor(
    bytes: Uint8Array,
    options: {
      mask?: Uint8Array | undefined;
      whyUnknown: string;
      size?: number | undefined;
      places?: CapabilityPlaces | undefined;
    },
  ) {
    this.bytes = bytes;
    this.mask = options.mask;
    this.whyUnknown = options.whyUnknown;
    this.size = options.size;
    this.places = options.places;
  }

  /** The byte at `offset`, if all its bits are known. */
  read8(offset: number): number | undefined {
    return this.bits(offset, 1, 0xff);
  }

  /** The 16-bit register at `offset`, if all its bits are known. */
  read16(offset: number): number | undefined {
    return this.bits(offset, 2, 0xffff);
  }

  /** The 32-bit register at `offset`, if all its bits are known; 0 ... 2^32-1. */
  read32(offset: number): number | undefined {
    return this.bits(offset, 4, 0xffff_ffff);
  }

  /**
   * The bits `field` of the register of `width` bytes at `offset`, unshifted, if each of them is known.
   * @param width 1, 2 or 4
   */
  bits(offset: number, width: 1 | 2 | 4, field: number): number | undefined {
    if (this.mask === undefined && offset + width <= this.bytes.length) return this.#wholeBits(offset, width, field);
    let value = 0;
    for (let i = width - 1; i >= 0; i--) {
      const wanted = (field >>> (8 * i)) & 0xff;
      const byte = this.bytes[offset + i];
      if (wanted !== 0) {
        if (byte === undefined) return undefined;
        const knownBits = this.mask === undefined ? 0xff : (this.mask[offset + i] ?? 0);
        if ((knownBits & wanted) !== wanted) return undefined;
      }
      value = value * 0x100 + ((byte ?? 0) & wanted);
    }
    return value;
  }

  /** The same where every bit is known: most reads. */
  #wholeBits(offset: number, width: 1 | 2 | 4, field: number): number {
    const { bytes } = this;
    const low = bytes[offset] ?? 0;
    if (width === 1) return low & field;
    const half = low | ((bytes[offset + 1] ?? 0) << 8);
    if (width === 2) return half & field;
    return ((half | ((bytes[offset + 2] ?? 0) << 16) | ((bytes[offset + 3] ?? 0) << 24)) & field) >>> 0;
  }
}

/** A function of which no register is known. */
export function noConfigSpace(whyUnknown: string): ConfigSpace {
  return new ConfigSpace(new Uint8Array(0), { whyUnknown });
}
