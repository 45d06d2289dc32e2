/** The Huffman code of zstd's literals (RFC 8878, 4.2). */
import { BackwardBits } from './backward-bits.ts';
import { ByteReader } from './byte-reader.ts';
import { DecompressError } from './decompress-error.ts';
import { nextState, readFseTable } from './zstd-fse.ts';

/** By the next `log` bits: the symbol, and above it how many of the bits are its. */
export interface HuffmanTable {
  readonly log: number;
  readonly entries: Uint16Array;
}

const MAX_LOG = 11;
const MAX_WEIGHTS_LOG = 6;
/** Weights of all symbols but the last, which follows from them. */
const MAX_WEIGHTS = 255;

/** Reads a code from its description. */
export function readHuffmanTable(reader: ByteReader): HuffmanTable {
  const header = reader.u8();
  return tableOf(header < 128 ? compressedWeights(reader.take(header)) : plainWeights(reader, header - 127));
}

/** Two in a byte. */
function plainWeights(reader: ByteReader, count: number): number[] {
  const bytes = reader.take((count + 1) >> 1);
  return Array.from({ length: count }, (_, n) => ((bytes[n >> 1] ?? 0) >> (n % 2 === 0 ? 4 : 0)) & 0xf);
}

/** Two states take turns until the bits are used up. */
function compressedWeights(bytes: Uint8Array): number[] {
  const reader = new ByteReader(bytes);
  const table = readFseTable(reader, MAX_WEIGHTS_LOG, MAX_LOG + 1);
  const bits = new BackwardBits(reader.take(reader.left));
  let state = bits.bits(table.log);
  let other = bits.bits(table.log);
  const weights: number[] = [];
  while (weights.length < MAX_WEIGHTS) {
    weights.push(table.symbols[state] ?? 0);
    const next = nextState(table, state, bits);
    if (bits.left < 0) {
      weights.push(table.symbols[other] ?? 0);
      return weights;
    }
    state = other;
    other = next;
  }
  throw new DecompressError('damaged');
}

/** A weight w above 0 stands for 2^(w-1) of the code's room; the last symbol takes what is left. */
function tableOf(weights: number[]): HuffmanTable {
  const used = weights.reduce((sum, weight) => sum + (weight === 0 ? 0 : 1 << (weight - 1)), 0);
  const log = 32 - Math.clz32(used);
  const rest = (1 << log) - used;
  if (used === 0 || log > MAX_LOG || weights.length > MAX_WEIGHTS || (rest & (rest - 1)) !== 0) {
    throw new DecompressError('damaged');
  }
  weights.push(32 - Math.clz32(rest));
  const entries = new Uint16Array(1 << log);
  let at = 0;
  for (let weight = 1; weight <= log; weight++) {
    weights.forEach((own, symbol) => {
      if (own !== weight) return;
      const room = 1 << (weight - 1);
      entries.fill(((log + 1 - weight) << 8) | symbol, at, at + room);
      at += room;
    });
  }
  return { log, entries };
}

/** Decodes one stream, which has to fill `out` exactly. */
export function decodeHuffman({ log, entries }: HuffmanTable, packed: Uint8Array, out: Uint8Array): void {
  const bits = new BackwardBits(packed);
  for (let at = 0; at < out.length; at++) {
    const entry = entries[bits.peek(log)] ?? 0;
    bits.skip(entry >> 8);
    out[at] = entry & 0xff;
  }
  if (bits.left !== 0) throw new DecompressError('damaged');
}
