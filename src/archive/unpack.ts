/** Undoes the compression of an input, whatever it is. */
import type { Result } from '../base/index.ts';
import { bunzip2 } from './bunzip2.ts';
import { webGunzip } from './decompress.ts';
import type { InputError } from './input-error.ts';
import { type Decompressors, type UnpackOptions, unpackWith } from './unpack-with.ts';
import { unxz } from './unxz.ts';
import { unzstd } from './unzstd.ts';

/** What reads compressed data on every platform. */
const DECOMPRESSORS: Decompressors = { gzip: webGunzip, bzip2: bunzip2, xz: unxz, zstd: unzstd };

/** The bytes inside; those of an input that is not compressed as they are. @param name what to call it in messages */
export function unpack(
  bytes: Uint8Array,
  name: string,
  options: UnpackOptions,
): Promise<Result<Uint8Array, InputError>> {
  return unpackWith(DECOMPRESSORS, bytes, name, options);
}
