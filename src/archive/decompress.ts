/** Decompression with a bound on what comes out: a few kilobytes can hold gigabytes. */
import { err, ok, type Result } from '../base/index.ts';

/**
 * Why data did not decompress. `damaged` may also be cut short, where the platform does not tell them apart;
 * `trailing`: something else follows it; `unsupported`: whole, but made with options that are not read.
 */
export type DecompressFailure = 'too-large' | 'cut-short' | 'damaged' | 'trailing' | 'unsupported';

/** Told now and then how much of an input is done: 0 ... 1. */
export type ReportProgress = (share: number) => void;

/** Decompresses all of `bytes`, to at most `maxBytes`. `report` is not called where the platform does the work. */
export type Decompress = (
  bytes: Uint8Array,
  maxBytes: number,
  report?: ReportProgress,
) => Result<Uint8Array, DecompressFailure> | Promise<Result<Uint8Array, DecompressFailure>>;

/** A gzip reader for every platform that has `DecompressionStream`. */
export async function webGunzip(bytes: Uint8Array, maxBytes: number): Promise<Result<Uint8Array, DecompressFailure>> {
  const input = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream();
  const reader = input.pipeThrough(new DecompressionStream('gzip')).getReader();
  const chunks: Uint8Array[] = [];
  let total = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return ok(join(chunks, total));
      total += value.length;
      if (total > maxBytes) {
        await reader.cancel();
        return err('too-large');
      }
      chunks.push(value);
    }
  } catch {
    return err('damaged');
  }
}

function join(chunks: readonly Uint8Array[], total: number): Uint8Array {
  const all = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
