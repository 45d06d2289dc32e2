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
  const whole = await gunzipAtOnce(bytes, maxBytes);
  const further = !whole.ok && whole.error === 'damaged' && nextHead(bytes, 1) < bytes.length;
  return further ? gunzipMembers(bytes, maxBytes) : whole;
}

/** So many bytes by chance look like the head of a member before data are called damaged. */
const MOST_FALSE_HEADS = 32;

/** Members one after the other make one file (RFC 1952, 2.2), but browsers read a single one at a time. */
async function gunzipMembers(bytes: Uint8Array, maxBytes: number): Promise<Result<Uint8Array, DecompressFailure>> {
  const members: Uint8Array[] = [];
  let [from, total, falseHeads] = [0, 0, 0];
  for (
    let to = nextHead(bytes, 1);
    from < bytes.length && falseHeads <= MOST_FALSE_HEADS;
    to = nextHead(bytes, to + 1)
  ) {
    const member = await gunzipAtOnce(bytes.subarray(from, to), maxBytes - total);
    if (member.ok) {
      members.push(member.value);
      total += member.value.length;
      from = to;
    } else if (member.error === 'too-large' || to >= bytes.length) return member;
    else falseHeads++;
  }
  return from < bytes.length ? err('damaged') : ok(join(members, total));
}

/** Where the next member may begin: magic, deflate, and no reserved flag; the end where there is none. */
function nextHead(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0x1f, from); at >= 0; at = bytes.indexOf(0x1f, at + 1)) {
    if (bytes[at + 1] === 0x8b && bytes[at + 2] === 8 && (bytes[at + 3] ?? 0xff) < 0x20) return at;
  }
  return bytes.length;
}

async function gunzipAtOnce(bytes: Uint8Array, maxBytes: number): Promise<Result<Uint8Array, DecompressFailure>> {
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
