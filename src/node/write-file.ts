/** Writes files that appear whole under their names or not at all, and nothing over what is no file of ours. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  writeSync,
} from 'node:fs';
import { type InputError, inputError } from '../archive/index.ts';
import { err, ok, type Result } from '../base/index.ts';
import { errorCode } from './node-tree.ts';

/** How a file is written. */
export interface WriteOptions {
  /** Replaces a regular file that is there. Devices, FIFOs, links and folders are never replaced. */
  readonly force?: boolean;
}

/** Writes `bytes` to a new file, readable by its owner only. Signals that end the process leave nothing beside it. */
export function writeWhole(path: string, bytes: Uint8Array, options: WriteOptions = {}): Result<void, InputError> {
  const refused = refusal(path, options);
  if (refused !== undefined) return err(inputError('not-writable', path, refused));
  const part = `${path}.${randomBytes(4).toString('hex')}.part`;
  const signals = holdSignals();
  try {
    writeDurably(part, bytes);
    if (options.force === true) renameSync(part, path);
    else renameToNew(part, path);
    return ok(undefined);
  } catch (error) {
    removeAny(part);
    const code = errorCode(error);
    const text = code === 'EEXIST' ? EXISTS : `cannot be written (${code})`;
    return err(inputError('not-writable', path, text));
  } finally {
    signals.release();
  }
}

/** Removes what may not be there, or stand in no folder. */
function removeAny(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Then there is nothing to remove.
  }
}

const EXISTS = 'exists already; give another name, or --force to replace it';

/** Why nothing is written there; undefined where nothing speaks against it. */
function refusal(path: string, { force }: WriteOptions): string | undefined {
  let there: Stats;
  try {
    there = lstatSync(path);
  } catch {
    // Not there, or in a folder that cannot be looked into: writing will tell.
    return undefined;
  }
  if (!there.isFile())
    return `is ${kindOf(there)}, which is not replaced; give the name of a new file, or - for standard output`;
  if (force === true) return undefined;
  return isCompressed(path) ? `${EXISTS}. To read it: peerpath matrix ${path}` : EXISTS;
}

function kindOf(there: Stats): string {
  if (there.isDirectory()) return 'a folder';
  if (there.isSymbolicLink()) return 'a link';
  if (there.isFIFO()) return 'a FIFO';
  return there.isSocket() ? 'a socket' : 'a device';
}

/** Does it begin as a capture does: compressed by gzip? */
function isCompressed(path: string): boolean {
  try {
    const fd = openSync(path, 'r');
    try {
      const start = new Uint8Array(2);
      return readSync(fd, start) === 2 && start[0] === 0x1f && start[1] === 0x8b;
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
}

/** Takes over the name only where it is still free, also if another process wants it now. */
function renameToNew(part: string, path: string): void {
  try {
    linkSync(part, path);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') throw error;
    // A file system without hard links.
    renameSync(part, path);
    return;
  }
  rmSync(part);
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Keeps signals from ending the process between two lines of synchronous code. What came meanwhile is sent again after
 * the release, and then does what it does.
 */
function holdSignals(): { readonly release: () => void } {
  const again = (signal: NodeJS.Signals): void => {
    stop();
    process.kill(process.pid, signal);
  };
  const stop = (): void => {
    for (const signal of SIGNALS) process.off(signal, again);
  };
  for (const signal of SIGNALS) process.on(signal, again);
  // Signals are handed over between two turns of the event loop.
  return { release: () => void setTimeout(stop, 0) };
}

function writeDurably(path: string, bytes: Uint8Array): void {
  const fd = openSync(path, 'wx', 0o600);
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
