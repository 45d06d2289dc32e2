/** `/sys/kernel/iommu_groups` and `/sys/class/iommu`. */
import { rawText } from '../../base/index.ts';
import { parseBdf } from '../../uapi/index.ts';
import { ABSENT, type Fact, factValue, known, mapFact, NOT_IN_INPUT, unreadable } from '../fact.ts';
import { ivhdEfrOfTable } from '../ivhd-efr.ts';
import type { CapturedIommu, CapturedIommuGroup, ReservedRegion } from '../machine-capture.ts';
import { type AttributeDir, readText, required } from './attributes.ts';
import { type Coverage, notThere, quote, type Report } from './coverage.ts';
import { type FileTree, namesIn, readFileAt, resolveLink } from './file-tree.ts';
import { parseName } from './names.ts';

const GROUPS = 'sys/kernel/iommu_groups';
const IOMMUS = 'sys/class/iommu';

/** The groups, ascending. Known and empty where the machine has none: the folder may be missing then. */
export function readIommuGroups(
  tree: FileTree,
  coverage: Coverage,
  report: Report,
): Fact<readonly CapturedIommuGroup[]> {
  const names = listOrNone(tree, GROUPS, coverage);
  if (names.state !== 'known') return names;
  const ids = names.value.filter((name) => /^[0-9]{1,9}$/.test(name)).map(Number);
  return known(ids.sort((a, b) => a - b).map((id) => readGroup(tree, id, coverage, report)));
}

/** The IOMMUs that the kernel uses, by name. */
export function readIommus(tree: FileTree, coverage: Coverage): Fact<readonly CapturedIommu[]> {
  const names = listOrNone(tree, IOMMUS, coverage);
  if (names.state !== 'known') return names;
  return known([...names.value].sort().map((name) => readIommu(tree, name, coverage)));
}

const IVRS = 'sys/firmware/acpi/tables/IVRS';

/**
 * The register that firmware gives for AMD IOMMUs. Captures of before did not take the table, so that a missing one
 * means none only where the IOMMUs are others.
 */
export function readIvhdEfr(tree: FileTree, iommus: Fact<readonly CapturedIommu[]>, coverage: Coverage): Fact<bigint> {
  const table = readFileAt(tree, IVRS);
  if (table.state === 'absent') {
    const kinds = (factValue(iommus) ?? []).map(({ kind }) => kind);
    const others = kinds.length > 0 && !kinds.includes('amd');
    return others || coverage.kind === 'sysfs' ? ABSENT : NOT_IN_INPUT;
  }
  if (table.state === 'unreadable') return unreadable(`/${IVRS}: ${table.why}`);
  const efr = ivhdEfrOfTable(table.value);
  return efr === undefined ? unreadable(`/${IVRS} is damaged`) : known(efr);
}

/** A missing folder is an empty one where the tree is whole. */
function listOrNone(tree: FileTree, path: string, coverage: Coverage): Fact<readonly string[]> {
  const directory = tree.directory(path);
  if (directory.state === 'absent') return coverage.system ? known([]) : notThere(`/${path}`, coverage);
  if (directory.state === 'unreadable') return unreadable(`/${path}: ${directory.why}`);
  return known(directory.value.names);
}

function readGroup(tree: FileTree, id: number, coverage: Coverage, report: Report): CapturedIommuGroup {
  const path = `${GROUPS}/${id}`;
  const files = tree.directory(path);
  const devices = namesIn(tree, `${path}/devices`)
    .map(parseName)
    .filter((bdf) => bdf !== undefined);
  const dir = files.state === 'known' ? { files: files.value, coverage, whole: false } : undefined;
  const nothing = unreadable(`no /${path} in ${coverage.noun}`);
  return {
    id,
    type: dir === undefined ? nothing : mapFact(readText(dir, 'type'), rawText),
    reservedRegions: dir === undefined ? nothing : readReservedRegions(dir, `/${path}/reserved_regions`, report),
    devices: devices.sort((a, b) => a - b),
  };
}

const REGION = /^0x([0-9a-f]{1,16}) 0x([0-9a-f]{1,16}) ([a-z-]+)$/;
/** A group has a handful; a hostile file must not make millions. */
const MAX_REGIONS = 128;
const REGION_TYPES: readonly string[] = ['direct', 'direct-relaxable', 'reserved', 'msi'];

/** Lines of start, inclusive end and type. No line at all is no region. */
function readReservedRegions(dir: AttributeDir, where: string, report: Report): Fact<readonly ReservedRegion[]> {
  if (factValue(dir.files.readText('reserved_regions')) === '') return known([]);
  const text = required(readText(dir, 'reserved_regions'), 'reserved_regions', dir.coverage);
  if (text.state !== 'known') return text;
  const lines = text.value.split('\n');
  if (lines.length > MAX_REGIONS) return unreadable(`reserved_regions has ${lines.length} lines`);
  const regions: ReservedRegion[] = [];
  for (const line of lines) {
    const [, start, last, type = ''] = REGION.exec(line) ?? [];
    if (start === undefined || !REGION_TYPES.includes(type)) {
      report('damaged', 'reserved-region-odd', where, `a line says ${quote(line)}; ignored`);
      continue;
    }
    const range = { start: BigInt(`0x${start}`), end: BigInt(`0x${last}`) + 1n };
    regions.push({ range, type: type as ReservedRegion['type'] });
  }
  return known(regions);
}

/** Folder of the registers, by kind of IOMMU. Only Intel's and AMD's drivers show registers. */
const REGISTERS = {
  intel: 'intel-iommu',
  amd: 'amd-iommu',
  smmuv3: undefined,
  virtio: undefined,
  other: undefined,
} as const;

function readIommu(tree: FileTree, name: string, coverage: Coverage): CapturedIommu {
  const kind = iommuKind(name);
  const links = tree.directory(IOMMUS);
  const target = links.state === 'known' ? links.value.readLink(name) : links;
  const directory = target.state === 'known' ? resolveLink(IOMMUS, target.value) : `${IOMMUS}/${name}`;
  const registers = REGISTERS[kind];
  const files = directory === undefined ? ABSENT : tree.directory(`${directory}/${registers}`);
  const read = (file: string): Fact<string> => {
    if (registers === undefined) return ABSENT;
    if (files.state !== 'known') return notThere(`${registers} folder of ${name}`, coverage);
    return readText({ files: files.value, coverage, whole: coverage.system }, file);
  };
  return { name, kind, cap: read('cap'), ecap: read('ecap'), features: read('features') };
}

/** Names are given by the drivers: `dmar0`, `ivhd0`, `smmu3.0x…`; virtio-iommu takes that of its PCI function. */
function iommuKind(name: string): CapturedIommu['kind'] {
  if (/^dmar[0-9]+$/.test(name)) return 'intel';
  if (/^ivhd[0-9]+$/.test(name)) return 'amd';
  if (parseBdf(name) !== undefined) return 'virtio';
  return name.startsWith('smmu3.') ? 'smmuv3' : 'other';
}
