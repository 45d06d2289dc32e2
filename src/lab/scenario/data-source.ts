/** Bytes to be moved, made where they are needed: a gigabyte of them need not exist at once. */

/** A stream of bytes that can be read anywhere. */
export interface DataSource {
  /** Fills `into` with the bytes from `from` on. */
  read(from: bigint, into: Uint8Array): void;
}

/** Bytes given one by one; they repeat where more are asked for. */
export function bytesSource(bytes: Uint8Array): DataSource {
  return {
    read(from, into) {
      const start = Number(from % BigInt(Math.max(bytes.length, 1)));
      for (let at = 0; at < into.length; at++) into[at] = bytes[(start + at) % bytes.length] ?? 0;
    },
  };
}

const PAGE = 4096;

/**
 * Bytes that look random and follow from `seed` (32 bits) and their place alone: one page of them, in which every page
 * has its own number at the start. Copying it costs less than making the bytes anew.
 */
export function patternSource(seed: number): DataSource {
  const page = new Uint8Array(PAGE);
  for (let index = 0; index < PAGE; index++) {
    const mixed = Math.imul((index * 0x9e37) ^ seed, 0x9e37_79b1);
    page[index] = mixed >>> 24;
  }
  return {
    read(from, into) {
      let number = Number(from / BigInt(PAGE));
      let start = Number(from % BigInt(PAGE));
      for (let at = 0; at < into.length; number++) {
        const length = Math.min(PAGE - start, into.length - at);
        into.set(start === 0 && length === PAGE ? page : page.subarray(start, start + length), at);
        if (start < STAMP) stamp(number, start, into.subarray(at, at + Math.min(STAMP - start, length)));
        at += length;
        start = 0;
      }
    },
  };
}

/** Bytes of a page that tell its number. */
const STAMP = 6;

function stamp(number: number, skip: number, into: Uint8Array): void {
  let rest = skip === 0 ? number : Math.floor(number / 2 ** (8 * skip));
  for (let index = 0; index < into.length; index++) {
    into[index] = (into[index] as number) ^ (rest & 0xff);
    rest = Math.floor(rest / 256);
  }
}
