/** Finite state entropy, the coding of zstd for all but literals (RFC 8878, 4.1). */
import type { BackwardBits } from './backward-bits.ts';
import type { ByteReader } from './byte-reader.ts';
import { DecompressError } from './decompress-error.ts';

/** A decoding table: by state, the symbol, and how the next state follows from the next bits. */
export interface FseTable {
  /** States are 0 ... 2^log - 1. */
  readonly log: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
  readonly bases: Uint16Array;
}

/** The state after `state`. */
export function nextState(table: FseTable, state: number, bits: BackwardBits): number {
  return (table.bases[state] ?? 0) + bits.bits(table.bits[state] ?? 0);
}

/** A table of one symbol, which takes no bits. */
export function singleSymbol(symbol: number): FseTable {
  return { log: 0, symbols: Uint8Array.of(symbol), bits: new Uint8Array(1), bases: new Uint16Array(1) };
}

/**
 * Reads a table from its description.
 * @param maxLog the most states, as a power of two
 * @param maxSymbol the highest symbol there is
 */
export function readFseTable(reader: ByteReader, maxLog: number, maxSymbol: number): FseTable {
  const bits = new ForwardBits(reader);
  const log = bits.peek(4) + 5;
  bits.skip(4);
  if (log > maxLog) throw new DecompressError('damaged');
  const counts: number[] = [];
  for (let remaining = 1 << log; remaining > 0; ) {
    const count = readCount(bits, remaining);
    remaining -= Math.abs(count);
    counts.push(count);
    if (count === 0) readZeroCounts(bits, counts);
    if (counts.length > maxSymbol + 1) throw new DecompressError('damaged');
  }
  bits.finish();
  return fseTable(log, counts);
}

/** A count takes as many bits as `remaining` allows, or one less for the small ones. -1 means "less than 1". */
function readCount(bits: ForwardBits, remaining: number): number {
  const width = 32 - Math.clz32(remaining + 1);
  const low = (1 << (width - 1)) - 1;
  const spare = (1 << width) - 1 - (remaining + 1);
  const value = bits.peek(width);
  if ((value & low) < spare) {
    bits.skip(width - 1);
    return (value & low) - 1;
  }
  bits.skip(width);
  return (value > low ? value - spare : value) - 1;
}

/** After a 0: how many more, in twos bits; 3 says that more follow. */
function readZeroCounts(bits: ForwardBits, counts: number[]): void {
  for (;;) {
    const more = bits.peek(2);
    bits.skip(2);
    for (let n = 0; n < more; n++) counts.push(0);
    if (more < 3 || counts.length > 256) return;
  }
}

/** @param counts how often each symbol occurs among 2^log; -1 for less than once */
export function fseTable(log: number, counts: readonly number[]): FseTable {
  const size = 1 << log;
  const symbols = new Uint8Array(size);
  const next = Uint16Array.from(counts, Math.abs);
  let high = size;
  counts.forEach((count, symbol) => {
    if (count === -1) symbols[--high] = symbol;
  });
  const step = (size >> 1) + (size >> 3) + 3;
  let at = 0;
  counts.forEach((count, symbol) => {
    for (let n = 0; n < count; n++) {
      symbols[at] = symbol;
      do at = (at + step) & (size - 1);
      while (at >= high);
    }
  });
  const bits = new Uint8Array(size);
  const bases = new Uint16Array(size);
  symbols.forEach((symbol, state) => {
    const value = next[symbol] ?? 0;
    next[symbol] = value + 1;
    const width = log - (31 - Math.clz32(value));
    bits[state] = width;
    bases[state] = (value << width) - size;
  });
  return { log, symbols, bits, bases };
}

/** Bits from the lowest of the first byte on; takes whole bytes of its reader in the end. */
class ForwardBits {
  readonly #reader: ByteReader;
  #bit = 0;

  constructor(reader: ByteReader) {
    this.#reader = reader;
  }

  /** The next `count` bits, 0 ... 16; those beyond the end read as 0. */
  peek(count: number): number {
    const { bytes, at } = this.#reader;
    const byte = at + (this.#bit >> 3);
    const word = (bytes[byte] ?? 0) | ((bytes[byte + 1] ?? 0) << 8) | ((bytes[byte + 2] ?? 0) << 16);
    return (word >> (this.#bit & 7)) & ((1 << count) - 1);
  }

  skip(count: number): void {
    this.#bit += count;
  }

  finish(): void {
    this.#reader.take((this.#bit + 7) >> 3);
  }
}
