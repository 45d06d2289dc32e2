/** Names of functions in `/sys/class`: the links there, and where those are missing the folders of the functions. */
import { gather, rawText } from '../../base/index.ts';
import type { Bdf } from '../../uapi/index.ts';
import { factValue } from '../fact.ts';
import type { CapturedFunction, SystemName, SystemNameKind } from '../machine-capture.ts';
import type { FunctionPath } from './device-paths.ts';
import { type FileTree, namesIn } from './file-tree.ts';
import { parseName } from './names.ts';

/** The classes, by their folder in `/sys/class` and in directories of functions. */
export const NAMED_CLASSES: Readonly<Record<string, SystemNameKind>> = {
  net: 'netdev',
  infiniband: 'rdma',
  nvme: 'nvme',
  drm: 'drm',
  accel: 'accel',
};

/** Outputs of graphics cards (`card0-DP-1`) stand beside the cards. */
const DRM_DEVICE = /^(?:card|renderD)\d+$/;
const LONGEST_NAME = 64;
const MOST_NAMES = 64;

/** The functions with their names. */
export function withSystemNames(
  tree: FileTree,
  functions: readonly CapturedFunction[],
  paths: readonly FunctionPath[],
): readonly CapturedFunction[] {
  const names = namesOfLinks(tree);
  if (names.size === 0) namesOfFolders(tree, paths, names);
  if (names.size === 0) return functions;
  return functions.map((fn) => {
    const own = names.get(fn.bdf);
    return own === undefined ? fn : { ...fn, systemNames: [...own, ...(fn.systemNames ?? [])].slice(0, MOST_NAMES) };
  });
}

/** `/sys/class/net/eth0 -> ../../devices/pci0000:00/0000:00:04.0/virtio1/net/eth0`. */
function namesOfLinks(tree: FileTree): Map<Bdf, SystemName[]> {
  const names = new Map<Bdf, SystemName[]>();
  for (const [folder, kind] of Object.entries(NAMED_CLASSES)) {
    const links = factValue(tree.directory(`sys/class/${folder}`));
    for (const name of links?.names.toSorted(byNumber) ?? []) {
      const target = factValue(links?.readLink(name) ?? { state: 'absent' });
      const bdf = target === undefined ? undefined : lastAddress(target);
      if (bdf !== undefined && isName(kind, name)) gather(names, bdf, { kind, name: rawText(name) });
    }
  }
  return names;
}

/** `…/0000:01:00.0/net/eth0`, a folder. */
function namesOfFolders(tree: FileTree, paths: readonly FunctionPath[], names: Map<Bdf, SystemName[]>): void {
  for (const { bdf, directory } of paths) {
    const folders = directory === undefined ? [] : namesIn(tree, directory).filter((name) => name in NAMED_CLASSES);
    for (const folder of folders) {
      const kind = NAMED_CLASSES[folder] as SystemNameKind;
      for (const name of namesIn(tree, `${directory}/${folder}`).toSorted(byNumber))
        if (isName(kind, name)) gather(names, bdf, { kind, name: rawText(name) });
    }
  }
}

/** The function nearest to the end of a path. */
function lastAddress(path: string): Bdf | undefined {
  const parts = path.split('/');
  for (let at = parts.length - 1; at >= 0; at--) {
    const bdf = parseName(parts[at] as string);
    if (bdf !== undefined) return bdf;
  }
  return undefined;
}

function isName(kind: SystemNameKind, name: string): boolean {
  return name.length <= LONGEST_NAME && (kind !== 'drm' || DRM_DEVICE.test(name));
}

/** `mlx5_2` before `mlx5_10`. */
function byNumber(a: string, b: string): number {
  const number = (name: string) => Number(/\d+$/.exec(name)?.[0] ?? -1);
  const stem = (name: string) => name.replace(/\d+$/, '');
  const [first, second] = [stem(a), stem(b)];
  if (first !== second) return first < second ? -1 : 1;
  return number(a) - number(b);
}
