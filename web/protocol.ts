/** What the page and its worker say to each other: plain data, no values of the core. Indexes are `PciFunction.index`. */
import type { Finding } from '../src/capture/index.ts';
import type { Ailment, IommuMode, Weight } from '../src/diagnose/index.ts';
import type { DeviceKind } from '../src/pci/index.ts';
import type { Block, FunctionJson, Line, Section } from '../src/report/index.ts';
import type { MapType } from '../src/uapi/index.ts';
import type { MapRequest, MapView, OriginView } from './map-protocol.ts';

/** An answer as the matrix holds it: 0 unknown, 1 not supported, 2 direct, 3 through the host bridge. */
export type TypeCode = 0 | 1 | 2 | 3;

/** Map types by {@link TypeCode}. */
export const TYPE_OF_CODE: readonly (MapType | 'unknown')[] = [
  'unknown',
  'PCI_P2PDMA_MAP_NOT_SUPPORTED',
  'PCI_P2PDMA_MAP_BUS_ADDR',
  'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE',
];

/** A file that came together with others. */
export interface BesideFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Where a machine comes from. */
export type OpenInput =
  | {
      readonly from: 'bytes';
      readonly bytes: Uint8Array;
      readonly name: string;
      /** Files that tell of the same machine. */
      readonly others?: readonly BesideFile[];
      /** Which of the machines that the files show, from 0, where they cannot be one. */
      readonly machine?: number;
      /** Files that came with a scenario. */
      readonly beside?: readonly BesideFile[];
    }
  | { readonly from: 'example'; readonly name: string };

/** What came of opening. `more`: how many machines the files show after this one. */
export type Opened = { readonly ok: true; readonly machine: MachineView; readonly more: number } | Refused;

/** Why not. */
export interface Refused {
  readonly ok: false;
  readonly error: string;
  /** For a worker that reads texts: the files as they unpack. */
  readonly texts?: readonly BesideFile[] | undefined;
  readonly more?: number | undefined;
}

/** A link in words and as a weight for drawing. */
export interface LinkView {
  /** `gen5 x16`. */
  readonly text: string;
  /** 1e9 bytes per second after the line code; undefined where speed or width is not known. */
  readonly rate: number | undefined;
  /** How it runs, in GT/s and lanes, where both ends can do more. */
  readonly slow: { readonly speed: string; readonly width: string } | undefined;
}

/** One function, as far as pictures need it. */
export interface FunctionView {
  readonly index: number;
  readonly bdf: string;
  readonly label: string | undefined;
  readonly name: string;
  readonly kind: DeviceKind;
  /** The bridge above, for virtual functions that of the physical one; -1 on a root bus. */
  readonly parent: number;
  /** Of a virtual function; else -1. */
  readonly physfn: number;
  readonly hostBridge: number;
  readonly endpoint: boolean;
  readonly bridge: boolean;
  readonly link: LinkView | undefined;
}

/** A root bus: where a host bridge of some socket puts its devices. */
export interface RootBusView {
  readonly name: string;
  /** Of the socket it belongs to; undefined where the input does not tell, or where there are none. */
  readonly numaNode: number | undefined;
}

/** A machine that was read. */
export interface MachineView {
  /** Name of the input. */
  readonly title: string;
  /** Host or board, where a text of the input names one. */
  readonly called: string | undefined;
  readonly source: string;
  readonly functions: readonly FunctionView[];
  /** By host bridge index. */
  readonly hostBridges: readonly RootBusView[];
  readonly findings: readonly FindingView[];
  /** `7.3.4`: what the input is answered for without a choice. */
  readonly kernel: string;
  /** Captured kernel command line; undefined when it is not in the input. */
  readonly cmdline: string | undefined;
}

/** A finding and the function it is about. */
export interface FindingView extends Finding {
  /** -1: none in particular. */
  readonly at: number;
}

/** What stands in the way of peer-to-peer DMA: one finding of `peerpath doctor`. */
export interface AilmentView {
  readonly code: Ailment['code'];
  readonly weight: Weight;
  readonly section: Section;
  /** Commands and parameters to copy. */
  readonly pastes: readonly Block[];
  /** Functions it is about, the first place first. */
  readonly devices: readonly number[];
  readonly trial: TrialView | undefined;
}

/** What a finding's remedy changes on the model. */
export interface TrialView {
  readonly iommu?: IommuMode;
  readonly acs: readonly AcsChoice[];
}

/** The doctor's findings in the situation that was asked for last. */
export interface ExaminationView {
  readonly ailments: readonly AilmentView[];
  /** Why nothing was looked for. */
  readonly leftOut: string | undefined;
}

/** Bits of one port's ACS control register that a question sets. */
export interface AcsChoice {
  readonly port: number;
  readonly mask: number;
  readonly bits: number;
}

/** What a question changes. Empty: the machine as it is. */
export interface WhatIfChoice {
  readonly kernel?: string | undefined;
  readonly iommu?: IommuMode | undefined;
  /** A kernel command line in place of the captured one. */
  readonly cmdline?: string | undefined;
  /** AMD Zen, or another processor. */
  readonly cpu?: 'zen' | 'other' | undefined;
  /** Of all host bridges: `vvvv:dddd`, as in the list of those that Linux trusts. */
  readonly hostBridge?: string | undefined;
  readonly acs: readonly AcsChoice[];
}

/** ACS of one port in a situation. */
export interface PortAcs {
  readonly port: number;
  readonly cap: number;
  /** Control register; bits outside `known` are not known. */
  readonly control: number;
  readonly known: number;
  /** Redirects peer traffic. */
  readonly redirects: boolean;
}

/** One IOMMU group. */
export interface GroupView {
  readonly number: number;
  readonly members: readonly number[];
}

/** How the groups stand against the present ones. */
export interface GroupChange {
  readonly what: 'merged' | 'split';
  readonly members: readonly number[];
  readonly parts: number;
}

/** The machine under a question. */
export interface SituationView {
  /** The functions of the matrix, ascending by index: rows and columns of `types`. */
  readonly shown: Int32Array;
  /** How many functions of the asked-for scope there are; more than `shown.length` where the matrix was cut. */
  readonly scopeSize: number;
  /** What nobody asked about, in a sentence; empty where that is nothing. */
  readonly leftOut: string;
  /** {@link TypeCode} by provider * n + client. */
  readonly types: Uint8Array;
  /** The same for the machine as it is; undefined without a question. */
  readonly before: Uint8Array | undefined;
  /** How many pairs there are of each {@link TypeCode}, and were without the question. */
  readonly counts: readonly number[];
  readonly countsBefore: readonly number[] | undefined;
  readonly changedPairs: number;
  /** What else is different, in sentences: addresses of pairs whose answer is the same. */
  readonly alsoChanges: readonly string[];
  /** How many pairs have the same answer and get other addresses. */
  readonly otherAddresses: number;
  readonly kernelLine: string;
  /** Ports with an ACS capability. */
  readonly ports: readonly PortAcs[];
  /** Those whose ACS settings are others than without the question, and what became of redirection. */
  readonly changedPorts: readonly { readonly port: number; readonly redirect: 'on' | 'off' | 'same' }[];
  /** Ports whose ACS registers the input does not show. */
  readonly unreadablePorts: readonly number[];
  /** Undefined: not known whether an IOMMU runs. */
  readonly groups: readonly GroupView[] | undefined;
  /** Where facts are missing: the groups are the coarsest that are possible. */
  readonly groupsUncertain: boolean;
  readonly groupChanges: readonly GroupChange[];
  /** What to add to the kernel command line; '' for none. */
  readonly parameters: string;
  /** Words of the captured command line that go in return; '' for none. */
  readonly replaces: string;
  /** Kernels would cut the command line: in a sentence, and in fewer characters where ports can be named alike. */
  readonly tooLong: { readonly sentence: string; readonly shorter: string | undefined } | undefined;
  /** The same for now, until the next boot. */
  readonly commands: readonly string[];
  /** What is taken for granted, and what has no effect. */
  readonly notes: readonly Line[];
}

/** A place of a picture: a function by index, a host bridge as -1 - index, or memory. */
export type Place = number | 'ram';

/** One stop of a packet. Decisions made in a row at one place are one stop. */
export interface PacketStop {
  readonly place: Place;
  readonly name: string;
  readonly rules: readonly StopRule[];
}

/** Why a packet goes on as it does. */
export interface StopRule {
  readonly text: string;
  /** It is turned away from the shortest way. */
  readonly turns: boolean;
  /** The register that decides. */
  readonly register: string | undefined;
  /** Facts that would be needed to know. */
  readonly missing: readonly string[];
  /** No register tells. */
  readonly assumed: boolean;
}

/** How one request travels. */
export interface RouteView {
  /** Which request: `nic0 reads 0x… (I/O address of BAR 0 of gpu0)`. */
  readonly request: string;
  readonly stops: readonly PacketStop[];
  /** Of the answer. */
  readonly back: readonly PacketStop[];
  readonly end: string;
  /** Does it reach the BAR that was meant, and the answer come back? */
  readonly outcome: 'arrives' | 'lost' | 'unknown';
  readonly speed: string | undefined;
  readonly bottleneck: { readonly text: string; readonly port: number; readonly below: number } | undefined;
}

/** What could be changed, its price first, and how to try it. */
export interface FixView {
  readonly section: Section;
  /** Clears these bits in a what-if. */
  readonly choices: readonly AcsChoice[];
}

/** One direction of a pair. */
export interface DirectionView {
  readonly provider: number;
  readonly client: number;
  readonly type: TypeCode;
  /** In a word or two. */
  readonly answer: string;
  readonly sentence: string;
  /** Why, what is missing, what packets do, and where no setting helps, what would. */
  readonly sections: readonly Section[];
  /** How many facts are missing. */
  readonly missing: number;
  readonly path: readonly number[];
  /** Redirecting ports that the verdict met. */
  readonly redirects: readonly number[];
  /** The bridge where the paths meet; -1: the host bridge. */
  readonly meets: number;
  /** Where the pair comes to an end: where Linux refuses it, or where a request is lost. */
  readonly stop: Place | undefined;
  readonly route: RouteView | undefined;
  readonly fix: FixView | undefined;
}

/** A pair, both ways. */
export interface PairView {
  readonly forth: DirectionView;
  readonly back: DirectionView;
}

/** BARs that can be mapped. */
export interface BarView {
  readonly bar: number;
  readonly text: string;
  /** Bytes, decimal text. */
  readonly size: string;
}

/** All about one function. */
export interface DetailView {
  readonly json: FunctionJson;
  readonly className: string;
  readonly bars: readonly BarView[];
  readonly findings: readonly FindingView[];
}

/** What holds for all pairs that are shown. */
export interface SummaryView {
  /** '' where there are no pairs. */
  readonly sentence: string;
  /** Where most pairs are unknown: a command to run on that machine, and how many pairs it settles. */
  readonly settle: { readonly command: string; readonly pairs: number } | undefined;
}

/** What cells can be coloured by, beside the answer. */
export type ColourBy = 'class' | 'distance' | 'rate' | 'node';

/** One number a cell of the matrix that is shown, and what each stands for. */
export interface ColourView {
  /** By provider * n + client. */
  readonly codes: Uint8Array;
  readonly legend: readonly { readonly letter: string; readonly words: string; readonly count: number }[];
}

/** Requests by name: what goes in and what comes out. */
export interface Requests {
  open: [OpenInput, Opened];
  names: [string, readonly string[]];
  situation: [{ whatIf: WhatIfChoice; scope: 'endpoints' | 'all'; only: Int32Array | undefined }, SituationView];
  pair: [{ provider: number; client: number }, PairView];
  /** Works out a made-up question and forgets it: what was done once is done faster. */
  rehearse: [undefined, undefined];
  detail: [number, DetailView];
  examine: [undefined, ExaminationView];
  /** Of the situation and the devices that were asked for last. */
  summary: [undefined, SummaryView];
  colour: [ColourBy, ColourView];
  map: [MapRequest, MapView];
  origins: [{ from: number; count: number }, readonly OriginView[]];
}

/** A message to the worker. */
export interface RequestMessage {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

/** A message from the worker. `defect`: a defect of peerpath, in words. */
export type ReplyMessage =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly defect: string };
