/** What the files of a folder or an archive tell: a tree of `/sys`, an sos report, or any texts. */
import type { CapturePart } from '../capture-part.ts';
import { readText } from '../passage/index.ts';
import {
  type FileTree,
  findMachineRoot,
  findRoot,
  type Gunzip,
  isCaptureTree,
  namesIn,
  sysfsPart,
  systemFilesPart,
} from '../sysfs/index.ts';
import { textFiles } from './text-files.ts';

/** Where a folder comes from. */
export interface FolderSource {
  /** How people call it. */
  readonly name: string;
  /** Unpacks `/proc/config.gz` and texts that are compressed each on its own. */
  readonly gunzip?: Gunzip | undefined;
}

/**
 * The parts of all files. A capture is its tree alone; where there is more than a tree (sos reports, must-gather,
 * folders in which people collect what they are asked for), every text file counts as well. Empty where nothing tells
 * anything of a machine.
 */
export function folderParts(tree: FileTree, { name, gunzip }: FolderSource): readonly CapturePart[] {
  const root = findMachineRoot(tree);
  const parts: CapturePart[] = [];
  if (root !== undefined) {
    const part = sysfsPart(root, gunzip === undefined ? { name } : { name, gunzip });
    if (isCaptureTree(root) || (part.functions ?? []).length > 0) parts.push(part);
    if (isCaptureTree(root)) return parts;
  }
  const system = findRoot(tree, (at) => namesIn(at, 'proc').length > 0);
  if (system !== undefined && parts.length === 0) parts.push(systemFilesPart(system, name));
  for (const { path, bytes } of textFiles(tree, gunzip)) parts.push(...readText(bytes, `${name}: ${path}`).parts);
  return parts;
}
