/** What a log says of one function, while it is read: later lines replace earlier ones. */
import type { Bdf } from '../../uapi/index.ts';
import type { SystemName } from '../machine-capture.ts';
import type { PrintedResource } from './resource-words.ts';

/** Kernel indexes of resources: BARs 0-5, ROM 6, BARs of virtual functions 7-12, windows 13-15. */
export const ROM = 6;
export const FIRST_VF_BAR = 7;
export const IO_WINDOW = 13;
export const MEMORY_WINDOW = 14;
export const PREFETCHABLE_WINDOW = 15;

/** How fast a link runs or could run: GT/s and lanes. */
export interface LinkWords {
  readonly speed: number;
  readonly width: number;
}

/** One function. */
export interface FunctionDraft {
  readonly bdf: Bdf;
  /** Line of its identity, else of its first mention. */
  line: number;
  /** `[8086:1572] type 00 class 0x020000 PCIe Endpoint`; undefined where the log has no such line of it. */
  identity: Identity | undefined;
  readonly resources: Map<number, PrintedResource>;
  buses: { readonly secondary: number; readonly subordinate: number } | undefined;
  group: GroupWords | undefined;
  /** It is in a group of which the number may be cut short. */
  isGroupCut: boolean;
  /** The group it was in before it was removed and added again. */
  groupBefore: GroupWords | undefined;
  /** What the link runs at, as the limit of some path. */
  link: LinkWords | undefined;
  /** What it could run at. */
  maxLink: LinkWords | undefined;
  p2pmemSize: bigint | undefined;
  /** What the kernel wrote into its ACS Control register, and where it says so. */
  acsControl: { readonly value: number; readonly line: number } | undefined;
  /** The driver that speaks of it. */
  driver: string | undefined;
  /** What the system calls it. */
  readonly names: SystemName[];
}

/** Membership in a group. */
export interface GroupWords {
  readonly id: number;
  readonly line: number;
}

/** What the kernel prints when it finds a function. */
export interface Identity {
  readonly vendor: number;
  readonly device: number;
  /** Without the multi-function bit. */
  readonly headerType: number;
  readonly classCode: number;
  /** PCI_EXP_TYPE_*; `conventional`: no PCI Express function; undefined: not printed (before 6.11). */
  readonly express: number | 'conventional' | undefined;
}

/** A function of which nothing is known yet. */
export function draftFunction(bdf: Bdf, line: number): FunctionDraft {
  return {
    bdf,
    line,
    identity: undefined,
    resources: new Map(),
    buses: undefined,
    group: undefined,
    isGroupCut: false,
    groupBefore: undefined,
    link: undefined,
    maxLink: undefined,
    p2pmemSize: undefined,
    acsControl: undefined,
    driver: undefined,
    names: [],
  };
}
