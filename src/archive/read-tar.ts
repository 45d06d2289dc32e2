/** Reads a tar archive into a tree in memory. No link is followed. */
import { err, ok, type Result } from '../base/index.ts';
import { type ArchiveContent, ArchiveTree } from './archive-tree.ts';
import { scanTar, type TarFailure } from './scan-tar.ts';
import { BLOCK, headerSize, isTarHeader, wordsOf } from './tar-header.ts';

/** Is there a header at the start? */
export function looksLikeTar(bytes: Uint8Array): boolean {
  if (bytes.length < BLOCK || bytes[0] === 0 || headerSize(bytes, 0) === undefined) return false;
  return isTarHeader(bytes, wordsOf(bytes.subarray(0, BLOCK)), 0);
}

/** Reads all members. */
export function readTar(bytes: Uint8Array): Result<ArchiveContent, TarFailure> {
  const tree = new ArchiveTree(bytes);
  const scanned = scanTar(bytes, (member) => tree.add(member));
  if (!scanned.ok) return scanned;
  return tree.isFull ? err('too-many') : ok(tree.finish());
}
