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

/** Bytes that look random and follow from `seed` (32 bits) and their place alone: no two places of 16 GiB are alike. */
export function patternSource(seed: number): DataSource {
  return {
    read(from, into) {
      const head = Number(from % 4n);
      if (head === 0 && into.byteOffset % 4 === 0 && into.length % 4 === 0) {
        fillWords(
          seed,
          Number(BigInt.asUintN(32, from / 4n)),
          new Uint32Array(into.buffer, into.byteOffset, into.length / 4),
        );
        return;
      }
      const words = new Uint32Array(Math.ceil((head + into.length) / 4));
      fillWords(seed, Number(BigInt.asUintN(32, from / 4n)), words);
      into.set(new Uint8Array(words.buffer, head, into.length));
    },
  };
}

function fillWords(seed: number, first: number, words: Uint32Array): void {
  for (let index = 0; index < words.length; index++) {
    const mixed = Math.imul((first + index) ^ seed, 0x9e37_79b1);
    words[index] = mixed ^ (mixed >>> 15);
  }
}
