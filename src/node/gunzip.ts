/** gzip by zlib: faster than what every platform has, and it tells cut from damaged data. */
import { constants, gunzipSync } from 'node:zlib';
import type { DecompressFailure } from '../archive/index.ts';
import { err, ok, type Result } from '../base/index.ts';
import { errorCode } from './node-tree.ts';

const MIN_CHUNK = 0x10000;
const MAX_CHUNK = 64 * 2 ** 20;

/** Decompresses to at most `maxBytes`. */
export function nodeGunzip(bytes: Uint8Array, maxBytes: number): Result<Uint8Array, DecompressFailure> {
  try {
    const chunkSize = Math.min(MAX_CHUNK, Math.max(MIN_CHUNK, claimedSize(bytes) + 1));
    const all = gunzipSync(bytes, { maxOutputLength: maxBytes, chunkSize, finishFlush: constants.Z_FINISH });
    // A plain array: parts of a Buffer are slow to make.
    return ok(new Uint8Array(all.buffer, all.byteOffset, all.length));
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ERR_BUFFER_TOO_LARGE') return err('too-large');
    return err(code === 'Z_BUF_ERROR' ? 'cut-short' : 'damaged');
  }
}

/** The size that the last four bytes claim: right for honest files below 4 GiB, and then all fits in one piece. */
function claimedSize(bytes: Uint8Array): number {
  if (bytes.length < 4) return 0;
  return new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4).getUint32(0, true);
}
