/** Undoes the compression of an input by the decompressors that are given. */
import { byteText, err, ok, type Result } from '../base/index.ts';
import type { Decompress, DecompressFailure, ReportProgress } from './decompress.ts';
import { type Container, detectContainer } from './detect.ts';
import { type InputError, inputError } from './input-error.ts';

/** What the platform does better than the code for all platforms, and what it can hold. */
export interface UnpackOptions {
  /** Default: `DecompressionStream`. */
  readonly gunzip?: Decompress;
  /** Most bytes that may come out of a compressed input; default {@link MAX_UNPACKED_BYTES}, for bzip2 a quarter. */
  readonly maxBytes?: number;
  /** Told how far unpacking is, where it takes long. */
  readonly report?: ReportProgress;
}

/** 1 GiB: a thousand times a large machine's capture, and still little enough for a host's memory. */
export const MAX_UNPACKED_BYTES: number = 2 ** 30;

/** bzip2 unpacks slowly, and a kilobyte of it can hold a gigabyte; a large machine's hwloc archive has 30 MiB. */
const MAX_BZIP2_BYTES: number = 2 ** 28;

/** What reads which kind of compressed data. */
export type Decompressors = Partial<Record<Container, Decompress>>;

const UNSUPPORTED: Partial<Record<Container, string>> = {
  lzip: 'lzip -d',
};

/**
 * The bytes inside; those of an input that is not compressed, or by what no decompressor reads, as they are.
 * @param name what to call it in messages
 */
export async function unpackWith(
  decompressors: Decompressors,
  bytes: Uint8Array,
  name: string,
  options: UnpackOptions,
): Promise<Result<Uint8Array, InputError>> {
  const container = detectContainer(bytes);
  const tool = UNSUPPORTED[container];
  if (tool !== undefined) {
    return err(
      inputError('unsupported', name, `${container} compression is not read yet; unpack it with "${tool}" first`),
    );
  }
  const decompress = (container === 'gzip' ? options.gunzip : undefined) ?? decompressors[container];
  if (decompress === undefined) return ok(bytes);
  const most = container === 'bzip2' ? MAX_BZIP2_BYTES : MAX_UNPACKED_BYTES;
  const maxBytes = Math.min(options.maxBytes ?? most, most);
  const result = await decompress(bytes, maxBytes, options.report);
  if (result.ok) return result;
  const code = result.error === 'trailing' ? 'damaged' : result.error;
  return err(inputError(code, name, decompressSentence(result.error, container, maxBytes)));
}

function decompressSentence(failure: DecompressFailure, container: Container, maxBytes: number): string {
  switch (failure) {
    case 'too-large':
      return `holds more than ${byteText(BigInt(maxBytes))} when unpacked, which is the limit; no capture is that large`;
    case 'cut-short':
      return `is cut short: its ${container} data ends in the middle; copy or make it again`;
    case 'damaged':
      return `is damaged: its ${container} data does not unpack; copy or make it again`;
    case 'trailing':
      return `is damaged: something else follows its ${container} data; copy or make it again`;
    case 'unsupported':
      return `uses ${container} options that are not read; unpack it with "${container} -d" first`;
  }
}
