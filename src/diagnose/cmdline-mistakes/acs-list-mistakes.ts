/** Mistakes in the lists of `pci=disable_acs_redir=` and `pci=config_acs=`. */
import {
  type AcsView,
  acsOf,
  matchDeviceSpec,
  type PciFunction,
  type PciTopology,
  readDeviceSpec,
  upstreamBridge,
} from '../../pci/index.ts';
import {
  hasKernelFix,
  inKernelRange,
  type KernelRange,
  type KernelVersion,
  kernelVersion,
  PCI_ACS_ALL,
} from '../../uapi/index.ts';
import { flagBits, looksReversed, turned } from './acs-flags.ts';
import { likelyDevice } from './likely-device.ts';
import type { AcsOption, CmdlineMistake } from './mistake.ts';

/** What the mistakes depend on. */
export interface ListContext {
  readonly topology: PciTopology;
  readonly acs: AcsView;
  readonly kernel: KernelVersion;
}

/** Releases that have the options. */
const SINCE: Readonly<Record<AcsOption, KernelRange>> = {
  disable_acs_redir: { from: kernelVersion(4, 19) },
  config_acs: { from: kernelVersion(6, 12) },
};

/**
 * With `config_acs` came a defect in lists of several devices, of both options: the log has "Can't parse ACS command
 * line parameter". Fixed by "PCI/ACS: Fix 'pci=config_acs=' parameter" in April 2025.
 */
const DEFECT_SINCE = kernelVersion(6, 12);
const DEFECT_FIXED = [
  kernelVersion(6, 12, 23),
  kernelVersion(6, 13, 11),
  kernelVersion(6, 14, 2),
  kernelVersion(6, 15),
];

/** Everything wrong with one list. @param value the text behind the option's `=` */
export function acsListMistakes(list: AcsOption, value: string, context: ListContext): CmdlineMistake[] {
  const option = `pci=${list}=${value}`;
  if (!inKernelRange(context.kernel, SINCE[list])) return [{ code: 'option-of-later-kernel', option, list }];
  const elements = value.split(/[;,]/).filter((element) => element !== '');
  const mistakes: CmdlineMistake[] = [];
  if (/["'\\]/.test(value)) mistakes.push({ code: 'stray-quotes', option });
  const several = elements.length > 1 && inKernelRange(context.kernel, { from: DEFECT_SINCE });
  if (several && !hasKernelFix(context.kernel, DEFECT_FIXED)) mistakes.push({ code: 'list-defect', option, list });
  for (const element of elements) {
    const found = list === 'config_acs' ? configElement(element, context) : deviceMistake(element, context);
    mistakes.push(...found);
    // The kernel reads no further.
    if (found.some(({ code }) => code === 'flags-missing' || code === 'flags-invalid')) break;
  }
  return mistakes;
}

function configElement(element: string, context: ListContext): CmdlineMistake[] {
  const at = element.indexOf('@');
  if (at < 0) return [{ code: 'flags-missing', option: element }];
  const flags = element.slice(0, at);
  if (!/^[01x]*$/i.test(flags) || beyondControl(flags)) return [{ code: 'flags-invalid', option: element }];
  const mistakes: CmdlineMistake[] = [];
  if (looksReversed(flags)) {
    const { set: meantSet, cleared: meantCleared } = flagBits(turned(flags));
    mistakes.push({
      code: 'flags-reversed',
      option: element,
      ...flagBits(flags),
      meantSet,
      meantCleared,
      turned: turned(flags),
    });
  }
  return [...mistakes, ...deviceMistake(element.slice(at + 1), context)];
}

/** Do they name bits that the register does not have? */
function beyondControl(flags: string): boolean {
  const { set, cleared } = flagBits(flags);
  return set + cleared > PCI_ACS_ALL;
}

function deviceMistake(text: string, { topology, acs }: ListContext): CmdlineMistake[] {
  const { spec } = readDeviceSpec(text);
  const broken = spec.kind === 'path' && (spec.head === undefined || spec.below.includes(undefined));
  if (spec.kind === 'invalid' || broken) return [{ code: 'no-device', option: text }];
  const { functions } = topology;
  const answers = functions.map((fn) => ({ fn, match: matchDeviceSpec(fn, spec) }));
  const named = answers.filter(({ match }) => match === 'match').map(({ fn }) => fn);
  if (named.length === 0) {
    // Ids that are not in the input, and a place in the tree that is not certain, may be the ones.
    const open = answers.some(({ match }) => match === 'unknown') || !showsAll(topology);
    return open ? [] : [{ code: 'no-such-device', option: text, likely: likelyDevice(spec, functions, acs) }];
  }
  const [first] = named;
  if (first === undefined || !named.every((fn) => acsOf(acs, fn).state === 'absent')) return [];
  return [{ code: 'device-without-acs', option: text, fn: first, above: portAbove(first, acs) }];
}

/** A listing of some devices proves nothing of the others. */
function showsAll({ functions, capture }: PciTopology): boolean {
  return capture.rootBuses.state === 'known' || functions.every(({ placement }) => placement.certain);
}

function portAbove(fn: PciFunction, acs: AcsView): PciFunction | undefined {
  for (let at = upstreamBridge(fn); at !== undefined; at = upstreamBridge(at)) {
    if (acsOf(acs, at).state === 'known') return at;
  }
  return undefined;
}
