/** What can be wrong with a machine, as values; text is made from them in `report/`. */
import type { RawText } from '../../base/index.ts';
import type { Finding } from '../../capture/index.ts';
import type { HostBridgeLookup, Verdict } from '../../p2pdma/index.ts';
import type { PciFunction } from '../../pci/index.ts';
import type { CmdlineNote } from '../../uapi/index.ts';
import type { CmdlineMistake } from '../cmdline-mistakes/index.ts';
import type { Exposure } from '../exposure.ts';
import type { FaultHarm, FoundFault } from '../hardware-faults/index.ts';
import type { PairWords } from '../kernel-words/index.ts';
import type { OpenPairs } from '../open-pairs.ts';
import type { Plan } from '../planner/index.ts';

/** Whose decision a finding speaks of: what Linux P2PDMA allows, what a driver decides, what hardware routes. */
export type Layer = 'linux' | 'driver' | 'hardware' | 'input';

/** One thing. Pairs are counted among GPUs, accelerators, NICs and NVMe disks, else among all endpoints. */
export type Ailment =
  /** The kernel that ran answered otherwise for pairs than the model does. */
  | {
      readonly code: 'kernel-disagrees';
      readonly pairs: readonly { readonly words: PairWords; readonly verdict: Verdict }[];
    }
  /** All pairs are refused. */
  | { readonly code: 'p2pdma-off'; readonly why: 'too-old' | 'not-configured' }
  /** The input leaves pairs open. */
  | { readonly code: 'pairs-unknown'; readonly open: OpenPairs }
  /** Registers that were not readable decide. */
  | { readonly code: 'acs-unknown'; readonly ports: readonly PciFunction[]; readonly why: string }
  /** Redirect keeps pairs from being direct. */
  | { readonly code: 'redirect'; readonly plan: Plan }
  /** The same, where registers that are not readable may keep them as well. */
  | { readonly code: 'redirect-open'; readonly ports: readonly PciFunction[]; readonly pairs: number }
  /** Pairs that no setting makes possible. */
  | {
      readonly code: 'no-way';
      readonly pairs: number;
      /** All pairs of the devices that are asked about. */
      readonly of: number;
      readonly lookups: readonly HostBridgeLookup[];
    }
  /** Separate groups that promise more than switches keep. */
  | { readonly code: 'group-gap'; readonly exposures: readonly Exposure[] }
  /** Devices of several slots in one group. */
  | { readonly code: 'shared-group'; readonly number: number; readonly devices: readonly PciFunction[] }
  /** Addresses or switches of the hardware that do not fit. */
  | { readonly code: 'addresses'; readonly what: string; readonly findings: readonly Finding[] }
  /** BARs that could be larger, of devices whose BAR is alike. */
  | {
      readonly code: 'bar-small';
      readonly devices: readonly PciFunction[];
      readonly bar: number;
      readonly size: bigint;
      readonly largest: bigint;
    }
  /** Links below what both ends can do, those that run alike together. `resting`: GPUs lower the speed while they idle. */
  | {
      readonly code: 'link-below';
      readonly devices: readonly PciFunction[];
      readonly now: LinkState;
      readonly could: LinkState;
      readonly resting: boolean;
    }
  /** A fault of hardware that others met. */
  | { readonly code: 'hardware-fault'; readonly found: FoundFault }
  /** Memory beyond the DMA mask of a device that reaches it by physical address. */
  | {
      readonly code: 'beyond-mask';
      readonly importer: PciFunction;
      readonly maskBits: number;
      readonly providers: readonly PciFunction[];
    }
  /** Traffic through the host bridge is translated. */
  | { readonly code: 'translated'; readonly pairs: number; readonly types: readonly RawText[] }
  /** A kernel built without something. */
  | {
      readonly code: 'option-missing';
      readonly option: 'CONFIG_DMABUF_MOVE_NOTIFY' | 'CONFIG_VFIO_PCI_DMABUF' | 'CONFIG_HSA_AMD_P2P';
    }
  /** The devices that Linux looks up are not the host bridges people think of. */
  | { readonly code: 'lookup-surprise'; readonly lookups: readonly [DeviceLookup, ...DeviceLookup[]] }
  /** A parameter that does nothing. */
  | { readonly code: 'vain-parameter'; readonly note: CmdlineNote }
  /** A parameter that does something else than its writer may think. */
  | { readonly code: 'mistaken-parameter'; readonly mistake: CmdlineMistake }
  /** Source validation that is no redirect. */
  | { readonly code: 'source-validation'; readonly ports: readonly PciFunction[] };

/** What was found of a device that stands for its host bridge. */
export interface DeviceLookup {
  readonly lookup: HostBridgeLookup;
  readonly device: PciFunction;
}

/** GT/s and lanes. */
export interface LinkState {
  readonly speed: number;
  readonly width: number;
}

/** The layer of a finding. */
export function layerOf({ code }: Ailment): Layer {
  switch (code) {
    case 'acs-unknown':
    case 'pairs-unknown':
      return 'input';
    case 'addresses':
    case 'bar-small':
    case 'link-below':
    case 'hardware-fault':
    case 'group-gap':
      return 'hardware';
    case 'beyond-mask':
    case 'option-missing':
      return 'driver';
    default:
      return 'linux';
  }
}

/** How a finding bears on the machine: pairs do not work, isolation is less than it seems, it costs speed or a feature, or nothing. */
export type Weight = 'blocks' | 'exposes' | 'slows' | 'tells';

const HARM_WEIGHT: Readonly<Record<FaultHarm, Weight>> = {
  'wrong-data': 'blocks',
  fails: 'blocks',
  slow: 'slows',
  isolation: 'exposes',
};

/** The weight of a finding. */
export function weightOf(ailment: Ailment): Weight {
  const { code } = ailment;
  if (ailment.code === 'link-below' && ailment.resting) return 'tells';
  if (ailment.code === 'hardware-fault') return HARM_WEIGHT[ailment.found.fault.harm];
  switch (code) {
    case 'group-gap':
    case 'shared-group':
      return 'exposes';
    case 'bar-small':
    case 'link-below':
    case 'option-missing':
    case 'translated':
      return 'slows';
    case 'lookup-surprise':
    case 'vain-parameter':
    case 'source-validation':
      return 'tells';
    default:
      return 'blocks';
  }
}

/** Where a finding stands: what costs people most comes first, what is so by design last. */
export function ailmentRank(ailment: Ailment): number {
  const resting = ailment.code === 'link-below' && ailment.resting;
  return resting ? AILMENT_ORDER.length : AILMENT_ORDER.indexOf(ailment.code);
}

const AILMENT_ORDER: readonly Ailment['code'][] = [
  'pairs-unknown',
  'kernel-disagrees',
  'p2pdma-off',
  'acs-unknown',
  'hardware-fault',
  'mistaken-parameter',
  'redirect',
  'redirect-open',
  'group-gap',
  'no-way',
  'addresses',
  'beyond-mask',
  'shared-group',
  'bar-small',
  'link-below',
  'option-missing',
  'translated',
  'lookup-surprise',
  'vain-parameter',
  'source-validation',
];
