/** LZMA2: chunks of LZMA data or of plain bytes, each saying which state it starts with. */
import type { ByteReader } from './byte-reader.ts';
import { DecompressError } from './decompress-error.ts';
import type { GrowingBuffer } from './growing-buffer.ts';
import { LzmaDecoder } from './lzma-decoder.ts';

const END = 0;
const PLAIN_WITH_RESET = 1;
const PLAIN = 2;
const LZMA = 0x80;
/** What an LZMA chunk resets, in bits 5 and 6; each includes those before it. */
const RESET_STATE = 1;
const RESET_PROPERTIES = 2;
const RESET_DICTIONARY = 3;

/** Reads chunks up to the one that ends them. */
export function readLzma2(reader: ByteReader, dictionarySize: number, output: GrowingBuffer): void {
  let decoder: LzmaDecoder | undefined;
  let dictionary: number | undefined;
  let ready = false;
  for (let control = reader.u8(); control !== END; control = reader.u8()) {
    reader.report();
    const reset = (control >> 5) & 3;
    if (control === PLAIN_WITH_RESET || (control >= LZMA && reset === RESET_DICTIONARY)) {
      dictionary = output.length;
      ready = false;
    }
    if (dictionary === undefined || (control > PLAIN && control < LZMA)) throw new DecompressError('damaged');
    if (control < LZMA) {
      if (!output.append(reader.take(readSize(reader, 0)))) throw new DecompressError('too-large');
      continue;
    }
    const size = readSize(reader, control & 0x1f);
    const packedSize = readSize(reader, 0);
    decoder ??= new LzmaDecoder();
    if (reset >= RESET_PROPERTIES) {
      decoder.setProperties(reader.u8());
      ready = true;
    }
    if (!ready) throw new DecompressError('damaged');
    if (reset >= RESET_STATE) decoder.resetState();
    const packed = reader.take(packedSize);
    if (!output.reserve(size)) throw new DecompressError('too-large');
    const start = output.length;
    decoder.decode(packed, output.room, { start, end: start + size, dictionary, dictionarySize });
    output.commit(size);
  }
}

/** Sizes are big-endian, less one. */
function readSize(reader: ByteReader, high: number): number {
  const middle = reader.u8();
  return ((high << 16) | (middle << 8) | reader.u8()) + 1;
}
