/** What the lines of one host tell: devices, names, the kernel, and what the library says of pairs. */
import { rawText } from '../../base/index.ts';
import { type Bdf, bdfDomain, formatBdf } from '../../uapi/index.ts';
import type { CapturePart, PartFunction, SystemLabel, ToolWords } from '../capture-part.ts';
import { known, unreadable } from '../fact.ts';
import type { CapturedKernel, SystemName } from '../machine-capture.ts';
import type { NcclLine } from './nccl-line.ts';
import { type NcclNode, parseBusId, parseNet, parseNode } from './nccl-tree.ts';

const NO_PARENT = unreadable('NCCL leaves out root ports and downstream ports');
const BRIDGE_CLASS = 0x060400;
/** Ethernet or InfiniBand: a network controller. */
const ADAPTER_CLASS = known(0x020000, { inferredFrom: 'being an adapter of NCCL' });
/** `GPU/0-18000 :GPU/0-18000 (0/5000.0/LOC) GPU/0-3b000 (4/24.0/PHB)`: hops, bandwidth and kind of the ways from a GPU. */
const PATHS = /^GPU\/(?:[0-9A-Fa-f]+-)?([0-9A-Fa-f]+) ?:(.*)$/;

const USING = /^NET\/\w+ ?: Using((?: \[\d+\]\S+)+)/;
const GDR_HCA = /^NET\/\w+ ?: GPU Direct RDMA (?:Enabled|Disabled) for HCA \d+ '([^']+)'/;
const GDR_GPU = /^(?:NET\/\w+ ?: )?GPU Direct RDMA (?:Enabled|Disabled) for GPU (?:\S+-)?(\w+) \/ HCA (?:\S+-)?(\d+)/;
const DMA_BUF = /^DMA-BUF is available on GPU device (\d+)/;
const DEVICE = /\brank (\d+) nranks \d+ cudaDev (\d+)(?: nvmlDev (\d+))? busId ([0-9a-f]+)\b/;
/** Older ones have the address in the brackets, newer ones the number that `nvidia-smi` gives. */
const TRANSPORT =
  /^(?:Channel|Ring) 0?0(?:\/0)? : (\d+)\[\w+\] -> (\d+)\[\w+\](?: \[(?:send|receive)\])? via ((?:P2P|SHM)\S*.*)$/;
const OPTIONS = /^((?:CONFIG_\w+=y(?: and )?)+) in \/boot\/config-(\S+)/;
const NO_OPTIONS = /^CONFIG_DMABUF_MOVE_NOTIFY and CONFIG_PCI_P2PDMA should be set/;

/** A GPU of a communicator. */
interface Device {
  readonly bdf: Bdf;
  readonly cuda: number;
  readonly nvml: number | undefined;
  readonly line: number;
}

/** Reads the lines of one host. @param rccl whether AMD's library wrote them */
export function ncclPart(
  lines: readonly NcclLine[],
  rccl: boolean,
): Pick<CapturePart, 'functions' | 'kernel' | 'labels' | 'toolWords'> {
  const devices = devicesOf(lines);
  const adapters = adapterNames(lines);
  const tree = treeFunctions(lines, adapters, rccl);
  const functions = new Map<Bdf, PartFunction>(tree.functions.map((fn) => [fn.bdf, fn]));
  for (const { bdf, line } of devices.values()) {
    if (!functions.has(bdf)) functions.set(bdf, { bdf, line, ...vendorOfGpu(rccl) });
  }
  const words = toolWords(lines, devices, tree.ranks, adapters);
  return {
    ...(functions.size === 0 ? {} : { functions: [...functions.values()] }),
    ...kernelOf(lines),
    labels: labelsOf(devices, adapters, tree.nets, rccl),
    ...(words.length === 0 ? {} : { toolWords: words }),
  };
}

/** By rank; the last communicator counts. */
function devicesOf(lines: readonly NcclLine[]): Map<number, Device> {
  const devices = new Map<number, Device>();
  for (const { words, line } of lines) {
    const [, rank, cuda, nvml, busId = ''] = DEVICE.exec(words) ?? [];
    const bdf = parseBusId(busId);
    if (rank === undefined || bdf === undefined) continue;
    devices.set(Number(rank), { bdf, cuda: Number(cuda), nvml: nvml === undefined ? undefined : Number(nvml), line });
  }
  return devices;
}

/** `[0]mlx5_0:1/IB [1]mlx5_1:1/RoCE`: names by number. */
function adapterNames(
  lines: readonly NcclLine[],
): ReadonlyMap<number, { readonly name: string; readonly line: number }> {
  const names = new Map<number, { name: string; line: number }>();
  for (const { words, line } of lines) {
    const list = USING.exec(words)?.[1] ?? '';
    for (const [, index, name] of list.matchAll(/\[(\d+)\]([^:\s]{1,64}):/g))
      if (index !== undefined && name !== undefined && !names.has(Number(index)))
        names.set(Number(index), { name, line });
  }
  return names;
}

interface Tree {
  readonly functions: readonly PartFunction[];
  readonly ranks: ReadonlyMap<number, Bdf>;
  /** The adapter of each network. */
  readonly nets: ReadonlyMap<number, Bdf>;
}

function treeFunctions(lines: readonly NcclLine[], adapters: ReturnType<typeof adapterNames>, rccl: boolean): Tree {
  const nodes = new Map<
    Bdf,
    { readonly node: NcclNode; readonly line: number; readonly below: PartFunction['below'] }
  >();
  const ranks = new Map<number, Bdf>();
  const nets = new Map<number, Bdf>();
  let adapter: NcclNode | undefined;
  // What is above the next line, from the outside in; undefined: a node that stands for no device.
  let open: { readonly indent: number; readonly bdf: Bdf | undefined }[] = [];
  for (const { words, line } of lines) {
    if (words.startsWith('CPU/')) open = [];
    const net = parseNet(words);
    if (net !== undefined && adapter !== undefined && net.indent > adapter.indent) nets.set(net.index, adapter.bdf);
    const node = parseNode(words);
    if (node === undefined) continue;
    adapter = node.kind === 'NIC' ? node : undefined;
    open = open.filter(({ indent }) => indent < node.indent);
    const above = open.at(-1);
    const isReal = bdfDomain(node.bdf) < 0xffff;
    const isTop = above === undefined && node.indent === 0;
    const below = isTop || above?.bdf !== undefined ? { bridge: above?.bdf } : undefined;
    if (!nodes.has(node.bdf) && isReal) nodes.set(node.bdf, { node, line, below });
    open.push({ indent: node.indent, bdf: isReal ? node.bdf : undefined });
    if (node.rank !== undefined) ranks.set(node.rank, node.bdf);
  }
  const names = new Map<Bdf, SystemName[]>();
  for (const [index, bdf] of nets) {
    const name = adapters.get(index)?.name;
    if (name !== undefined) names.set(bdf, [...(names.get(bdf) ?? []), { kind: 'rdma', name: rawText(name) }]);
  }
  const functions = [...nodes.values()].map(({ node, line, below }) => ({
    ...functionOf(node, line, names.get(node.bdf), rccl),
    ...(below === undefined ? {} : { below }),
  }));
  return { functions, ranks, nets };
}

function functionOf(
  { kind, bdf, ids }: NcclNode,
  line: number,
  names: readonly SystemName[] | undefined,
  rccl: boolean,
): PartFunction {
  const [subVendor, subDevice] = ids?.subsystem ?? [];
  return {
    bdf,
    line,
    parent: NO_PARENT,
    ...(ids === undefined ? {} : { vendor: known(ids.vendor), device: known(ids.device) }),
    ...(subVendor === undefined || subDevice === undefined || subVendor === 0
      ? {}
      : { subsystemVendor: known(subVendor), subsystemDevice: known(subDevice) }),
    ...(kind === 'PCI' ? { classCode: known(BRIDGE_CLASS) } : {}),
    ...(kind === 'GPU' ? vendorOfGpu(rccl) : {}),
    ...(kind === 'NIC' ? { classCode: ADAPTER_CLASS } : {}),
    ...(names === undefined ? {} : { systemNames: names }),
  };
}

/** NCCL drives NVIDIA's GPUs alone, RCCL AMD's. */
function vendorOfGpu(rccl: boolean): Pick<PartFunction, 'vendor'> {
  return { vendor: known(rccl ? 0x1002 : 0x10de, { inferredFrom: `being a GPU of ${rccl ? 'RCCL' : 'NCCL'}` }) };
}

function labelsOf(
  devices: ReadonlyMap<number, Device>,
  adapters: ReturnType<typeof adapterNames>,
  nets: Tree['nets'],
  rccl: boolean,
): SystemLabel[] {
  const labels = new Map<string, SystemLabel>();
  for (const { bdf, nvml, line } of devices.values()) {
    // What the library counts depends on settings; what `nvidia-smi` counts does not.
    const label = nvml === undefined ? undefined : `GPU${nvml}`;
    if (label !== undefined) labels.set(label, { label, bdf, kind: 'gpu', givenBy: rccl ? 'amd' : 'nvidia', line });
  }
  for (const [index, { name, line }] of adapters) {
    labels.set(name, { label: name, bdf: nets.get(index), kind: 'nic', line });
  }
  return [...labels.values()];
}

function toolWords(
  lines: readonly NcclLine[],
  devices: ReadonlyMap<number, Device>,
  ranks: Tree['ranks'],
  adapters: ReturnType<typeof adapterNames>,
): ToolWords[] {
  const told = new Map<string, ToolWords>();
  const ofRank = (rank: number) => ranks.get(rank) ?? devices.get(rank)?.bdf;
  const name = (bdf: Bdf | undefined) => (bdf === undefined ? undefined : formatBdf(bdf));
  for (const { words, line } of lines) {
    const add = (...mentioned: readonly (string | undefined)[]): void => {
      const known = mentioned.filter((device) => device !== undefined);
      const key = `${known.join(' ')} ${words}`;
      if (known.length === mentioned.length && !told.has(key)) told.set(key, { devices: known, text: words, line });
    };
    const [, from = '', ways = ''] = PATHS.exec(words) ?? [];
    for (const [, to = '', kind] of ways.matchAll(/GPU\/(?:[0-9A-Fa-f]+-)?([0-9A-Fa-f]+) \(\d+\/[\d.]+\/(\w+)\)/g)) {
      const devices = [name(parseBusId(from)), name(parseBusId(to))].filter((each) => each !== undefined);
      const text = `NCCL says ${kind}`;
      const key = `${devices.join(' ')} ${text}`;
      if (devices.length === 2 && kind !== 'LOC' && !told.has(key)) told.set(key, { devices, text, line });
    }
    const hca = GDR_HCA.exec(words)?.[1];
    const [, gpu, hcaNumber] = GDR_GPU.exec(words) ?? [];
    const [, first, second] = TRANSPORT.exec(words) ?? [];
    const cuda = DMA_BUF.exec(words)?.[1];
    if (hca !== undefined) add(hca);
    else if (gpu !== undefined) add(name(parseBusId(gpu)), adapters.get(Number(hcaNumber))?.name);
    else if (first !== undefined) add(name(ofRank(Number(first))), name(ofRank(Number(second))));
    else if (cuda !== undefined) add(name([...devices.values()].find((device) => device.cuda === Number(cuda))?.bdf));
  }
  return [...told.values()];
}

/** RCCL prints the release, and which of two options the configuration has. */
function kernelOf(lines: readonly NcclLine[]): { kernel?: Partial<CapturedKernel> } {
  const config = new Map<string, string>();
  let release: { readonly text: string; readonly line: number } | undefined;
  for (const { words, line } of lines) {
    const [, options, ofConfig] = OPTIONS.exec(words) ?? [];
    for (const [, option] of (options ?? '').matchAll(/(CONFIG_\w+)=y/g))
      if (option !== undefined) config.set(option, 'y');
    const text = /^Kernel version: (\d+\.\S+)$/.exec(words)?.[1] ?? ofConfig;
    if (text !== undefined) release = { text, line };
  }
  if (release === undefined) return {};
  return {
    kernel: {
      release: known(release.text, { line: release.line }),
      ...(config.size === 0 ? {} : { config: known(config) }),
    },
  };
}

/** Lines of no pair that say something of the machine: quoted as they are. */
export function notedLines(lines: readonly NcclLine[]): readonly NcclLine[] {
  const seen = new Set<string>();
  return lines.filter(({ words }) => {
    const noted =
      NO_OPTIONS.test(words) || /^Missing "iommu=pt"|^P2P is disabled between|[Dd]mabuf feature/.test(words);
    if (!noted || seen.has(words)) return false;
    seen.add(words);
    return true;
  });
}
