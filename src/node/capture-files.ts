/** What a capture archive holds: the same files as those that `assets/capture.sh` takes. */
import { decodeUtf8 } from '../base/index.ts';
import {
  CAPTURE_FORMAT,
  type Directory,
  type Fact,
  type FileTree,
  type Gunzip,
  NAMED_CLASSES,
  ORACLE_FILES,
  ORACLE_FOLDER,
  resolveLink,
} from '../capture/index.ts';

/** A member of the archive. */
export type CaptureMember =
  | { readonly kind: 'file'; readonly path: string; readonly bytes: Uint8Array }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | { readonly kind: 'directory'; readonly path: string };

/** Members by path, `capture.log` last to be known and first in order. */
export interface CaptureContent {
  readonly members: readonly CaptureMember[];
  readonly functionCount: number;
  /** Paths of what could not be read. */
  readonly unreadable: readonly string[];
}

/** The power state first: reading config space wakes a device. */
const FUNCTION_FILES = `power_state vendor device class revision subsystem_vendor subsystem_device numa_node
  dma_mask_bits consistent_dma_mask_bits current_link_speed current_link_width max_link_speed max_link_width
  sriov_numvfs sriov_totalvfs sriov_offset sriov_stride sriov_vf_device label enable ari_enabled secondary_bus_number
  subordinate_bus_number config resource uevent`.split(/\s+/);
const P2PMEM_FILES = ['size', 'available', 'published'];
const FUNCTION_LINKS = ['driver', 'iommu_group', 'iommu', 'physfn', 'firmware_node'];
const INTEL_FILES = ['cap', 'ecap', 'version', 'address', 'domains_supported', 'domains_used'];
const AMD_FILES = ['cap', 'features'];
const PROC_FILES = ['cmdline', 'iomem', 'version', 'modules'];

const CONFIG_LINE =
  /^(?:# )?CONFIG_(?:PCI_P2PDMA|PCI_IOV|PCI_QUIRKS|ZONE_DEVICE|DMABUF|DMA_SHARED_BUFFER|VFIO_PCI_DMABUF|HSA_AMD_P2P|ARM_SMMU|.*IOMMU).*$/gm;

const PCI_DEVICES = 'sys/bus/pci/devices';
const GROUPS = 'sys/kernel/iommu_groups';
const IOMMUS = 'sys/class/iommu';

/** Reads all of it from a running machine's tree. */
export function collectCapture(tree: FileTree, gunzip: Gunzip): CaptureContent {
  const collector = new Collector(tree);
  const functions = collector.names(PCI_DEVICES);
  if (tree.directory(PCI_DEVICES).state !== 'known') collector.log.push(`missing /${PCI_DEVICES}`);
  const rootBuses = new Set<string>();
  for (const name of functions) {
    const directory = collector.linked(PCI_DEVICES, name);
    if (directory === undefined) continue;
    collectFunction(collector, directory);
    const root = /^(.*\/pci[^/]*)\//.exec(directory)?.[1];
    if (root !== undefined) rootBuses.add(root);
  }
  for (const name of collector.names('sys/devices')) if (name.startsWith('pci')) rootBuses.add(`sys/devices/${name}`);
  for (const directory of rootBuses) {
    collector.files(directory, ['uevent']);
    collector.links(directory, ['firmware_node', 'of_node']);
    collector.links(directory.slice(0, directory.lastIndexOf('/')), ['of_node']);
  }
  collectIommus(collector);
  for (const folder of Object.keys(NAMED_CLASSES)) collectNames(collector, `sys/class/${folder}`);
  collectSystem(collector, gunzip);
  return collector.finish(functions.length);
}

function collectFunction(collector: Collector, directory: string): void {
  collector.files(directory, FUNCTION_FILES);
  collector.files(`${directory}/p2pmem`, P2PMEM_FILES);
  collector.links(directory, FUNCTION_LINKS);
  collector.links(
    directory,
    collector.names(directory).filter((name) => name.startsWith('virtfn')),
  );
}

function collectIommus(collector: Collector): void {
  collector.folder(GROUPS);
  collector.folder(IOMMUS);
  for (const id of collector.names(GROUPS)) {
    collector.files(`${GROUPS}/${id}`, ['type', 'reserved_regions']);
    collector.links(`${GROUPS}/${id}/devices`, collector.names(`${GROUPS}/${id}/devices`));
  }
  for (const name of collector.names(IOMMUS)) {
    const directory = collector.linked(IOMMUS, name);
    if (directory === undefined) continue;
    collector.files(`${directory}/intel-iommu`, INTEL_FILES);
    collector.files(`${directory}/amd-iommu`, AMD_FILES);
  }
  collector.files('sys/firmware/acpi/tables', ['IVRS']);
  collector.files(ORACLE_FOLDER, ORACLE_FILES);
}

/** What the system calls devices; interfaces of its own (no device behind them) and outputs of graphics cards are left out. */
function collectNames(collector: Collector, folder: string): void {
  const named = collector.names(folder).filter((name) => {
    const target = folder.endsWith('/drm') && name.includes('-') ? undefined : collector.target(folder, name);
    return target !== undefined && collector.names(target).includes('device');
  });
  collector.links(folder, named);
}

function collectSystem(collector: Collector, gunzip: Gunzip): void {
  collector.files('proc', PROC_FILES);
  const cpuinfo = collector.read('proc', 'cpuinfo');
  if (cpuinfo.state === 'known') collector.text('proc/cpuinfo', firstParagraph(decodeUtf8(cpuinfo.value)));
  else collector.log.push('unreadable /proc/cpuinfo');
  const osrelease = collector.read('proc/sys/kernel', 'osrelease');
  const release = osrelease.state === 'known' ? decodeUtf8(osrelease.value).trim() : '';
  const packed = collector.read('proc', 'config.gz');
  const unpacked = packed.state === 'known' ? gunzip(packed.value) : undefined;
  const files: Fact<Uint8Array>[] = [
    unpacked === undefined ? { state: 'absent' } : { state: 'known', value: unpacked },
    collector.read('boot', `config-${release}`),
    collector.read(`lib/modules/${release}`, 'config'),
  ];
  const config = files.find((file) => file.state === 'known');
  if (config?.state === 'known') {
    const lines = decodeUtf8(config.value).match(CONFIG_LINE) ?? [];
    collector.text(`boot/config-${release}`, lines.map((line) => `${line}\n`).join(''));
  } else {
    const places = `/proc/config.gz, /boot/config-${release}, /lib/modules/${release}/config`;
    collector.log.push(`missing kernel config (${places})`);
  }
}

/** The lines before the first empty one. */
function firstParagraph(text: string): string {
  const end = text.indexOf('\n\n');
  return end < 0 ? text : text.slice(0, end + 1);
}

/** Members as they are found. */
class Collector {
  readonly log: string[] = [];
  readonly #tree: FileTree;
  readonly #members = new Map<string, CaptureMember>();
  readonly #unreadable: string[] = [];
  #path = '';
  #directory: Fact<Directory> = { state: 'absent' };

  constructor(tree: FileTree) {
    this.#tree = tree;
  }

  /** Names in a directory, sorted; none where there is no directory. */
  names(path: string): readonly string[] {
    const directory = this.#open(path);
    return directory.state === 'known' ? [...directory.value.names].sort() : [];
  }

  read(path: string, name: string): Fact<Uint8Array> {
    const directory = this.#open(path);
    return directory.state === 'known' ? directory.value.readFile(name) : directory;
  }

  /** Takes files; those that are not there are left out. */
  files(directory: string, names: readonly string[]): void {
    for (const name of names) {
      const path = `${directory}/${name}`;
      const bytes = this.read(directory, name);
      if (bytes.state === 'known') this.#members.set(path, { kind: 'file', path, bytes: bytes.value });
      else if (bytes.state === 'unreadable') this.#note(path, `unreadable /${path}`);
    }
  }

  links(directory: string, names: readonly string[]): void {
    for (const name of names) this.#link(directory, name);
  }

  /** Takes a link. @returns the path it points to */
  linked(directory: string, name: string): string | undefined {
    const target = this.#link(directory, name);
    return target === undefined ? undefined : resolveLink(directory, target);
  }

  /** The path that a link points to; undefined where there is none. */
  target(directory: string, name: string): string | undefined {
    const opened = this.#open(directory);
    const target = opened.state === 'known' ? opened.value.readLink(name) : opened;
    return target.state === 'known' ? resolveLink(directory, target.value) : undefined;
  }

  folder(path: string): void {
    if (this.#open(path).state === 'known') this.#members.set(path, { kind: 'directory', path });
  }

  text(path: string, text: string): void {
    this.#members.set(path, { kind: 'file', path, bytes: new TextEncoder().encode(text) });
  }

  finish(functionCount: number): CaptureContent {
    this.text('capture.log', [`capture format ${CAPTURE_FORMAT}`, ...this.log, ''].join('\n'));
    const members = [...this.#members.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
    return { members, functionCount, unreadable: this.#unreadable };
  }

  #link(directory: string, name: string): string | undefined {
    const opened = this.#open(directory);
    const target: Fact<string> = opened.state === 'known' ? opened.value.readLink(name) : opened;
    const path = `${directory}/${name}`;
    if (target.state === 'known') this.#members.set(path, { kind: 'link', path, target: target.value });
    else if (target.state === 'unreadable') this.#note(path, `unreadable link /${path}`);
    return target.state === 'known' ? target.value : undefined;
  }

  #note(path: string, line: string): void {
    this.#unreadable.push(path);
    this.log.push(line);
  }

  #open(path: string): Fact<Directory> {
    if (path !== this.#path) {
      this.#path = path;
      this.#directory = this.#tree.directory(path);
    }
    return this.#directory;
  }
}
