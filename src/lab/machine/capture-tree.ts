/** A capture written out as the files it would be read from: what the capture script packs. */

import { gather, unshown } from '../../base/index.ts';
import {
  type CapturedCpu,
  type CapturedFunction,
  type CapturedIommuGroup,
  type CapturedLink,
  type CapturedRootBus,
  FACTS_FILE,
  type Fact,
  factValue,
  functionFactsText,
  type IomemEntry,
  type ListedResource,
  type MachineCapture,
  machineFactsText,
  ORACLE_FOLDER,
} from '../../capture/index.ts';
import { type Bdf, formatBdf, makeBdf, rootBusName } from '../../uapi/index.ts';

/** One member of the archive. Paths have no leading slash; text is UTF-8. */
export type TreeEntry =
  | { readonly path: string; readonly content: string | Uint8Array }
  | { readonly path: string; readonly link: string };

/**
 * The files of a machine. Read back, known and absent facts are the same; two things are lost: what stands in the
 * capture's findings, and why a fact is unreadable. Where an optional fact is unreadable, `capture.log` (or the `uevent`
 * file of the function) is left out, so that a missing file is not taken for "none". What files have no place for
 * (config space known in part, uncertain places, "none" where not all is there) stands in `facts.json`.
 */
export function captureTree(capture: MachineCapture): TreeEntry[] {
  const places = functionPlaces(capture);
  const vfs = virtualFunctions(capture);
  const whole = isWhole(capture);
  return [
    ...(whole ? [{ path: 'capture.log', content: 'capture format 1\n' }] : []),
    ...systemFiles(capture),
    ...machineFacts(capture),
    ...(factValue(capture.rootBuses) ?? []).flatMap(rootBusFiles),
    ...capture.functions.flatMap((fn) => functionFiles(fn, places, vfs, whole)),
    ...(factValue(capture.iommuGroups) ?? []).flatMap((group) => groupFiles(group, places)),
    ...iommuFiles(capture),
    ...firmwareFiles(capture),
    ...oracleFiles(capture),
  ];
}

function machineFacts(capture: MachineCapture): TreeEntry[] {
  const content = machineFactsText(capture);
  return content === undefined ? [] : [{ path: FACTS_FILE, content }];
}

const tells = (fact: Fact<unknown>): boolean => fact.state !== 'unreadable';

/** May a missing file outside the functions' directories mean "none"? */
function isWhole({ functions, iommuGroups, iommus, rootBuses }: MachineCapture): boolean {
  const instances = (factValue(rootBuses) ?? []).map(({ firmwareInstance }) => firmwareInstance);
  const links = functions.flatMap(({ physfn, driver, iommuGroup }) => [physfn, driver, iommuGroup]);
  return [iommuGroups, iommus, rootBuses, ...instances, ...links].every(tells);
}

/** May a missing file in the function's directory mean "none"? Its `uevent` file says so. */
function isWholeFunction({ link, physfn, driver, numaNode, iommuGroup, label, p2pmemSize }: CapturedFunction): boolean {
  return [physfn, driver, numaNode, iommuGroup, label, p2pmemSize, ...Object.values(link)].every(tells);
}

const DEVICES = 'sys/bus/pci/devices';
const GROUPS = 'sys/kernel/iommu_groups';

/** Directory by function. Where the tree does not tell, the files stand in place of the link. */
function functionPlaces({ functions, rootBuses }: MachineCapture): ReadonlyMap<Bdf, string> {
  const roots = new Map((factValue(rootBuses) ?? []).map((root) => [makeBdf(root.domain, root.bus, 0), root]));
  const byBdf = new Map(functions.map((fn) => [fn.bdf, fn]));
  const places = new Map<Bdf, string>();
  const place = (fn: CapturedFunction): string => {
    const known = places.get(fn.bdf);
    if (known !== undefined) return known;
    // Stands in until the place is known: parents of damaged inputs may form a circle.
    places.set(fn.bdf, `${DEVICES}/${formatBdf(fn.bdf)}`);
    const parent = byBdf.get(factValue(fn.parent) ?? (-1 as Bdf));
    const bus = factValue(fn.rootBus);
    const root = bus && roots.get(makeBdf(bus.domain, bus.bus, 0));
    // A place that is not known must not look like one on a root bus.
    const onRoot = fn.parent.state === 'absent' && root !== undefined ? rootDirectory(root) : undefined;
    const above = parent !== undefined ? place(parent) : onRoot;
    const flat = above === undefined || above.startsWith(DEVICES);
    const path = `${flat ? DEVICES : above}/${formatBdf(fn.bdf)}`;
    places.set(fn.bdf, path);
    return path;
  };
  for (const fn of functions) place(fn);
  return places;
}

/** Virtual functions by physical function, ascending. */
function virtualFunctions({ functions }: MachineCapture): ReadonlyMap<Bdf, readonly Bdf[]> {
  const vfs = new Map<Bdf, Bdf[]>();
  for (const fn of functions) {
    const physfn = factValue(fn.physfn);
    if (physfn !== undefined) vfs.set(physfn, [...(vfs.get(physfn) ?? []), fn.bdf]);
  }
  return vfs;
}

function rootDirectory({ domain, bus, platformNode }: CapturedRootBus): string {
  const node = factValue(platformNode);
  const name = `pci${rootBusName({ domain, bus })}`;
  return node === undefined ? `sys/devices/${name}` : `sys/devices/platform/${node}/${name}`;
}

function rootBusFiles(root: CapturedRootBus): TreeEntry[] {
  const directory = rootDirectory(root);
  const uevent = { path: `${directory}/uevent`, content: '' };
  const instance = factValue(root.firmwareInstance);
  if (instance === undefined) return [uevent];
  const node = `sys/devices/LNXSYSTM:00/LNXSYBUS:00/PNP0A08:${instance.toString(16).padStart(2, '0')}`;
  return [uevent, linkTo(`${directory}/firmware_node`, node)];
}

/** A link at `path` to another path of the tree, written relative as sysfs does. */
function linkTo(path: string, target: string): TreeEntry {
  const from = path.split('/').slice(0, -1);
  const to = target.split('/');
  let same = 0;
  while (same < from.length && from[same] === to[same]) same++;
  return { path, link: [...from.slice(same).map(() => '..'), ...to.slice(same)].join('/') };
}

function functionFiles(
  fn: CapturedFunction,
  places: ReadonlyMap<Bdf, string>,
  vfs: ReadonlyMap<Bdf, readonly Bdf[]>,
  whole: boolean,
): readonly TreeEntry[] {
  const directory = places.get(fn.bdf) ?? '';
  const entries: TreeEntry[] = [];
  const file = <T>(name: string, fact: Fact<T>, write: (value: T) => string): void => {
    if (fact.state === 'known') entries.push({ path: `${directory}/${name}`, content: `${write(fact.value)}\n` });
  };
  const link = (name: string, target: string | undefined): void => {
    if (target !== undefined) entries.push(linkTo(`${directory}/${name}`, target));
  };
  const hex = (digits: number) => (value: number) => `0x${value.toString(16).padStart(digits, '0')}`;
  if (!directory.startsWith(DEVICES)) entries.push(linkTo(`${DEVICES}/${formatBdf(fn.bdf)}`, directory));
  const facts = functionFactsText(fn, { inPath: tellsPlace(fn, directory), whole: whole && isWholeFunction(fn) });
  if (facts !== undefined) entries.push({ path: `${directory}/${FACTS_FILE}`, content: facts });
  const { bytes, mask } = fn.config;
  if (bytes.length > 0 && mask === undefined) entries.push({ path: `${directory}/config`, content: bytes });
  const name = `PCI_SLOT_NAME=${formatBdf(fn.bdf)}`;
  if (isWholeFunction(fn)) entries.push({ path: `${directory}/uevent`, content: `${name}\n` });
  file('vendor', fn.vendor, hex(4));
  file('device', fn.device, hex(4));
  file('subsystem_vendor', fn.subsystemVendor, hex(4));
  file('subsystem_device', fn.subsystemDevice, hex(4));
  file('class', fn.classCode, hex(6));
  file('revision', fn.revision, hex(2));
  file('resource', fn.resources, writeResources);
  file('numa_node', fn.numaNode.state === 'absent' ? { state: 'known', value: -1 } : fn.numaNode, String);
  file('dma_mask_bits', fn.dmaMaskBits, String);
  file('consistent_dma_mask_bits', fn.consistentDmaMaskBits, String);
  file('label', fn.label, String);
  file('power_state', fn.powerState, String);
  file('p2pmem/size', fn.p2pmemSize, String);
  linkFiles(fn.link, file);
  const driver = unshown(factValue(fn.driver));
  link('driver', driver && `sys/bus/pci/drivers/${driver}`);
  const group = factValue(fn.iommuGroup);
  link('iommu_group', group === undefined ? undefined : `${GROUPS}/${group}`);
  link('physfn', places.get(factValue(fn.physfn) ?? (-1 as Bdf)));
  for (const [n, vf] of (vfs.get(fn.bdf) ?? []).entries()) link(`virtfn${n}`, places.get(vf));
  return entries;
}

/** Does the path of a function's directory tell its place? What lies flat tells none, and an unknown place needs no telling. */
function tellsPlace({ parent, rootBus }: CapturedFunction, directory: string): boolean {
  if (directory.startsWith(DEVICES)) return parent.state === 'unreadable' && rootBus.state === 'unreadable';
  return rootBus.state === 'known' && parent.state !== 'unreadable';
}

function linkFiles(
  link: CapturedLink,
  file: (name: string, fact: Fact<number>, write: (value: number) => string) => void,
): void {
  const speed = (value: number) => `${value.toFixed(1)} GT/s PCIe`;
  file('current_link_speed', link.speed, speed);
  file('current_link_width', link.width, String);
  file('max_link_speed', link.maxSpeed, speed);
  file('max_link_width', link.maxWidth, String);
}

function writeResources(resources: readonly ListedResource[]): string {
  const hex16 = (value: bigint | number) => `0x${value.toString(16).padStart(16, '0')}`;
  const lines = resources.map((resource) => {
    if (resource === undefined) return [0, 0, 0].map(hex16).join(' ');
    if (resource === 'unknown') return resource;
    const { range, flags } = resource;
    const last = range.end > range.start ? range.end - 1n : range.start;
    return [range.start, last, flags].map(hex16).join(' ');
  });
  return lines.join('\n');
}

function groupFiles(group: CapturedIommuGroup, places: ReadonlyMap<Bdf, string>): TreeEntry[] {
  const directory = `${GROUPS}/${group.id}`;
  const hex16 = (value: bigint) => `0x${value.toString(16).padStart(16, '0')}`;
  const regions = factValue(group.reservedRegions)?.map(
    ({ range, type }) => `${hex16(range.start)} ${hex16(range.end - 1n)} ${type}\n`,
  );
  const type = factValue(group.type);
  return [
    ...(type === undefined ? [] : [{ path: `${directory}/type`, content: `${unshown(type)}\n` }]),
    ...(regions === undefined ? [] : [{ path: `${directory}/reserved_regions`, content: regions.join('') }]),
    ...group.devices.map((bdf) => linkTo(`${directory}/devices/${formatBdf(bdf)}`, places.get(bdf) ?? formatBdf(bdf))),
  ];
}

/** The folder of registers belongs to Intel's and AMD's drivers alone. */
function iommuFiles({ iommus }: MachineCapture): TreeEntry[] {
  return (factValue(iommus) ?? []).flatMap(({ name, kind, cap, ecap, features }) => {
    const directory = `sys/devices/virtual/iommu/${name}`;
    const registers = Object.entries({ cap, ecap, features }).flatMap(([file, fact]) => {
      const value = factValue(fact);
      return value === undefined ? [] : [{ path: `${directory}/${kind}-iommu/${file}`, content: `${value}\n` }];
    });
    return [linkTo(`sys/class/iommu/${name}`, directory), ...registers];
  });
}

/** The answers of the kernel module peerpath-oracle, in its own form. */
function oracleFiles({ parts }: MachineCapture): TreeEntry[] {
  const answers = parts.flatMap((part) => part.answers ?? [])[0];
  if (answers === undefined) return [];
  const file = (name: string, lines: readonly object[]): TreeEntry => ({
    path: `${ORACLE_FOLDER}/${name}`,
    content: lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
  });
  const pairs = new Map<Bdf, (readonly [string, number, string | null])[]>();
  for (const { provider, client, distance, mapType } of answers.pairs) {
    gather(pairs, provider, [formatBdf(client), distance, mapType ?? null]);
  }
  const windows = new Map<string, string[][]>();
  for (const { domain, bus, start, last, offset } of answers.windows) {
    const numbers = [start, last, offset].map((value) => value.toString(16));
    gather(windows, rootBusName({ domain, bus }), ['memory', ...numbers]);
  }
  return [
    file('about', [{ format: 1, release: answers.release }]),
    file(
      'functions',
      answers.functions.map(({ bdf, dmaMask, group, domain }) => ({
        bdf: formatBdf(bdf),
        dmaMask: dmaMask.toString(16),
        group: group ?? null,
        domain:
          domain === undefined
            ? null
            : { pageSizes: domain.pageSizes.toString(16), aperture: ['0', domain.apertureEnd.toString(16)] },
      })),
    ),
    file(
      'pairs',
      [...pairs].map(([provider, of]) => ({ provider: formatBdf(provider), pairs: of })),
    ),
    file(
      'host_bridges',
      [...windows].map(([bus, of]) => ({ bus, windows: of })),
    ),
  ];
}

/** The ACPI table of AMD IOMMUs, cut to one block with the register. */
function firmwareFiles({ ivhdEfr }: MachineCapture): TreeEntry[] {
  if (ivhdEfr.state !== 'known') return [];
  const table = new Uint8Array(IVRS_HEADER + IVHD_LENGTH);
  const view = new DataView(table.buffer);
  view.setUint32(0, IVRS_SIGNATURE, true);
  view.setUint32(IVINFO_AT, 1, true);
  view.setUint8(IVRS_HEADER, IVHD_KIND);
  view.setUint16(IVRS_HEADER + 2, IVHD_LENGTH, true);
  view.setBigUint64(IVRS_HEADER + IVHD_EFR_AT, ivhdEfr.value, true);
  return [{ path: 'sys/firmware/acpi/tables/IVRS', content: table }];
}

/** "IVRS" */
const IVRS_SIGNATURE = 0x53525649;
const IVRS_HEADER = 48;
const IVINFO_AT = 36;
const IVHD_KIND = 0x11;
const IVHD_LENGTH = 40;
const IVHD_EFR_AT = 24;

function systemFiles({ kernel, cpu, iomem }: MachineCapture): TreeEntry[] {
  const release = factValue(kernel.release);
  const files: [string, string | undefined][] = [
    ['proc/version', release && `Linux version ${release} (peerpath) #1 SMP`],
    ['proc/cmdline', factValue(kernel.cmdline)],
    [
      'proc/modules',
      factValue(kernel.modules)
        ?.map((name) => `${name} 0 0 - Live 0x0`)
        .join('\n'),
    ],
    [`boot/config-${release ?? 'kernel'}`, writeConfig(factValue(kernel.config))],
    ['proc/cpuinfo', writeCpu(factValue(cpu))],
    ['proc/iomem', writeIomem(factValue(iomem))],
  ];
  return files.flatMap(([path, text]) => {
    const content = text === '' ? '' : `${text}\n`;
    return text === undefined ? [] : [{ path, content }];
  });
}

function writeConfig(config: ReadonlyMap<string, string> | undefined): string | undefined {
  if (config === undefined) return undefined;
  const line = ([name, value]: readonly [string, string]): string => {
    if (value === 'n') return `# ${name} is not set`;
    return /^(y|m|-?[0-9]+|0x[0-9a-f]+)$/.test(value) ? `${name}=${value}` : `${name}="${value}"`;
  };
  return [...config].map(line).join('\n');
}

function writeCpu(cpu: CapturedCpu | undefined): string | undefined {
  if (cpu === undefined) return undefined;
  const fields: [string, string | number | undefined][] = [
    ['processor', 0],
    ['vendor_id', factValue(cpu.vendorId)],
    ['cpu family', factValue(cpu.family)],
    ['model name', factValue(cpu.modelName)],
  ];
  return fields.flatMap(([name, value]) => (value === undefined ? [] : [`${name}\t: ${value}`])).join('\n');
}

function writeIomem(iomem: readonly IomemEntry[] | undefined): string | undefined {
  const hex8 = (value: bigint) => value.toString(16).padStart(8, '0');
  return iomem
    ?.map(
      ({ range, name, depth }) =>
        `${'  '.repeat(depth)}${hex8(range.start)}-${hex8(range.end - 1n)} : ${unshown(name)}`,
    )
    .join('\n');
}
