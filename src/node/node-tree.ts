/** A tree of files on disk: the running machine's, or an unpacked one that must not lead out of its folder. */
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { decodeUtf8 } from '../base/index.ts';
import {
  ABSENT,
  type Directory,
  type Fact,
  type FileTree,
  known,
  LINK_NOT_FOLLOWED,
  MAX_FILE_BYTES,
  tooLarge,
  unreadable,
} from '../capture/index.ts';

/** How a tree on disk is read. */
export interface DiskTreeOptions {
  /**
   * False for folders from others: neither a directory on the way nor a file may be a link then, so nothing outside the
   * folder is read.
   */
  readonly followLinks: boolean;
}

/** @param root absolute path of the folder that holds `sys` and `proc`; links in it itself are followed */
export function diskTree(root: string, options: DiskTreeOptions): FileTree {
  const prefix = root.endsWith('/') ? root : `${root}/`;
  const real = new Map<string, boolean>([['', true]]);
  /** Is every part of the path a directory, none a link? */
  const isReal = (path: string): boolean => {
    const before = real.get(path);
    if (before !== undefined) return before;
    const slash = path.lastIndexOf('/');
    const isDirectory = isReal(slash < 0 ? '' : path.slice(0, slash)) && isRealDirectory(prefix + path);
    real.set(path, isDirectory);
    return isDirectory;
  };
  return {
    directory: (path) => {
      if (path.split('/').includes('..') || (!options.followLinks && !isReal(path))) return ABSENT;
      return openDirectory(prefix + path, options);
    },
  };
}

/** A folder that may not be searched shows nothing below it. */
function isRealDirectory(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false;
  }
}

function openDirectory(path: string, options: DiskTreeOptions): Fact<Directory> {
  let names: string[];
  try {
    names = readdirSync(path);
  } catch (error) {
    return failure(error);
  }
  const there = new Set(names);
  const file = (name: string, maxBytes: number = MAX_FILE_BYTES): Fact<Uint8Array> =>
    there.has(name) ? readRegularFile(`${path}/${name}`, options, maxBytes) : ABSENT;
  return known({
    names,
    readFile: file,
    readText: (name) => {
      const bytes = file(name);
      return bytes.state === 'known' ? known(decodeUtf8(bytes.value)) : bytes;
    },
    readLink: (name) => (there.has(name) ? readSymbolicLink(`${path}/${name}`) : ABSENT),
  });
}

function readSymbolicLink(path: string): Fact<string> {
  try {
    return known(readlinkSync(path));
  } catch (error) {
    return errorCode(error) === 'EINVAL' ? unreadable('it is not a link') : failure(error);
  }
}

/** Sizes of files in `/sys` and `/proc` are wrong, so it reads until nothing comes. */
function readRegularFile(path: string, options: DiskTreeOptions, maxBytes: number): Fact<Uint8Array> {
  // Not blocking: a pipe in an unpacked folder would wait for ever.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | (options.followLinks ? 0 : constants.O_NOFOLLOW);
  let fd: number | undefined;
  try {
    fd = openSync(path, flags);
    const stats = fstatSync(fd);
    if (stats.isDirectory()) return ABSENT;
    if (!stats.isFile()) return unreadable('it is not a file');
    return readAll(fd, maxBytes);
  } catch (error) {
    if (errorCode(error) === 'ELOOP') return LINK_NOT_FOLLOWED;
    return failure(error);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Shared by all reads; what was read is copied out of it. */
const chunk = new Uint8Array(0x10000);

function readAll(fd: number, maxBytes: number): Fact<Uint8Array> {
  const first = readSync(fd, chunk);
  // A shorter answer than asked for is all of a sysfs file, but not of one in /proc.
  if (first === 0) return known(new Uint8Array(0));
  const parts = [chunk.slice(0, first)];
  let total = first;
  for (let more = readSync(fd, chunk); more > 0; more = readSync(fd, chunk)) {
    parts.push(chunk.slice(0, more));
    total += more;
    if (total > maxBytes) return tooLarge(maxBytes);
  }
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return known(only);
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return known(bytes);
}

function failure(error: unknown): Fact<never> {
  const code = errorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return ABSENT;
  return unreadable(`it could not be read (${code})`);
}

/** The name of a system error, `EACCES`. */
export function errorCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : String(error);
}
