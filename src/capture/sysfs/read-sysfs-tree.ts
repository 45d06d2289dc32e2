/** Reads a machine from its files: `/sys` and `/proc`, live or captured. */
import { assert } from '../../base/index.ts';
import type { CapturePart, MachineCapture } from '../capture-part.ts';
import { ABSENT, type Fact, known, unreadable } from '../fact.ts';
import { joinParts } from '../join/index.ts';
import type { CapturedFunction, CapturedRootBus } from '../machine-capture.ts';
import { readLinkName } from './attributes.ts';
import { applyCaptureLog, readCaptureLog, reportCaptureLog } from './capture-log.ts';
import { isHeaderAlone } from './config-file.ts';
import { type Coverage, coverageOf, notThere, quote, type Report, treeKind } from './coverage.ts';
import { type DevicePaths, findDevices, type RootBusPath } from './device-paths.ts';
import { readMachineFacts } from './facts-file.ts';
import { baseName, directoryName, type FileTree } from './file-tree.ts';
import { fillIn } from './fill-in.ts';
import { FindingLimit } from './finding-limit.ts';
import { readIommuGroups, readIommus, readIvhdEfr } from './iommu-files.ts';
import { type Gunzip, readKernel } from './kernel-files.ts';
import { parseName } from './names.ts';
import { readOracle } from './oracle-files.ts';
import { readCpu, readIomem } from './proc-files.ts';
import { readFunction } from './read-function.ts';
import { withSystemNames } from './system-names.ts';

/** Where a tree comes from. */
export interface TreeSource {
  /** How people call it: a file name, "this machine". */
  readonly name: string;
  /** Set for a running machine, whose missing files are missing facts of the machine; else told from the tree. */
  readonly kind?: 'sysfs';
  /** For `/proc/config.gz`, where the platform has it. */
  readonly gunzip?: Gunzip;
}

/** The machine of a tree alone; see `sysfsPart`. */
export function readSysfsTree(files: FileTree, source: TreeSource): MachineCapture {
  const capture = joinParts([sysfsPart(files, source)]);
  assert(capture.ok, 'one part contradicts nothing');
  return capture.value;
}

/**
 * Reads everything that {@link MachineCapture} has a place for. Never throws; what is damaged is in the findings.
 * The same machine gives the same part from its archive, from the archive unpacked, and live.
 */
export function sysfsPart(files: FileTree, source: TreeSource): CapturePart {
  const findings = new FindingLimit();
  const report: Report = (severity, code, where, text) => findings.add({ code, severity, where, text });
  const kind = source.kind ?? treeKind(files);
  const log = kind === 'sysfs' ? undefined : readCaptureLog(files);
  if (log !== undefined) reportCaptureLog(log, report);
  const tree = log === undefined ? files : applyCaptureLog(files, log);
  const coverage = coverageOf(kind, log);
  const paths = findDevices(tree, coverage, report);
  const read = paths.functions.map((path) => readFunction(tree, path, coverage, report));
  const facts = kind === 'sysfs' ? undefined : readMachineFacts(tree, report);
  const listed = readIommuGroups(tree, coverage, report);
  const iommuGroups = facts?.noGroups === true && listed.state === 'unreadable' ? known([]) : listed;
  const iommus = readIommus(tree, coverage);
  const filled = fillIn(tree, read, paths.functions, iommuGroups);
  const functions = withSystemNames(tree, filled, paths.functions);
  reportWhole(functions, source.name, report);
  const answers = readOracle(tree, report);
  return {
    origin: { source: source.name, passage: 'sysfs', line: undefined },
    sourceKind: facts?.sourceKind ?? kind,
    functions,
    rootBuses: readRootBuses(tree, paths, coverage),
    kernel: readKernel(tree, coverage, source.gunzip),
    cpu: facts?.cpu === undefined ? readCpu(tree, coverage) : known(facts.cpu),
    ...(facts === undefined || facts.architecture.length === 0 ? {} : { architecture: facts.architecture }),
    iomem: readIomem(tree, coverage, report),
    iommuGroups,
    iommus,
    ivhdEfr: readIvhdEfr(tree, iommus, coverage),
    ...(answers === undefined ? {} : { answers }),
    findings: findings.all(),
  };
}

/** What concerns the functions together. */
function reportWhole(functions: readonly CapturedFunction[], name: string, report: Report): void {
  if (functions.length === 0) report('notice', 'no-pci-functions', name, 'it shows no PCI function');
  const cut = functions.filter((fn) => isHeaderAlone(fn.config.bytes.length)).length;
  if (cut > 0) {
    const text = `config space of ${cut} of ${functions.length} functions is cut: not read as root`;
    report('notice', 'not-root', name, text);
  }
}

function readRootBuses(
  tree: FileTree,
  { rootBuses }: DevicePaths,
  coverage: Coverage,
): Fact<readonly CapturedRootBus[]> {
  if (rootBuses.length === 0) return notThere('root bus directory', coverage);
  const nodes = rootBuses.map((root) => readFirmwareNode(tree, root, coverage));
  const kinds = new Set(nodes.map((node) => (node.state === 'known' ? node.value.split(':', 1)[0] : undefined)));
  return known(
    rootBuses.map((root, index) => ({
      domain: root.domain,
      bus: root.bus,
      firmwareInstance: firmwareInstance(nodes[index] ?? ABSENT, kinds.has(PCIE_HOST_BRIDGE)),
      platformNode: platformNode(root),
    })),
  );
}

/** Names of ACPI devices that are PCI Express and PCI host bridges. */
const PCIE_HOST_BRIDGE = 'PNP0A08';
const PCI_HOST_BRIDGE = 'PNP0A03';

function readFirmwareNode(tree: FileTree, root: RootBusPath, coverage: Coverage): Fact<string> {
  const files = tree.directory(root.directory);
  if (files.state !== 'known') return files;
  return readLinkName({ files: files.value, coverage, whole: coverage.devices }, 'firmware_node');
}

/** ACPI devices of one name are numbered in the order Linux finds them; numbers of two names do not compare. */
function firmwareInstance(node: Fact<string>, hasPcie: boolean): Fact<number> {
  if (node.state !== 'known') return node;
  const [, name, instance] = /^([A-Z0-9]+):([0-9a-f]{2,8})$/.exec(node.value) ?? [];
  const numbered = hasPcie ? name === PCIE_HOST_BRIDGE : name === PCI_HOST_BRIDGE;
  if (numbered && instance !== undefined) return known(Number.parseInt(instance, 16));
  return unreadable(`its firmware node ${quote(node.value)} is not numbered with those of other host bridges`);
}

/** The directory above, unless that is `/sys/devices` itself or the function of a VMD domain. */
function platformNode(root: RootBusPath): Fact<string> {
  const above = directoryName(root.directory);
  const name = baseName(above);
  return above === 'sys/devices' || parseName(name) !== undefined ? ABSENT : known(name);
}
