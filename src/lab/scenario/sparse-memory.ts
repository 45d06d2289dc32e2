/** Memory behind a BAR, or of the machine: only what was written takes room, everything else reads as zero. */
import { Xxh32 } from '../../base/index.ts';
import { type ByteRun, ByteRuns } from './byte-runs.ts';
import type { DataSource } from './data-source.ts';

/** Bytes that take room together. */
const CHUNK = 0x1_0000;
const CHUNK_BITS = 16n;
const ZEROS = new Uint8Array(CHUNK);

/** A whole chunk of a stream: the stream never changes, so its bytes are made when somebody looks. */
interface Unread {
  readonly source: DataSource;
  readonly from: bigint;
}

/** Up to 2^64 bytes. */
export class SparseMemory implements DataSource {
  readonly #chunks = new Map<number, Uint8Array | Unread>();
  readonly #scratch = new Uint8Array(CHUNK);
  readonly #written = new ByteRuns();
  #bytesWritten = 0n;

  /** Runs of bytes that were ever written, ascending; no two touch. */
  get written(): readonly ByteRun[] {
    return this.#written.runs;
  }

  /** Bytes that writes brought, counting those written twice twice. */
  get bytesWritten(): bigint {
    return this.#bytesWritten;
  }

  /**
   * Writes `length` bytes of `source`, from its byte `from` on, to `offset`. Whole chunks are moved without a look at
   * them: a gigabyte costs as much as its 16384 chunks.
   * @param source gives the same bytes for ever
   */
  write(offset: bigint, length: bigint, source: DataSource, from = 0n): void {
    for (const { chunk, start, end, done } of pieces(offset, length)) {
      if (end - start === CHUNK) this.#chunks.set(chunk, { source, from: from + done });
      else source.read(from + done, this.#owned(chunk).subarray(start, end));
    }
    this.#bytesWritten += length;
    this.#written.add(offset, offset + length);
  }

  read(from: bigint, into: Uint8Array): void {
    for (const { chunk, start, end, done } of pieces(from, BigInt(into.length))) {
      this.#readChunk(chunk, start, into.subarray(Number(done), Number(done) + end - start));
    }
  }

  /** Takes `length` bytes from `offset` on into a hash. `taken`: told of every piece, in bytes. */
  hashInto(hash: Xxh32, offset: bigint, length: bigint, taken: (bytes: number) => void = () => {}): void {
    for (const { chunk, start, end } of pieces(offset, length)) {
      taken(end - start);
      const held = this.#chunks.get(chunk) ?? ZEROS;
      if (held instanceof Uint8Array) {
        hash.update(held.subarray(start, end));
        continue;
      }
      const bytes = this.#scratch.subarray(0, end - start);
      held.source.read(held.from + BigInt(start), bytes);
      hash.update(bytes);
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

  #readChunk(chunk: number, start: number, into: Uint8Array): void {
    const held = this.#chunks.get(chunk) ?? ZEROS;
    if (held instanceof Uint8Array) into.set(held.subarray(start, start + into.length));
    else held.source.read(held.from + BigInt(start), into);
  }

  /** The bytes of a chunk, to be changed. */
  #owned(chunk: number): Uint8Array {
    const held = this.#chunks.get(chunk);
    if (held instanceof Uint8Array) return held;
    const bytes = new Uint8Array(CHUNK);
    held?.source.read(held.from, bytes);
    this.#chunks.set(chunk, bytes);
    return bytes;
  }
}

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
