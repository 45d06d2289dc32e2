/** The instruction set of a machine's kernel. */
import { type CapturedFunction, factValue, type MachineCapture } from '../../capture/index.ts';
import { formatBdf } from '../../uapi/index.ts';
import { type PlatformFact, shownBy } from './evidence.ts';
import type { Architecture } from './kinds.ts';
import type { RootComplexVote } from './root-complexes.ts';

/**
 * The first that tells: vendor of the processor, what `uname` and the like say, configuration, name of the release, name
 * of the processor, IOMMUs, host bridges, device tree.
 */
export function architectureOf(capture: MachineCapture, votes: readonly RootComplexVote[]): PlatformFact<Architecture> {
  const named =
    byVendor(capture) ??
    byHint(capture) ??
    byConfig(capture) ??
    byRelease(capture) ??
    byCpuName(capture) ??
    byIommu(capture);
  const vendor = factValue(capture.cpu)?.vendorId;
  if (named !== undefined) return named;
  // Only x86 has the line in /proc/cpuinfo.
  if (vendor?.state === 'absent') return byVotes(votes, true) ?? shownBy('other', 'cpu-vendor', '');
  return byVotes(votes, false) ?? byDeviceTree(capture) ?? { state: 'unreadable', why: whyOpen(capture.functions) };
}

function whyOpen(functions: readonly CapturedFunction[]): string {
  return functions.length === 0
    ? 'neither processor nor kernel is in this input'
    : 'neither processor nor kernel is in this input, and no host bridge tells';
}

/** Vendors of x86 processors, as `/proc/cpuinfo` and `lscpu` spell them; lscpu names those of others, too. */
const X86_VENDORS =
  /^(?:GenuineIntel|AuthenticAMD|HygonGenuine|CentaurHauls|\s*Shanghai\s*|CyrixInstead|GenuineTMx86|Geode by NSC|Vortex86 SoC|UMC UMC UMC)$/;

function byVendor({ cpu }: MachineCapture): PlatformFact<Architecture> | undefined {
  const vendor = factValue(factValue(cpu)?.vendorId ?? { state: 'absent' });
  return vendor !== undefined && X86_VENDORS.test(vendor) ? shownBy('x86', 'cpu-vendor', vendor) : undefined;
}

/** Passages that name the machine: `uname -a`, `lscpu`. Where they contradict each other they tell nothing. */
function byHint({ parts }: MachineCapture): PlatformFact<Architecture> | undefined {
  const hints = parts.flatMap(({ architecture }) => architecture ?? []);
  const [first] = hints;
  if (first === undefined || hints.some(({ architecture }) => architecture !== first.architecture)) return undefined;
  return shownBy(first.architecture, 'words', first.words);
}

const CONFIG: readonly (readonly [option: string, architecture: Architecture])[] = [
  ['CONFIG_X86', 'x86'],
  ['CONFIG_ARM64', 'arm64'],
  ['CONFIG_ARM', 'arm'],
  ['CONFIG_RISCV', 'riscv'],
  ['CONFIG_PPC64', 'ppc64'],
  ['CONFIG_LOONGARCH', 'loongarch'],
  ['CONFIG_S390', 's390'],
  ['CONFIG_MIPS', 'mips'],
  ['CONFIG_SPARC64', 'sparc64'],
];

function byConfig({ kernel }: MachineCapture): PlatformFact<Architecture> | undefined {
  const config = factValue(kernel.config);
  const found = CONFIG.find(([option]) => config?.get(option) === 'y');
  return found && shownBy(found[1], 'config', found[0]);
}

/** Endings that distributions and makers give their releases. */
const RELEASE: readonly (readonly [pattern: RegExp, architecture: Architecture])[] = [
  [/(?:^|[^a-z0-9])(?:x86_64|amd64|i[3-6]86|686-pae)\b/, 'x86'],
  [
    /(?:^|[^a-z0-9])(?:aarch64|arm64)|-(?:tegra|raspi|rpi-v8|rpi-2712|rockchip|qcom|xilinx-zynqmp|nvidia-tegra)\b/,
    'arm64',
  ],
  [/(?:^|[^a-z0-9])(?:armv7\w*|armhf|armmp)\b/, 'arm'],
  [/(?:^|[^a-z0-9])riscv64?\b/, 'riscv'],
  [/(?:^|[^a-z0-9])(?:ppc64(?:le|el)?|powerpc64(?:le)?)\b/, 'ppc64'],
  [/(?:^|[^a-z0-9])(?:loongarch64|loong64|loongson-3)\b/, 'loongarch'],
  [/(?:^|[^a-z0-9])s390x\b/, 's390'],
  [/(?:^|[^a-z0-9])(?:mips\w*|loongson-2)\b/, 'mips'],
  [/(?:^|[^a-z0-9])sparc64\b/, 'sparc64'],
];

function byRelease({ kernel }: MachineCapture): PlatformFact<Architecture> | undefined {
  const release = factValue(kernel.release);
  if (release === undefined) return undefined;
  const found = RELEASE.find(([pattern]) => pattern.test(release));
  return found && shownBy(found[1], 'release', release);
}

const CPU_NAMES: readonly (readonly [pattern: RegExp, architecture: Architecture])[] = [
  [/\b(?:Intel|AMD|EPYC|Ryzen|Xeon|Opteron|Athlon|Hygon|Zhaoxin|KaiXian|KaiSheng|QEMU Virtual CPU)\b/i, 'x86'],
  [/\b(?:ARMv[89]|Cortex-[AXR]\d+|Neoverse|Kunpeng|Ampere|ThunderX\d?|Phytium|FTC\d+|Graviton|Apple M\d)/i, 'arm64'],
  [/\bPOWER(?:[5-9]|1\d)\b/, 'ppc64'],
  [/\bLoongson-3[A-D][56]/i, 'loongarch'],
  [/\brv64/i, 'riscv'],
];

function byCpuName({ cpu }: MachineCapture): PlatformFact<Architecture> | undefined {
  const name = factValue(factValue(cpu)?.modelName ?? { state: 'absent' });
  if (name === undefined) return undefined;
  const found = CPU_NAMES.find(([pattern]) => pattern.test(name));
  return found && shownBy(found[1], 'cpu-name', name);
}

function byIommu({ iommus }: MachineCapture): PlatformFact<Architecture> | undefined {
  for (const { kind, name } of factValue(iommus) ?? []) {
    if (kind === 'intel' || kind === 'amd') return shownBy('x86', 'iommu', name);
    if (kind === 'smmuv3') return shownBy('arm64', 'iommu', name);
  }
  return undefined;
}

function byDeviceTree({ rootBuses }: MachineCapture): PlatformFact<Architecture> | undefined {
  for (const { platformNode } of factValue(rootBuses) ?? []) {
    if (platformNode.state === 'known') return shownBy('other', 'device-tree', platformNode.value);
  }
  return undefined;
}

/** `notX86`: the input shows otherwise that it is none. Functions that contradict each other tell nothing. */
function byVotes(votes: readonly RootComplexVote[], notX86: boolean): PlatformFact<Architecture> | undefined {
  const telling = votes.filter(({ architecture }) => architecture !== undefined && !(notX86 && architecture === 'x86'));
  const [first] = telling;
  if (first?.architecture === undefined || telling.some((vote) => vote.architecture !== first.architecture)) {
    return undefined;
  }
  return shownBy(first.architecture, 'root-complex', formatBdf(first.bdf), first.bdf);
}
