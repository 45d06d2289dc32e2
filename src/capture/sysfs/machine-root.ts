/** Where in a tree the machine is. */
import { PCI_DEVICES } from './device-paths.ts';
import { type FileTree, namesIn, readFileAt } from './file-tree.ts';

/**
 * The tree itself, or the tree below its only directory, as `hwloc-gather-topology` packs it. Undefined when neither
 * holds files of a machine.
 */
export function findMachineRoot(tree: FileTree): FileTree | undefined {
  return findRoot(tree, holdsMachine);
}

/** The tree itself, or the tree below its only directory, whichever has what is looked for. */
export function findRoot(tree: FileTree, holds: (tree: FileTree) => boolean): FileTree | undefined {
  if (holds(tree)) return tree;
  const below = namesIn(tree, '').filter((name) => tree.directory(name).state === 'known');
  const [only] = below;
  if (only === undefined || below.length > 1) return undefined;
  const inner = subTree(tree, only);
  return holds(inner) ? inner : undefined;
}

/** Was the tree made to be a capture, by the capture script or by hwloc? Then it holds nothing else. */
export function isCaptureTree(tree: FileTree): boolean {
  const has = (path: string): boolean => readFileAt(tree, path).state !== 'absent';
  if (has('capture.log') || has('proc/hwloc-nofile-info')) return true;
  return namesIn(tree, '').every((name) => ['sys', 'proc', 'boot', 'lib', 'usr'].includes(name));
}

function holdsMachine(tree: FileTree): boolean {
  if (readFileAt(tree, 'capture.log').state !== 'absent') return true;
  return [PCI_DEVICES, 'sys/devices'].some((path) => tree.directory(path).state === 'known');
}

/** A tree whose root is a directory of another. */
function subTree(tree: FileTree, directory: string): FileTree {
  return { directory: (path) => tree.directory(path === '' ? directory : `${directory}/${path}`) };
}
