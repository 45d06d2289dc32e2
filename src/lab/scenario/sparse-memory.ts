/** Memory behind a BAR, or of the machine: only what was written takes room, everything else reads as zero. */
import { Xxh32 } from '../../base/index.ts';
import type { DataSource } from './data-source.ts';

/** Bytes that take room together. */
const CHUNK = 0x1_0000;
const CHUNK_BITS = 16n;
const ZEROS = new Uint8Array(CHUNK);

/** Up to 2^64 bytes. */
export class SparseMemory implements DataSource {
  readonly #chunks = new Map<number, Uint8Array>();
  #bytesWritten = 0n;

  /** Bytes that writes brought, counting those written twice twice. */
  get bytesWritten(): bigint {
    return this.#bytesWritten;
  }

  /** Writes `length` bytes of `source`, from its byte `from` on, to `offset`. */
  write(offset: bigint, length: bigint, source: DataSource, from = 0n): void {
    for (const { chunk, start, end, done } of pieces(offset, length)) {
      let bytes = this.#chunks.get(chunk);
      if (bytes === undefined) {
        bytes = new Uint8Array(CHUNK);
        this.#chunks.set(chunk, bytes);
      }
      source.read(from + done, bytes.subarray(start, end));
    }
    this.#bytesWritten += length;
  }

  read(from: bigint, into: Uint8Array): void {
    for (const { chunk, start, end, done } of pieces(from, BigInt(into.length))) {
      into.set((this.#chunks.get(chunk) ?? ZEROS).subarray(start, end), Number(done));
    }
  }

  /** Takes `length` bytes from `offset` on into a hash, without a copy. */
  hashInto(hash: Xxh32, offset: bigint, length: bigint): void {
    for (const { chunk, start, end } of pieces(offset, length)) {
      hash.update((this.#chunks.get(chunk) ?? ZEROS).subarray(start, end));
    }
  }

  /** XXH32 of `length` bytes from `offset` on. */
  hash(offset: bigint, length: bigint): number {
    const hash = new Xxh32();
    this.hashInto(hash, offset, length);
    return hash.digest();
  }

  /** Places that were ever written, in whole chunks of 64 KiB: offsets of their first bytes, ascending. */
  touched(): bigint[] {
    return [...this.#chunks.keys()].sort((a, b) => a - b).map((chunk) => BigInt(chunk) << CHUNK_BITS);
  }
}

/** Bytes of the chunk {@link SparseMemory.touched} names. */
export const CHUNK_BYTES: number = CHUNK;

interface Piece {
  readonly chunk: number;
  readonly start: number;
  readonly end: number;
  /** Bytes before this piece. */
  readonly done: bigint;
}

function* pieces(offset: bigint, length: bigint): Generator<Piece> {
  let chunk = Number(offset >> CHUNK_BITS);
  let start = Number(offset & 0xffffn);
  let done = 0;
  // A length is exact as a number up to 8 PiB, more than any machine moves at once.
  for (let left = Number(length); left > 0; ) {
    const end = Math.min(CHUNK, start + left);
    yield { chunk, start, end, done: BigInt(done) };
    left -= end - start;
    done += end - start;
    start = 0;
    chunk++;
  }
}
