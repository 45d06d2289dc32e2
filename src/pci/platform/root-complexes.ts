/** What host bridges and root ports tell of the processor behind them. */
import { unshown } from '../../base/index.ts';
import { type CapturedFunction, type Fact, factValue } from '../../capture/index.ts';
import { type Bdf, PCI_EXP_TYPE_RC_END, PCI_EXP_TYPE_ROOT_PORT, X86_BRIDGE_VENDORS } from '../../uapi/index.ts';
import { NO_RULES_DEVICE } from '../named-devices.ts';
import { capturedClass } from '../tree.ts';
import { isZenRootComplex } from './amd-root-complexes.ts';
import type { Architecture, CpuMaker } from './kinds.ts';

/** What one function of the platform shows. Undefined: it leaves that open. */
export interface RootComplexVote {
  readonly bdf: Bdf;
  readonly vendor: number;
  readonly device: number;
  readonly architecture: Architecture | undefined;
  readonly maker: CpuMaker | undefined;
  readonly zen: boolean | undefined;
  /** A host bridge that virtual machines show whatever the processor is. */
  readonly emulated: boolean;
}

const PCI_CLASS_BRIDGE_HOST = 0x0600;
const PCI_CLASS_BRIDGE_ISA = 0x0601;
const PCI_CLASS_BRIDGE_PCI = 0x0604;

const AMD = 0x1022;
const INTEL = 0x8086;
/** AMD's Arm processor, "Seattle". drivers/pci: 1022:1a00 to 1a02. */
const AMD_ARM: ReadonlySet<number> = new Set([0x1a00, 0x1a01, 0x1a02]);

/**
 * Host bridges that hypervisors present in front of any x86 processor: 440FX and Q35 (QEMU, Xen, Google, Amazon), 440BX
 * (VMware, Hyper-V), Cloud Hypervisor, ACRN, Parallels, bhyve (1022:7432). The first five have been sold as hardware too.
 */
const EMULATED: ReadonlySet<number> = new Set([
  0x8086_1237, 0x8086_29c0, 0x8086_7190, 0x8086_7192, 0x8086_0d57, 0x8086_5af0, 0x8086_29a0, 0x1022_7432,
]);
const EMULATED_ROOT_PORT = 0x8086_3420;

/** Chipset vendors of x86: architecture and maker of the processor; `undefined` maker: it stood before several. */
const X86: ReadonlyMap<number, CpuMaker | undefined> = new Map([
  [INTEL, 'intel'],
  [AMD, 'amd'],
  [0x1d94, 'hygon'],
  [0x1d17, 'zhaoxin'],
  // Chipsets that were gone before Zen came: ATI, VIA, SiS, ServerWorks.
  [0x1002, undefined],
  [0x1106, undefined],
  [0x1039, undefined],
  [0x1166, undefined],
]);

/** Vendors whose host bridges and root ports stand in front of processors that are no x86. pci.ids. */
const OTHERS: ReadonlyMap<number, Architecture> = new Map([
  [0x19e5, 'arm64'], // HiSilicon Kunpeng
  [0x1def, 'arm64'], // Ampere
  [0x10e8, 'arm64'], // Applied Micro X-Gene
  [0x1ded, 'arm64'], // Alibaba Yitian
  [0x1db7, 'arm64'], // Phytium
  [0x13b5, 'arm64'], // Arm
  [0x1d87, 'arm64'], // Rockchip
  [0x17cb, 'arm64'], // Qualcomm
  [0x1556, 'other'], // PLDA: StarFive and others
  [0x17cd, 'other'], // Cadence
  [0x16c3, 'other'], // Synopsys DesignWare: many systems on a chip
  [0x14c3, 'other'], // MediaTek
  [0x0e8d, 'other'], // MediaTek, older
  [0x177d, 'other'], // Cavium: arm64 and mips
  [0x11ab, 'other'], // Marvell
  [0x1957, 'other'], // Freescale, NXP: arm64 and ppc
  [0x104c, 'other'], // Texas Instruments
  [0x10ee, 'other'], // Xilinx
  [0x14e4, 'other'], // Broadcom: arm, arm64, mips
  [0x1912, 'other'], // Renesas
  [0x144d, 'other'], // Samsung
  [0x106b, 'other'], // Apple silicon, older PowerPC
  [0x0014, 'other'], // Loongson: loongarch, before 2021 mips
  [0x108e, 'other'], // Sun: sparc64
  [0xf15e, 'riscv'], // SiFive
  [0x1f1c, 'riscv'], // Sophgo
  [0x201f, 'riscv'], // SpacemiT
]);

/** Vendors of which the device must be known to tell anything. */
const TOLD_BY_DEVICE: ReadonlySet<number> = new Set([INTEL, AMD]);

/** NVIDIA (Grace, Vera, Tegra, and nForce chipsets until 2010) and IBM (POWER, and old Intel servers): none is a Zen. */
const NEVER_ZEN: ReadonlySet<number> = new Set([0x10de, 0x1014]);
const BY_ID: ReadonlyMap<number, Architecture> = new Map([
  [0x10de_22b1, 'arm64'], // Grace
  [0x10de_22b2, 'arm64'],
  [0x10de_22b8, 'arm64'],
  [0x1014_03b9, 'ppc64'], // POWER8, POWER9, POWER10
  [0x1014_03dc, 'ppc64'],
  [0x1014_04c1, 'ppc64'],
  [0x1014_0652, 'ppc64'],
]);

/** Looks at the functions that belong to processors and chipsets. `typeOf`: the PCI Express device type. */
export function rootComplexVotes(
  functions: readonly CapturedFunction[],
  typeOf: (fn: CapturedFunction) => Fact<number>,
): readonly RootComplexVote[] {
  const isIntelChipset = functions.some((fn) => fn.bdf === INTEL_SOUTH && vendorOf(fn) === INTEL);
  return functions.flatMap((fn) => {
    const vendor = vendorOf(fn);
    if (vendor === undefined) return [];
    const devices = devicesOf(fn, vendor);
    // Trees print no classes; the first function of a chipset is its host bridge.
    const isFirst = fn.bdf === 0 && vendor === INTEL && (isIntelChipset || isNamedHostBridge(fn));
    const isTold = isToldByIds(vendor, devices) || isFirst;
    const withoutClass = isTold && capturedClass(fn) === undefined ? 'root' : undefined;
    const part = platformPart(fn, typeOf) ?? withoutClass;
    if (part === undefined) return [];
    const [first, ...others] = devices.map((device) => vote(fn.bdf, vendor, device, part));
    return first !== undefined && others.every((other) => saysTheSame(first, other)) ? [first] : [];
  });
}

/** Where Intel's chipsets have had their LPC bridge since 1999: 0000:00:1f.0. */
const INTEL_SOUTH = 0x1f * 8;

/** By its printed name. pci.ids: "Host Bridge/DRAM Registers", "DMI2", "DMI3 Registers". */
function isNamedHostBridge(fn: CapturedFunction): boolean {
  return /\b(?:Host Bridge|DMI[23]?)\b/i.test(unshown(factValue(fn.printedName)) ?? '');
}

function vendorOf(fn: CapturedFunction): number | undefined {
  return factValue(fn.vendor) ?? fn.config.read16(0);
}

/** Are all of these ids of root complexes alone? */
function isToldByIds(vendor: number, devices: readonly number[]): boolean {
  const isTold = (device: number): boolean => {
    const id = vendor * 0x1_0000 + device;
    const isAmd = vendor === AMD && (isZenRootComplex(device) !== undefined || AMD_ARM.has(device));
    return isAmd || EMULATED.has(id) || BY_ID.has(id);
  };
  return devices.length > 0 && devices.every(isTold);
}

/** Device ids that the function can have; `NO_RULES_DEVICE` stands for all that no rule here names. */
function devicesOf(fn: CapturedFunction, vendor: number): readonly number[] {
  const device = factValue(fn.device) ?? fn.config.read16(2);
  if (device !== undefined) return [device];
  if (fn.namedDevices !== undefined && fn.namedDevices.length > 0) return fn.namedDevices;
  return fn.namedDevices !== undefined || !TOLD_BY_DEVICE.has(vendor) ? [NO_RULES_DEVICE] : [];
}

function saysTheSame(a: RootComplexVote, b: RootComplexVote): boolean {
  return a.architecture === b.architecture && a.maker === b.maker && a.zen === b.zen && a.emulated === b.emulated;
}

/** `root`: a host bridge or root port; `beside`: other parts of a chipset, which say less. */
function platformPart(
  fn: CapturedFunction,
  typeOf: (fn: CapturedFunction) => Fact<number>,
): 'root' | 'beside' | undefined {
  const classCode = capturedClass(fn);
  if (classCode === PCI_CLASS_BRIDGE_HOST) return 'root';
  const typeFact = typeOf(fn);
  const type = factValue(typeFact);
  if (type === PCI_EXP_TYPE_ROOT_PORT) return 'root';
  // A tree draws the bridge on a root bus, a list names it.
  const isRootPort = fn.parent.state === 'absent' || /\bRoot Port\b/i.test(unshown(factValue(fn.printedName)) ?? '');
  if (typeFact.state === 'unreadable' && classCode === PCI_CLASS_BRIDGE_PCI && isRootPort) return 'root';
  return classCode === PCI_CLASS_BRIDGE_ISA || type === PCI_EXP_TYPE_RC_END ? 'beside' : undefined;
}

function vote(bdf: Bdf, vendor: number, device: number, part: 'root' | 'beside'): RootComplexVote {
  const id = vendor * 0x1_0000 + device;
  const open = { bdf, vendor, device, architecture: undefined, maker: undefined, zen: undefined, emulated: false };
  if (vendor === AMD && AMD_ARM.has(device)) return { ...open, architecture: 'arm64', zen: false };
  if (X86.has(vendor)) {
    // ATI's, VIA's and SiS' other functions were sold on cards as well.
    if (part === 'beside') return X86_BRIDGE_VENDORS.has(vendor) ? { ...open, architecture: 'x86' } : open;
    // QEMU's root port stands in machines of any architecture, its host bridges in x86 machines only.
    if (id === EMULATED_ROOT_PORT) return { ...open, emulated: true };
    if (EMULATED.has(id)) return { ...open, architecture: 'x86', emulated: true };
    const maker = X86.get(vendor);
    return { ...open, architecture: 'x86', maker, zen: vendor === AMD ? isZenRootComplex(device) : false };
  }
  if (part === 'beside') return open;
  const architecture = BY_ID.get(id) ?? OTHERS.get(vendor);
  return architecture === undefined && !NEVER_ZEN.has(vendor) ? open : { ...open, architecture, zen: false };
}
