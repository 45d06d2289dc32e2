/** What the files of a folder or an archive tell: a tree of `/sys`, an sos report, or any texts. */
import type { CapturePart, TextCount } from '../capture-part.ts';
import type { Finding } from '../finding.ts';
import { readText } from '../passage/index.ts';
import { type FileTree, findMachineRoot, findRoot, namesIn, sysfsPart, systemFilesPart } from '../sysfs/index.ts';
import { captureTreePart, treeSource } from './capture-tree.ts';
import type { FolderSource } from './folder-source.ts';
import { TextFiles } from './text-files.ts';

/** What a folder tells. */
export interface FolderContent {
  /** Empty where nothing tells anything of a machine. */
  readonly parts: readonly CapturePart[];
  /** All texts, those that tell nothing too. */
  readonly texts: readonly TextCount[];
  /** Files that were not read. */
  readonly findings: readonly Finding[];
}

/**
 * Reads all files. A capture is its tree alone; where there is more than a tree (sos reports, must-gather, folders in
 * which people collect what they are asked for), every text file counts as well.
 */
export function folderParts(tree: FileTree, source: FolderSource): FolderContent {
  const capture = captureTreePart(tree, source);
  if (capture !== undefined) return { parts: [capture], texts: [], findings: [] };
  const { name, gunzip } = source;
  const root = findMachineRoot(tree);
  const parts: CapturePart[] = [];
  if (root !== undefined) {
    const part = sysfsPart(root, treeSource(source));
    if ((part.functions ?? []).length > 0) parts.push(part);
  }
  const system = findRoot(tree, (at) => namesIn(at, 'proc').length > 0);
  if (system !== undefined && parts.length === 0) parts.push(systemFilesPart(system, name));
  const files = new TextFiles(tree, gunzip);
  const texts: TextCount[] = [];
  for (const { path, bytes } of files) {
    const read = readText(bytes, `${name}: ${path}`);
    parts.push(...read.parts);
    texts.push(read.text);
  }
  return { parts, texts, findings: files.findings() };
}
