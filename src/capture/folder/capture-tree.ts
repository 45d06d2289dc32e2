/** A tree that was made to be a capture: it is read whole, and nothing of it is text. */
import type { CapturePart } from '../capture-part.ts';
import { type FileTree, findMachineRoot, isCaptureTree, sysfsPart } from '../sysfs/index.ts';
import type { FolderSource } from './folder-source.ts';

/** What a capture tells; undefined for every other tree, of which texts may tell something, too. */
export function captureTreePart(tree: FileTree, source: FolderSource): CapturePart | undefined {
  const root = findMachineRoot(tree);
  return root !== undefined && isCaptureTree(root) ? sysfsPart(root, treeSource(source)) : undefined;
}

/** Without a key for what is not given: a reader of `/sys` asks whether it is there. */
export function treeSource({ name, gunzip }: FolderSource): Parameters<typeof sysfsPart>[1] {
  return gunzip === undefined ? { name } : { name, gunzip };
}
