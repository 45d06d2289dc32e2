/** Finds the PCI functions and root buses of a tree, and reads off their paths who stands where. */
import { type Bdf, formatBdf, makeBdf } from '../../uapi/index.ts';
import { ABSENT, type Fact, known, unreadable } from '../fact.ts';
import { type Coverage, quote, type Report } from './coverage.ts';
import { baseName, type Directory, directoryName, type FileTree, namesIn, resolveLink } from './file-tree.ts';
import { parseName, parseRootBus } from './names.ts';
import { walkDevices } from './walk-devices.ts';

/** `/sys/bus/pci/devices`: a link for every function. */
export const PCI_DEVICES = 'sys/bus/pci/devices';

/** Twice what one domain can have; machines with several have far fewer in each. */
const MAX_FUNCTIONS = 0x20000;

/** Where a function and its files are. */
export interface FunctionPath {
  readonly bdf: Bdf;
  /** Its directory; undefined when the tree does not tell. */
  readonly directory: string | undefined;
  readonly parent: Fact<Bdf>;
  readonly rootBus: Fact<{ readonly domain: number; readonly bus: number }>;
}

/** A `pciDDDD:BB` directory. */
export interface RootBusPath {
  readonly domain: number;
  readonly bus: number;
  readonly directory: string;
}

/** All functions and root buses, ascending. */
export interface DevicePaths {
  readonly functions: readonly FunctionPath[];
  readonly rootBuses: readonly RootBusPath[];
}

/** Lists `/sys/bus/pci/devices` and, in trees that are no running machine, walks `/sys/devices` for what it lacks. */
export function findDevices(tree: FileTree, coverage: Coverage, report: Report): DevicePaths {
  const directories = linkedFunctions(tree, report);
  const rootDirectories = new Set<string>();
  if (coverage.kind === 'sysfs' && directories.size > 0) {
    for (const name of namesIn(tree, 'sys/devices')) {
      if (parseRootBus(name) !== undefined) rootDirectories.add(`sys/devices/${name}`);
    }
  } else {
    const walked = walkDevices(tree);
    for (const directory of walked.rootBuses) rootDirectories.add(directory);
    for (const [bdf, directory] of walked.functions) {
      if (directories.get(bdf)?.startsWith('sys/devices/') !== true) directories.set(bdf, directory);
    }
  }
  const found = [...directories.keys()].sort((a, b) => a - b);
  if (found.length > MAX_FUNCTIONS) {
    const text = `there are ${found.length} functions, more than any machine has; the first ${MAX_FUNCTIONS} are read`;
    report('damaged', 'functions-too-many', `/${PCI_DEVICES}`, text);
  }
  const functions = found.slice(0, MAX_FUNCTIONS).map((bdf): FunctionPath => {
    const directory = directories.get(bdf);
    const root = directory === undefined ? undefined : rootDirectoryOf(directory);
    if (root !== undefined) rootDirectories.add(root);
    return { bdf, directory, parent: parentOf(bdf, directories, report), rootBus: rootBusOf(root) };
  });
  return { functions, rootBuses: sortRootBuses(rootDirectories, report) };
}

/** Directory by function, as the links say; undefined where a link leads nowhere sensible. */
function linkedFunctions(tree: FileTree, report: Report): Map<Bdf, string | undefined> {
  const directories = new Map<Bdf, string | undefined>();
  const links = tree.directory(PCI_DEVICES);
  if (links.state === 'unreadable') report('damaged', 'functions-unreadable', `/${PCI_DEVICES}`, links.why);
  if (links.state !== 'known') return directories;
  for (const name of links.value.names) {
    const bdf = parseName(name);
    if (bdf === undefined) {
      report(
        'notice',
        'function-name-odd',
        `/${PCI_DEVICES}`,
        `${quote(name)} is not the address of a function; ignored`,
      );
      continue;
    }
    directories.set(bdf, linkedDirectory(tree, links.value, name, report));
  }
  return directories;
}

function linkedDirectory(tree: FileTree, links: Directory, name: string, report: Report): string | undefined {
  const target = links.readLink(name);
  // Some copies hold the directory itself in place of the link: then its place in the tree is not known.
  const copy = `${PCI_DEVICES}/${name}`;
  if (target.state !== 'known') return tree.directory(copy).state === 'known' ? copy : undefined;
  const directory = resolveLink(PCI_DEVICES, target.value);
  if (directory?.startsWith('sys/devices/') === true && baseName(directory) === name) return directory;
  report('damaged', 'function-link-odd', name, `its link points to ${quote(target.value)}, which is not its directory`);
  return undefined;
}

/** `…/pciDDDD:BB` nearest above a directory. A VMD domain's lies below the directory of the VMD endpoint. */
function rootDirectoryOf(directory: string): string | undefined {
  let above = directoryName(directory);
  while (above !== '') {
    if (parseRootBus(baseName(above)) !== undefined) return above;
    above = directoryName(above);
  }
  return undefined;
}

const NO_PATH = unreadable('the path of its directory is not in this input');

function rootBusOf(rootDirectory: string | undefined): FunctionPath['rootBus'] {
  const root = rootDirectory === undefined ? undefined : parseRootBus(baseName(rootDirectory));
  return root === undefined ? NO_PATH : known(root);
}

/** The function whose directory holds this one; absent directly in a root bus directory. */
function parentOf(bdf: Bdf, directories: ReadonlyMap<Bdf, string | undefined>, report: Report): Fact<Bdf> {
  const directory = directories.get(bdf);
  if (directory === undefined) return NO_PATH;
  const above = directoryName(directory);
  if (parseRootBus(baseName(above)) !== undefined) return ABSENT;
  const parent = parseName(baseName(above));
  if (parent === undefined) return NO_PATH;
  // A parent that claims another place could close a circle.
  if (!directories.has(parent) || directories.get(parent) === above) return known(parent);
  const text = `it lies in the directory of ${formatBdf(parent)}, which is said to be elsewhere`;
  report('damaged', 'parent-elsewhere', formatBdf(bdf), text);
  return unreadable('its path and that of the bridge above do not fit together');
}

function sortRootBuses(directories: ReadonlySet<string>, report: Report): RootBusPath[] {
  const byAddress = new Map<Bdf, RootBusPath>();
  for (const directory of [...directories].sort()) {
    const root = parseRootBus(baseName(directory));
    if (root === undefined) continue;
    const key = makeBdf(root.domain, root.bus, 0);
    if (byAddress.has(key)) report('damaged', 'root-bus-twice', `/${directory}`, 'this root bus is in two places');
    else byAddress.set(key, { ...root, directory });
  }
  const order = (root: RootBusPath) => makeBdf(root.domain, root.bus, 0);
  return [...byAddress.values()].sort((a, b) => order(a) - order(b));
}
