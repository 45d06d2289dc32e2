/** ACS of a whole machine: what firmware left, what Linux makes of it, and the view that groups are formed from. */
import { defined } from '../../base/index.ts';
import { type Fact, factValue, known } from '../../capture/index.ts';
import { inKernelRange, type KernelCmdline, PCI_ACS_EC, PCI_ACS_TB } from '../../uapi/index.ts';
import type { PciFunction } from '../pci-function.ts';
import type { PciTopology } from '../topology.ts';
import { type AcsControl, acsControl, DEFAULT_ACS_BITS, forgetBits, UNKNOWN_ACS_CONTROL } from './acs-control.ts';
import { walkConfigAcs, walkDisableAcsRedir } from './acs-list.ts';
import { acsCapOf } from './acs-quirks.ts';
import type { AcsRegisters, AcsView } from './acs-view.ts';
import { type AcsOutcome, type AcsSetup, CONFIG_ACS_KERNELS, pciEnableAcs } from './enable-acs.ts';

/** What becomes of a machine's ACS registers under some setup. */
export interface AcsPrediction {
  readonly setup: AcsSetup;
  /** By function; functions without the capability, or where it is not known, are not in it. */
  readonly outcomes: ReadonlyMap<PciFunction, AcsOutcome>;
  readonly notes: readonly AcsNote[];
}

/** Something about the setup that people should know. */
export interface AcsNote {
  /**
   * - `needs-newer-kernel`: this kernel does not have the option.
   * - `no-device-matches`: the option names no function with an ACS capability.
   * - `match-unknown`: it may name some: ids that it asks for, or the capability of what it names, are not in the input.
   */
  readonly code: 'needs-newer-kernel' | 'no-device-matches' | 'match-unknown';
  readonly option: string;
}

/**
 * Control registers of all functions after a boot with this setup. `firmware` gives what firmware leaves in them:
 * {@link firmwareAcs}, or an assumption that the caller then has to name.
 */
export function predictAcs(
  topology: PciTopology,
  setup: AcsSetup,
  firmware: (fn: PciFunction) => AcsControl,
): AcsPrediction {
  const outcomes = new Map<PciFunction, AcsOutcome>();
  for (const fn of topology.functions) {
    const outcome = pciEnableAcs(fn, firmware(fn), setup);
    if (outcome !== undefined) outcomes.set(fn, outcome);
  }
  return { setup, outcomes, notes: setupNotes(topology, setup) };
}

function setupNotes({ functions }: PciTopology, { kernel, cmdline }: AcsSetup): AcsNote[] {
  const notes: AcsNote[] = [];
  const add = (code: AcsNote['code'] | undefined, option: string): void => {
    if (code !== undefined) notes.push({ code, option });
  };
  const { configAcs, disableAcsRedir } = cmdline.pci;
  if (disableAcsRedir !== undefined) {
    add(matchNote(functions, disableAcsRedir, walkDisableAcsRedir), `pci=disable_acs_redir=${disableAcsRedir}`);
  }
  if (configAcs !== undefined) {
    const there = inKernelRange(kernel, CONFIG_ACS_KERNELS);
    add(there ? matchNote(functions, configAcs, walkConfigAcs) : 'needs-newer-kernel', `pci=config_acs=${configAcs}`);
  }
  return notes;
}

function matchNote(
  functions: readonly PciFunction[],
  list: string,
  walk: typeof walkConfigAcs,
): AcsNote['code'] | undefined {
  const withAcs = functions.filter(({ acs }) => acs.state !== 'absent');
  const answers = withAcs.map((fn) => ({ fn, kind: walk(fn, list).kind }));
  if (answers.some(({ fn, kind }) => kind === 'match' && fn.acs.state === 'known')) return undefined;
  return answers.some(({ kind }) => kind === 'match' || kind === 'unknown') ? 'match-unknown' : 'no-device-matches';
}

/**
 * What firmware left in a Control register, as far as the capture shows it: the running kernel has written over the
 * bits that it sets by default and those that its command line names, and kept the others. A register changed by hand
 * after boot (setpci) cannot be told from this.
 */
export function firmwareAcs(
  running: Pick<AcsSetup, 'requested'> & { readonly cmdline: KernelCmdline | undefined },
): (fn: PciFunction) => AcsControl {
  return (fn) => {
    const acs = factValue(fn.acs);
    if (acs === undefined || running.cmdline === undefined) return UNKNOWN_ACS_CONTROL;
    const { disableAcsRedir = '', configAcs = '' } = running.cmdline.pci;
    // Translation blocking is never cleared by default, so a bit that is 0 now was 0 then.
    let written = running.requested === false ? 0 : (acsCapOf(fn) ?? 0) & (DEFAULT_ACS_BITS | (acs.ctrl & PCI_ACS_TB));
    for (const answer of [walkDisableAcsRedir(fn, disableAcsRedir), walkConfigAcs(fn, configAcs)]) {
      if (answer.kind === 'match') written |= answer.mask;
      if (answer.kind === 'unknown') written |= DEFAULT_ACS_BITS | PCI_ACS_TB | PCI_ACS_EC;
    }
    return forgetBits(acsControl(acs.ctrl), written);
  };
}

/** The registers as predicted. */
export function predictedAcsView(
  topology: PciTopology,
  { outcomes, setup }: AcsPrediction,
  amdIommu: boolean | undefined,
): AcsView {
  const registers = topology.functions.map((fn): Fact<AcsRegisters> => {
    if (fn.acs.state !== 'known') return fn.acs;
    const { offset, cap, egressVector } = fn.acs.value;
    const { control, sptControl, why } = defined(outcomes.get(fn), 'what becomes of a function with the capability');
    return known({ offset, cap, egressVector, control, sptControl, why, source: 'boot' });
  });
  return { amdIommu, requested: setup.requested, registers };
}
