/** The machine that a web page is served of: its bytes as the page reads them, and a mark that changes when it does. */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { type InputError, inputError } from '../archive/index.ts';
import { err, ok, type Result } from '../base/index.ts';
import { captureMachine } from './capture.ts';
import { errorCode } from './node-tree.ts';
import { readFileBytes, readStdin } from './read-bytes.ts';
import { readMachine } from './read-machine.ts';

/** What a page is served of. */
export interface ServedSource {
  readonly name: string;
  /** Anything the page's readers know. Read anew at each call. */
  readonly bytes: () => Promise<Result<Uint8Array, InputError>>;
  /** Differs when the machine has changed; '' while it cannot be read. */
  readonly mark: () => Promise<string>;
  /** How often it is worth looking, milliseconds. */
  readonly interval: number;
}

/**
 * Makes a source ready to be served.
 * @param source as `readMachine` takes it
 */
export async function servedSource(
  source: string | undefined,
  options: { readonly sysroot?: string },
): Promise<Result<ServedSource, InputError>> {
  if (source === '-') {
    const bytes = await readStdin('standard input');
    if (!bytes.ok) return bytes;
    return ok({ name: 'standard input', bytes: async () => bytes, mark: async () => '-', interval: 3_600_000 });
  }
  const read = await readMachine(source, options);
  if (!read.ok) return read;
  const folder = source === undefined ? options.sysroot : statSync(source).isDirectory() ? source : undefined;
  if (source === undefined || folder !== undefined) return ok(machineSource(source, folder));
  return ok({
    name: source,
    bytes: () => readAgain(source),
    mark: async () => fileMark(source),
    interval: 1000,
  });
}

/** This machine, or one in a folder: captured for each request. */
function machineSource(source: string | undefined, sysroot: string | undefined): ServedSource {
  const options = sysroot === undefined ? {} : { sysroot };
  return {
    name: sysroot ?? 'this machine',
    bytes: async () => {
      const captured = captureMachine(options);
      return captured.ok ? ok(captured.value.bytes) : captured;
    },
    mark: async () => {
      const read = await readMachine(source, source === undefined ? options : {});
      if (!read.ok) return '';
      return createHash('sha256').update(JSON.stringify(read.value, plain)).digest('hex');
    },
    interval: 4000,
  };
}

/** What JSON has no form for. */
function plain(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString(16);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  return value instanceof Map ? [...value] : value;
}

/** The file may be gone by now. */
async function readAgain(path: string): Promise<Result<Uint8Array, InputError>> {
  try {
    return await readFileBytes(path, statSync(path));
  } catch (error) {
    return err(inputError('not-readable', path, `cannot be read (${errorCode(error)})`));
  }
}

function fileMark(path: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(path);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return '';
  }
}
