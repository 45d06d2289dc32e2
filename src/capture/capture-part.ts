/**
 * What one passage of one source tells of a machine, and nothing else. Every reader gives parts; `joinParts` makes one
 * `MachineCapture` of any number of them: the only way into the house.
 *
 * A reader fills in what its passage tells and leaves out everything else. A field that is left out says nothing; an
 * absent fact says "there is none", an unreadable one says "my passage has a place for it, and this kept it from
 * telling". Never fill in a default.
 */
import type { Bdf } from '../uapi/index.ts';
import type { Fact } from './fact.ts';
import type { Finding } from './finding.ts';
import type {
  CapturedCpu,
  CapturedFunction,
  CapturedIommu,
  CapturedIommuGroup,
  CapturedKernel,
  CapturedMachine,
  CapturedRootBus,
  IomemEntry,
  SourceKind,
  SystemNameKind,
} from './machine-capture.ts';

/** The forms of passages, each with a reader of its own. */
export type PassageKind =
  | 'sysfs'
  | 'lspci'
  | 'lspci-tree'
  | 'kernel-log'
  | 'iommu-groups'
  | 'cmdline'
  | 'boot-configuration'
  | 'kernel-version'
  | 'cpuinfo'
  | 'iomem'
  | 'kernel-config'
  | 'acs-values'
  | 'gpu-topology'
  | 'nccl-log'
  | 'topology-xml'
  | 'rdma-topo'
  | 'hwloc'
  | 'device-list'
  | 'peer-distance'
  | 'generated';

/** Where a part stands. */
export interface PartOrigin {
  /** How people call the source: a file name, a member of an archive, "standard input", "this machine". */
  readonly source: string;
  readonly passage: PassageKind;
  /** First and last line of the passage in the source, from 1; undefined for files of a tree, which have names instead. */
  readonly line: number | undefined;
  readonly lastLine?: number;
}

/** What one passage tells of one function: any of the facts of a captured function, and where. */
export type PartFunction = { readonly bdf: Bdf } & {
  readonly [K in Exclude<keyof CapturedFunction, 'bdf'>]?: Exclude<CapturedFunction[K], undefined>;
} & {
  /** Line of the source where the function is told of; facts from other lines carry their own (`Fact.origin`). */
  readonly line?: number | undefined;
  /** Line that tells its ACS control (`ACSCtl: …`). */
  readonly acsLine?: number | undefined;
};

/** Words that show of which architecture the machine is. */
export interface ArchitectureHint {
  readonly architecture:
    | 'x86'
    | 'arm64'
    | 'arm'
    | 'riscv'
    | 'ppc64'
    | 'loongarch'
    | 's390'
    | 'mips'
    | 'sparc64'
    | 'other';
  /** What shows it, as words that fit after "as shown by ". */
  readonly words: string;
  readonly line?: number | undefined;
}

/** A message of the kernel about peer-to-peer DMA between two devices: an answer of a real kernel. */
export interface KernelPeerMessage {
  /** As printed, without time and level. Untrusted text. */
  readonly text: string;
  readonly line: number;
  /** What it says of the pair; `hint`: names ports only. */
  readonly says: 'allowed' | 'not-allowed' | 'redirected' | 'hint';
  /** The device whose memory it is, and the other; undefined where the message does not name it. */
  readonly provider: Bdf | undefined;
  readonly client: Bdf | undefined;
}

/** What the running kernel answers through the module peerpath-oracle (oracle/README.md). */
export interface KernelAnswers {
  readonly release: string | undefined;
  readonly pairs: readonly KernelPairAnswer[];
  readonly functions: readonly KernelFunctionAnswer[];
  /** Memory windows of host bridges, as CPU addresses. */
  readonly windows: readonly KernelWindowAnswer[];
}

/** `pci_p2pdma_distance()` of a pair, and its map type where the kernel let it be seen. */
export interface KernelPairAnswer {
  readonly provider: Bdf;
  readonly client: Bdf;
  /** -1: not supported. */
  readonly distance: number;
  readonly mapType: 'no' | 'bus' | 'through' | undefined;
}

/** A function's DMA state. */
export interface KernelFunctionAnswer {
  readonly bdf: Bdf;
  readonly dmaMask: bigint;
  readonly group: number | undefined;
  /** Of a translating domain: its page sizes as a bitmap, and the last address it translates. */
  readonly domain: { readonly pageSizes: bigint; readonly apertureEnd: bigint } | undefined;
}

/** One window. */
export interface KernelWindowAnswer {
  readonly domain: number;
  readonly bus: number;
  readonly start: bigint;
  /** The last address. */
  readonly last: bigint;
  /** CPU minus bus address, modulo 2^64. */
  readonly offset: bigint;
}

/** A name that the system or a driver gave to a device: `GPU3`, `mlx5_0`, `nvme0`, `enp1s0f0`. Untrusted text. */
export interface SystemLabel {
  readonly label: string;
  /** Undefined where the passage has names alone. */
  readonly bdf: Bdf | undefined;
  readonly kind: 'gpu' | 'nic' | 'nvme' | 'other';
  /** Whose name it is: with `bdf`, the function has it among its `systemNames`. */
  readonly givenBy?: SystemNameKind;
  /** Another name of the same device: `mlx5_0`, which the legend of a matrix gives for `NIC0`. */
  readonly alias?: string;
  readonly numaNode?: number | undefined;
  readonly line?: number | undefined;
}

/**
 * What lies between two devices, as the tools of the vendors say it:
 * - `one-bridge`: at most a single bridge (PIX), `bridges`: several, no host bridge (PXB, PXN counts as `host-bridge`)
 * - `host-bridge`: a host bridge (PHB), `numa-node`: several of one NUMA node (NODE), `system`: across nodes (SYS)
 */
export type BetweenDevices = 'one-bridge' | 'bridges' | 'host-bridge' | 'numa-node' | 'system';

/** One cell of a topology matrix. */
export interface TopologyClass {
  /** Labels of the two devices, as `SystemLabel.label` has them. */
  readonly a: string;
  readonly b: string;
  readonly between: BetweenDevices;
  /** As printed: `PIX`, `NODE`. */
  readonly words: string;
  readonly line: number;
}

/**
 * What a tool of user space says of a device or of two: a state of peer access, a transport that it chose. It is quoted
 * beside answers, and taken for no fact: tools ask drivers, settings and the hardware at once.
 */
export interface ToolWords {
  /** One device or two, as `SystemLabel.label`, a system name or an address has them. */
  readonly devices: readonly string[];
  /** What is said, as it was printed, or in words that fit behind the names of the devices. Untrusted text. */
  readonly text: string;
  readonly line: number;
}

/** What one passage tells. Everything but origin and findings may be left out. */
export interface CapturePart {
  readonly origin: PartOrigin;
  /** What kind of input it makes of the capture; left out: told from `origin.passage`. */
  readonly sourceKind?: SourceKind;
  readonly functions?: readonly PartFunction[];
  readonly rootBuses?: Fact<readonly CapturedRootBus[]>;
  readonly kernel?: Partial<CapturedKernel>;
  readonly cpu?: Fact<CapturedCpu>;
  readonly iomem?: Fact<readonly IomemEntry[]>;
  readonly iommuGroups?: Fact<readonly CapturedIommuGroup[]>;
  readonly iommus?: Fact<readonly CapturedIommu[]>;
  readonly ivhdEfr?: Fact<bigint>;
  readonly architecture?: readonly ArchitectureHint[];
  readonly messages?: readonly KernelPeerMessage[];
  readonly answers?: KernelAnswers;
  readonly labels?: readonly SystemLabel[];
  readonly topology?: readonly TopologyClass[];
  readonly toolWords?: readonly ToolWords[];
  /**
   * What the passage tells that has no place in a machine, for an input that tells nothing else: words that fit behind
   * the name of the input ("shows 4 ACS control values without addresses").
   */
  readonly told?: string;
  /** Name of the host, where the passage prints it: parts of two hosts are not joined. Untrusted text. */
  readonly host?: string;
  readonly findings: readonly Finding[];
}

/** How much of a text was understood. */
export interface TextCount {
  /** As `PartOrigin.source` has it. */
  readonly source: string;
  readonly lines: number;
  /** Lines that belong to no passage. */
  readonly skipped: number;
}

/** One machine, as the input shows it: all its parts, joined. */
export interface MachineCapture extends CapturedMachine {
  /**
   * What was joined, with lines and what does not concern single functions (messages, labels, topology matrices); empty
   * for generated machines. `toldBy` finds the part behind a fact.
   */
  readonly parts: readonly CapturePart[];
  /** The texts among the input, those that tell nothing too; left out where there are none. */
  readonly texts?: readonly TextCount[];
}
