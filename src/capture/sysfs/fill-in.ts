/** Facts that a tree tells in a second place: used where the first place does not tell. */
import type { Bdf } from '../../uapi/index.ts';
import { ABSENT, type Fact, factValue, known } from '../fact.ts';
import type { CapturedFunction, CapturedIommuGroup } from '../machine-capture.ts';
import type { FunctionPath } from './device-paths.ts';
import { baseName, type FileTree } from './file-tree.ts';
import { parseName } from './names.ts';

/** Physical functions from `virtfnN` links, groups from the group folders. */
export function fillIn(
  tree: FileTree,
  functions: readonly CapturedFunction[],
  paths: readonly FunctionPath[],
  groups: Fact<readonly CapturedIommuGroup[]>,
): readonly CapturedFunction[] {
  const lacksPhysfn = functions.some((fn) => fn.physfn.state === 'unreadable');
  const lacksGroup = functions.some((fn) => fn.iommuGroup.state === 'unreadable');
  if (!lacksPhysfn && !lacksGroup) return functions;
  const physfns = lacksPhysfn ? physfnsByVirtfn(tree, paths) : new Map<Bdf, Bdf>();
  const groupOf = new Map((factValue(groups) ?? []).flatMap((group) => group.devices.map((bdf) => [bdf, group.id])));
  return functions.map((fn) => ({
    ...fn,
    physfn: orElse(fn.physfn, physfns.get(fn.bdf)),
    iommuGroup: orElse(fn.iommuGroup, groupOf.get(fn.bdf)),
  }));
}

function orElse<T>(fact: Fact<T>, other: T | undefined): Fact<T> {
  return fact.state === 'unreadable' && other !== undefined ? known(other) : fact;
}

/** The `virtfnN` links of every function, which point to its virtual functions. */
function physfnsByVirtfn(tree: FileTree, paths: readonly FunctionPath[]): Map<Bdf, Bdf> {
  const physfns = new Map<Bdf, Bdf>();
  for (const { bdf, directory } of paths) {
    const files = directory === undefined ? ABSENT : tree.directory(directory);
    if (files.state !== 'known') continue;
    for (const name of files.value.names) {
      if (!/^virtfn[0-9]+$/.test(name)) continue;
      const target = files.value.readLink(name);
      const virtual = target.state === 'known' ? parseName(baseName(target.value)) : undefined;
      if (virtual !== undefined) physfns.set(virtual, bdf);
    }
  }
  return physfns;
}
