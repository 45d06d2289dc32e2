/** The bytes of a file or of standard input, whole but bounded. */
import { createReadStream, readFileSync, type Stats } from 'node:fs';
import { type InputError, inputError, MAX_UNPACKED_BYTES } from '../archive/index.ts';
import { err, ok, type Result } from '../base/index.ts';
import { errorCode } from './node-tree.ts';

/** A stream of bytes, as Node's are. */
type Bytes = AsyncIterable<Uint8Array>;

/** Reads a file or a pipe. */
export async function readFileBytes(path: string, stats: Stats): Promise<Result<Uint8Array, InputError>> {
  if (!stats.isFile() || stats.size > MAX_UNPACKED_BYTES) return collect(createReadStream(path) as Bytes, path);
  try {
    return ok(plain(readFileSync(path)));
  } catch (error) {
    return err(inputError('not-readable', path, `cannot be read (${errorCode(error)})`));
  }
}

/** Reads standard input to its end. */
export async function readStdin(name: string): Promise<Result<Uint8Array, InputError>> {
  if (process.stdin.isTTY) {
    return err(inputError('not-readable', name, 'is a terminal; pipe a capture or the output of lspci into it'));
  }
  return collect(process.stdin as Bytes, name);
}

async function collect(stream: Bytes, name: string): Promise<Result<Uint8Array, InputError>> {
  const parts: Uint8Array[] = [];
  let total = 0;
  try {
    for await (const part of stream) {
      parts.push(part);
      total += part.length;
      if (total > MAX_UNPACKED_BYTES) return err(inputError('too-large', name, 'is larger than 1 GiB; no capture is'));
    }
  } catch (error) {
    return err(inputError('not-readable', name, `cannot be read (${errorCode(error)})`));
  }
  const [only] = parts;
  return ok(plain(parts.length === 1 && only !== undefined ? only : Buffer.concat(parts, total)));
}

/** The same memory without Buffer's own methods: cutting pieces out of a Buffer is several times slower. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
