/**
 * Machines whose config space is written byte by byte, from the register layouts of the specification: a second source
 * for what the lab's generator writes. Every address is CPU = bus unless a host bridge says otherwise.
 */
import { rawText } from '../../src/base/index.ts';
import {
  ABSENT,
  type CapturedFunction,
  type CapturedIommuGroup,
  type CapturedResource,
  ConfigSpace,
  type Fact,
  type IomemEntry,
  known,
  type MachineCapture,
  NOT_IN_INPUT,
} from '../../src/capture/index.ts';
import { buildTopology, type PciFunction, type PciTopology } from '../../src/pci/index.ts';
import { bdfBus, bdfDomain, bdfFunction, parseBdf } from '../../src/uapi/index.ts';

/** One function by hand. Ranges are [first, last] as registers hold them. */
export interface HandFunction {
  readonly bdf: string;
  /** PCI Express port or device type (0 endpoint, 4 root port, 5 upstream, 6 downstream, 7 PCIe-to-PCI, 9 RCiEP). */
  readonly type?: number;
  /** Bridges: primary, secondary, subordinate bus. */
  readonly buses?: readonly [number, number, number];
  readonly memory?: readonly [bigint, bigint];
  readonly prefetchable?: readonly [bigint, bigint];
  /** BAR0, BAR2, BAR4: start and size (64-bit memory). */
  readonly bars?: readonly (readonly [bigint, bigint])[];
  /** ACS capability and control. */
  readonly acs?: readonly [cap: number, ctrl: number];
  readonly egressVector?: number;
  readonly ats?: boolean;
  /** Command register; default memory and bus master. */
  readonly command?: number;
  readonly portNumber?: number;
  /** Bytes of config space that can be read. */
  readonly readable?: number;
  readonly parent?: string;
  /** The input has no list of resources: BARs then have no size. */
  readonly unsized?: boolean;
  readonly group?: number;
  readonly physfn?: string;
  /** NumVFs, first offset, stride, and size of a VF BAR0 slice with its start; the capability is written. */
  readonly sriov?: { readonly vfs: number; readonly offset: number; readonly start: bigint; readonly size: bigint };
  /** LnkCap and LnkSta: [speed code, width] each. */
  readonly link?: { readonly max: readonly [number, number]; readonly now: readonly [number, number] };
  /** DevCtl: Max_Payload_Size code and Max_Read_Request_Size code. */
  readonly payload?: readonly [number, number];
}

/** What stands around the functions. */
export interface HandMachine {
  readonly iomem?: readonly IomemEntry[] | undefined;
  readonly groups?: readonly CapturedIommuGroup[];
  readonly x86?: boolean | undefined;
}

/** CPU vendor, memory map (RAM 0-2 GiB, PCI 2-3.5 GiB) and no IOMMU, unless said otherwise. */
export function handTopology(functions: readonly HandFunction[], machine: HandMachine = {}): PciTopology {
  const buses = [
    ...new Set(functions.filter((fn) => fn.parent === undefined && fn.physfn === undefined).map(rootBusOf)),
  ];
  const vendorId = machine.x86 === false ? ABSENT : known('GenuineIntel');
  const capture: MachineCapture = {
    source: { kind: 'generated', name: 'by hand' },
    parts: [],
    functions: functions.map((fn) => captured(fn, functions)),
    rootBuses: known(
      buses.map((bus) => ({
        domain: Math.floor(bus / 256),
        bus: bus % 256,
        firmwareInstance: ABSENT,
        platformNode: ABSENT,
      })),
    ),
    kernel: { release: NOT_IN_INPUT, cmdline: NOT_IN_INPUT, config: NOT_IN_INPUT, modules: NOT_IN_INPUT },
    cpu:
      'x86' in machine && machine.x86 === undefined
        ? NOT_IN_INPUT
        : known({ vendorId, family: known(6), modelName: ABSENT }),
    iomem:
      'iomem' in machine ? (machine.iomem === undefined ? NOT_IN_INPUT : known(machine.iomem)) : known(DEFAULT_IOMEM),
    iommuGroups: known(machine.groups ?? []),
    iommus: known([]),
    ivhdEfr: NOT_IN_INPUT,
    findings: [],
  };
  return buildTopology(capture);
}

/** A line of the memory map. */
export function iomemLine(first: bigint, last: bigint, name: string, depth: number = 0): IomemEntry {
  return { range: { start: first, end: last + 1n }, name: rawText(name), depth };
}

const DEFAULT_IOMEM = [
  iomemLine(0x0n, 0x7fff_ffffn, 'System RAM'),
  iomemLine(0x8000_0000n, 0xdfff_ffffn, 'PCI Bus 0000:00'),
  iomemLine(0xfed0_0000n, 0xfed0_0fffn, 'HPET 0'),
];

/** The function of an address that must be there. */
export function at(topology: PciTopology, bdf: string): PciFunction {
  const fn = topology.functions.find((each) => each.bdf === parseBdf(bdf));
  if (fn === undefined) throw new Error(`no ${bdf}`);
  return fn;
}

function rootBusOf(fn: HandFunction): number {
  const bdf = bdfOf(fn.bdf);
  return bdfDomain(bdf) * 256 + bdfBus(bdf);
}

function bdfOf(text: string): NonNullable<ReturnType<typeof parseBdf>> {
  const bdf = parseBdf(text);
  if (bdf === undefined) throw new Error(`no address: ${text}`);
  return bdf;
}

function captured(fn: HandFunction, all: readonly HandFunction[]): CapturedFunction {
  const bdf = bdfOf(fn.bdf);
  const readable = fn.readable ?? 4096;
  const bytes = configBytes(fn, all).subarray(0, readable);
  let root = fn;
  while (root.parent !== undefined || root.physfn !== undefined) {
    const above = root.parent ?? root.physfn;
    const next = all.find((each) => each.bdf === above);
    if (next === undefined) throw new Error(`no ${above}`);
    root = next;
  }
  const rootNumber = rootBusOf(root);
  return {
    bdf,
    config: new ConfigSpace(bytes, { whyUnknown: `config space is cut at ${readable} bytes`, size: 4096 }),
    vendor: known(0x1b36),
    device: known(0x10),
    subsystemVendor: ABSENT,
    subsystemDevice: ABSENT,
    classCode: known(fn.buses === undefined ? 0x088000 : 0x060400),
    revision: known(0),
    printedName: NOT_IN_INPUT,
    resources: fn.unsized === true ? NOT_IN_INPUT : known(resourcesOf(fn)),
    parent: optional(fn.parent === undefined ? undefined : bdfOf(fn.parent)),
    rootBus: known({ domain: Math.floor(rootNumber / 256), bus: rootNumber % 256 }),
    physfn: optional(fn.physfn === undefined ? undefined : bdfOf(fn.physfn)),
    driver: ABSENT,
    numaNode: ABSENT,
    iommuGroup: optional(fn.group),
    dmaMaskBits: known(64),
    consistentDmaMaskBits: known(64),
    link: { speed: NOT_IN_INPUT, width: NOT_IN_INPUT, maxSpeed: NOT_IN_INPUT, maxWidth: NOT_IN_INPUT },
    label: ABSENT,
    powerState: known('D0'),
    p2pmemSize: ABSENT,
  };
}

function optional<T>(value: T | undefined): Fact<T> {
  return value === undefined ? ABSENT : known(value);
}

function resourcesOf(fn: HandFunction): (CapturedResource | undefined)[] {
  const resources = new Array<CapturedResource | undefined>(fn.buses === undefined ? 13 : 17).fill(undefined);
  fn.bars?.forEach(([start, size], i) => {
    resources[2 * i] = { range: { start, end: start + size }, flags: 0x14_0204 };
  });
  if (fn.sriov !== undefined) {
    const { start, size, vfs } = fn.sriov;
    resources[7] = { range: { start, end: start + size * BigInt(vfs) }, flags: 0x14_220c };
  }
  if (fn.memory !== undefined) resources[14] = { range: { start: fn.memory[0], end: fn.memory[1] + 1n }, flags: 0x200 };
  if (fn.prefetchable !== undefined) {
    resources[15] = { range: { start: fn.prefetchable[0], end: fn.prefetchable[1] + 1n }, flags: 0x10_2201 };
  }
  return resources;
}

/** Type 0 or 1 header, PCI Express capability at 0x40, ACS at 0x100, ATS at 0x140, SR-IOV at 0x160. */
function configBytes(fn: HandFunction, all: readonly HandFunction[]): Uint8Array {
  const bytes = new Uint8Array(4096);
  const view = new DataView(bytes.buffer);
  const put16 = (offset: number, value: number): void => view.setUint16(offset, value, true);
  const put32 = (offset: number, value: number): void => view.setUint32(offset, value >>> 0, true);
  put32(0x00, 0x0010_1b36);
  put16(0x04, fn.command ?? 0x6);
  put16(0x06, fn.type === undefined ? 0 : 0x10);
  const slot = fn.bdf.slice(0, -1);
  const multi = all.some(
    (other) => other.bdf.startsWith(slot) && bdfFunction(bdfOf(other.bdf)) > 0 && other.physfn === undefined,
  );
  bytes[0x0e] = (fn.buses === undefined ? 0 : 1) | (multi ? 0x80 : 0);
  fn.bars?.forEach(([start], i) => {
    put32(0x10 + 8 * i, Number(start & 0xffff_fff0n) | 0x4);
    put32(0x14 + 8 * i, Number(start >> 32n));
  });
  if (fn.buses !== undefined) putBridge(fn, bytes, put16, put32);
  if (fn.type === undefined) return bytes;
  bytes[0x34] = 0x40;
  bytes[0x40] = 0x10;
  put16(0x42, 0x0002 | (fn.type << 4));
  put32(0x44, 0x2);
  put16(0x48, ((fn.payload?.[0] ?? 1) << 5) | ((fn.payload?.[1] ?? 2) << 12));
  const { max, now } = fn.link ?? { max: [4, 16], now: [4, 16] };
  put32(0x4c, ((fn.portNumber ?? 0) << 24) | (max[1] << 4) | max[0]);
  put16(0x52, (now[1] << 4) | now[0]);
  if (fn.acs !== undefined) {
    put32(0x100, 0x1401_000d);
    put16(0x104, fn.acs[0]);
    put16(0x106, fn.acs[1]);
    put32(0x108, fn.egressVector ?? 0);
  } else put32(0x100, 0x1401_0003);
  put32(0x140, fn.ats === undefined ? 0x1601_0003 : 0x1601_000f);
  if (fn.ats === true) put16(0x146, 0x8000);
  if (fn.sriov !== undefined) putSriov(fn.sriov, put16, put32);
  return bytes;
}

function putBridge(
  fn: HandFunction,
  bytes: Uint8Array,
  put16: (offset: number, value: number) => void,
  put32: (offset: number, value: number) => void,
): void {
  const [primary, secondary, subordinate] = fn.buses ?? [0, 0, 0];
  bytes.set([primary, secondary, subordinate], 0x18);
  const [base, limit] = fn.memory ?? [0xfff0_0000n, 0x000f_ffffn];
  put16(0x20, Number(base >> 16n) & 0xfff0);
  put16(0x22, Number(limit >> 16n) & 0xfff0);
  const [prefBase, prefLimit] = fn.prefetchable ?? [0xfff0_0000n, 0x000f_ffffn];
  put16(0x24, (Number((prefBase & 0xffff_ffffn) >> 16n) & 0xfff0) | 1);
  put16(0x26, (Number((prefLimit & 0xffff_ffffn) >> 16n) & 0xfff0) | 1);
  put32(0x28, Number(prefBase >> 32n));
  put32(0x2c, Number(prefLimit >> 32n));
}

function putSriov(
  sriov: NonNullable<HandFunction['sriov']>,
  put16: (offset: number, value: number) => void,
  put32: (offset: number, value: number) => void,
): void {
  put32(0x160, 0x0001_0010);
  put16(0x168, 0x0009);
  put16(0x16c, sriov.vfs);
  put16(0x16e, sriov.vfs);
  put16(0x170, sriov.vfs);
  put16(0x174, sriov.offset);
  put16(0x176, 1);
  put32(0x184, Number(sriov.start & 0xffff_ffffn) | 0xc);
  put32(0x188, Number(sriov.start >> 32n));
}
