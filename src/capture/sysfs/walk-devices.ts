/** Walks `/sys/devices` for root buses and functions, where the links that name them are missing. */
import type { Bdf } from '../../uapi/index.ts';
import { type FileTree, namesIn } from './file-tree.ts';
import { parseName, parseRootBus } from './names.ts';

/** Directories of what the walk met. */
export interface WalkedDevices {
  readonly rootBuses: ReadonlySet<string>;
  /** The first by name, should a function have two. */
  readonly functions: ReadonlyMap<Bdf, string>;
}

/** Root buses lie this many directories below `/sys/devices` at most (a Hyper-V one lies at 5). */
const MAX_DEPTH_ABOVE_PCI = 8;
/** Large, and never above a root bus. */
const SKIPPED: ReadonlySet<string> = new Set(['sys/devices/system', 'sys/devices/virtual']);

/** One of these is in every directory of a function that was captured. */
const FUNCTION_FILES: ReadonlySet<string> = new Set(['config', 'vendor', 'class']);

interface Step {
  readonly directory: string;
  /** Directories still allowed on the way to a root bus; undefined below one. */
  readonly left: number | undefined;
}

/** Follows no link, so it ends: a tree without links has no circles. */
export function walkDevices(tree: FileTree): WalkedDevices {
  const rootBuses = new Set<string>();
  const functions = new Map<Bdf, string>();
  const pending: Step[] = [{ directory: 'sys/devices', left: MAX_DEPTH_ABOVE_PCI }];
  for (let step = pending.pop(); step !== undefined; step = pending.pop()) {
    for (const name of namesIn(tree, step.directory)) {
      const directory = `${step.directory}/${name}`;
      const isRoot = parseRootBus(name) !== undefined;
      if (step.left !== undefined && !isRoot) {
        if (step.left > 0 && !SKIPPED.has(directory)) pending.push({ directory, left: step.left - 1 });
        continue;
      }
      const bdf = isRoot ? undefined : parseName(name);
      const opened = tree.directory(directory);
      if ((!isRoot && bdf === undefined) || opened.state !== 'known') continue;
      if (isRoot) rootBuses.add(directory);
      const before = bdf === undefined ? undefined : functions.get(bdf);
      const isNew = bdf !== undefined && (before === undefined || directory < before);
      // A capture may hold the directory of a function for the sake of what lies in it, an IOMMU say.
      if (isNew && opened.value.names.some((file) => FUNCTION_FILES.has(file))) functions.set(bdf, directory);
      pending.push({ directory, left: undefined });
    }
  }
  return { rootBuses, functions };
}
