/**
 * The files of a machine, as `/sys` and `/proc` show them: live, unpacked in a folder, or in an archive in memory.
 *
 * Paths are relative to the root, without a leading slash: `sys/bus/pci/devices`. No link is followed, in any part of
 * a path: the reader resolves links itself (`resolveLink`), so nothing outside the tree is ever reached.
 */
import { type Fact, type UnreadableFact, unreadable } from '../fact.ts';

/** Larger files are not read, unless the caller asks for more: no file of `/sys` or `/proc` that matters is, and text must fit into a string. */
export const MAX_FILE_BYTES: number = 16 * 2 ** 20;

/** What stands in the place of a file that is a link. */
export const LINK_NOT_FOLLOWED: UnreadableFact = unreadable('a link stands in its place; links are not followed');

/** What is said of a larger file. @param maxBytes whole MiB */
export function tooLarge(maxBytes: number): UnreadableFact {
  return unreadable(`it is larger than ${maxBytes / 2 ** 20} MiB`);
}

/** A tree of files that can be read now, without waiting. Never throws. */
export interface FileTree {
  /** The directory at `path`, the root for an empty one; absent when there is none. */
  directory(path: string): Fact<Directory>;
}

/** A directory that was there when it was opened. Never throws. */
export interface Directory {
  /** What is in it, in any order. */
  readonly names: readonly string[];
  /**
   * The bytes of a regular file; absent when there is none; unreadable with the reason (`EACCES`).
   * @param maxBytes larger ones are unreadable; default {@link MAX_FILE_BYTES}
   */
  readFile(name: string, maxBytes?: number): Fact<Uint8Array>;
  /** The same as text; what is not UTF-8 becomes U+FFFD. */
  readText(name: string): Fact<string>;
  /** Where a symbolic link points, as it is written; absent when nothing is there; unreadable when it is no link. */
  readLink(name: string): Fact<string>;
}

/** A file by its path. */
export function readFileAt(tree: FileTree, path: string): Fact<Uint8Array> {
  const directory = tree.directory(directoryName(path));
  return directory.state === 'known' ? directory.value.readFile(baseName(path)) : directory;
}

/** The text of a file by its path. */
export function readTextAt(tree: FileTree, path: string): Fact<string> {
  const directory = tree.directory(directoryName(path));
  return directory.state === 'known' ? directory.value.readText(baseName(path)) : directory;
}

/** The names in a directory; none where there is no directory. */
export function namesIn(tree: FileTree, path: string): readonly string[] {
  const directory = tree.directory(path);
  return directory.state === 'known' ? directory.value.names : [];
}

/**
 * Resolves what a link says to a path in the tree, by text alone. Absolute targets count from the root of the tree.
 * @param directory where the link stands, for example `sys/bus/pci/devices`
 * @returns undefined when it leaves the tree
 */
export function resolveLink(directory: string, target: string): string | undefined {
  const parts = target.startsWith('/') ? [] : directory.split('/').filter((part) => part !== '');
  for (const part of target.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join('/');
}

/** The last part of a path; slashes at its end do not count. */
export function baseName(path: string): string {
  let end = path.length;
  while (end > 0 && path[end - 1] === '/') end--;
  return path.slice(path.lastIndexOf('/', end - 1) + 1, end);
}

/** The path without its last part; empty for a name alone. */
export function directoryName(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
