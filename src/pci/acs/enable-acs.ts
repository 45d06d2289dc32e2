/** What Linux writes into the ACS Control register of a function. */
import { factValue } from '../../capture/index.ts';
import {
  inKernelRange,
  type KernelCmdline,
  type KernelRange,
  type KernelVersion,
  kernelVersion,
  PCI_ACS_TB,
} from '../../uapi/index.ts';
import type { PciFunction } from '../pci-function.ts';
import {
  ACS_REDIRECT_BITS,
  type AcsControl,
  acsControl,
  BASIC_ACS_BITS,
  DEFAULT_ACS_BITS,
  eitherControl,
  forgetBits,
  UNKNOWN_ACS_CONTROL,
  writeBits,
} from './acs-control.ts';
import { type AcsListAnswer, type AcsListError, walkConfigAcs, walkDisableAcsRedir } from './acs-list.ts';
import { acsCapOf, PCI_ACS_SPT_CTRL, quirkOf } from './acs-quirks.ts';

/** What decides, besides the function itself. */
export interface AcsSetup {
  readonly kernel: KernelVersion;
  readonly cmdline: KernelCmdline;
  /**
   * Does Linux turn ACS on by itself (`pci_acs_enable`, see `acsRequested`)? Undefined: not known; bits that depend on
   * it are not known either.
   */
  readonly requested: boolean | undefined;
  /** Functions below external-facing ports, and those ports. No input tells; default none. */
  readonly untrusted?: (fn: PciFunction) => boolean;
}

/** One thing that was done to Control, in order. */
export type AcsStep =
  | 'defaults'
  | 'translation-blocking'
  | 'disable_acs_redir'
  | 'config_acs'
  /** This kernel's handling of the two options is not known exactly. */
  | 'option-defect'
  /** A device-specific routine took the place of the defaults. */
  | 'device-specific';

/** What became of one function. */
export interface AcsOutcome {
  /** Control (+6) as it reads back. Bits that the capability does not have read 0. */
  readonly control: AcsControl;
  /** Intel ports with 32-bit registers: their Control at +8, which is the one that counts for isolation. */
  readonly sptControl: AcsControl | undefined;
  /** Why bits of `control` are not known; fits after "unknown: ". */
  readonly why: string;
  readonly steps: readonly AcsStep[];
  /** `Configured ACS to 0x001d`, where Linux says so and the value is known. */
  readonly log: readonly string[];
  readonly errors: readonly { readonly option: 'disable_acs_redir' | 'config_acs'; readonly error: AcsListError }[];
}

/** Kernels with `pci=config_acs=`. */
export const CONFIG_ACS_KERNELS: KernelRange = { from: kernelVersion(6, 12) };

/**
 * Kernels where the lists start from the register as Linux had changed it, not from what firmware left, and where a
 * list of several devices fails. 6.14 has the fix and 6.12.107 was seen to behave like 7.3; the stable releases that
 * brought it are not known.
 */
const ACS_LIST_DEFECT_KERNELS: readonly KernelRange[] = [
  { from: kernelVersion(6, 12), before: kernelVersion(6, 12, 107) },
  { from: kernelVersion(6, 13), before: kernelVersion(6, 14) },
];

/**
 * Control after Linux has set a function up, from what firmware left there. Undefined for a function without the
 * capability, and where it is not known whether it has one.
 * @kernel pci_enable_acs drivers/pci/pci.c
 */
export function pciEnableAcs(fn: PciFunction, firmware: AcsControl, setup: AcsSetup): AcsOutcome | undefined {
  const cap = acsCapOf(fn);
  if (cap === undefined) return undefined;
  if (setup.requested === undefined) {
    const yes = enable(fn, cap, firmware, { ...setup, requested: true });
    const no = enable(fn, cap, firmware, { ...setup, requested: false });
    const spt = yes.sptControl && no.sptControl && eitherControl(yes.sptControl, no.sptControl);
    return { ...no, control: eitherControl(yes.control, no.control), sptControl: spt, why: REQUEST_UNKNOWN };
  }
  return enable(fn, cap, firmware, { ...setup, requested: setup.requested });
}

const REQUEST_UNKNOWN = 'whether that boot turns ACS on is not known';
const FIRMWARE_UNKNOWN = 'what firmware leaves in the ACS Control register';
const IDS_UNKNOWN = 'whether the kernel command line names the device, whose ids are not in this input';
const LISTS_UNKNOWN = 'what this kernel makes of its ACS options is not known exactly';

function enable(
  fn: PciFunction,
  cap: number,
  firmware: AcsControl,
  setup: AcsSetup & { readonly requested: boolean },
): AcsOutcome {
  const quirk = setup.requested ? quirkOf(fn) : undefined;
  const steps: AcsStep[] = [];
  let control = firmware;
  if (setup.requested && (quirk?.rule === 'intel-spt' || quirk?.rule === 'intel-pch')) {
    steps.push('device-specific');
  } else if (setup.requested) {
    control = addDefaults(fn, cap, control, setup, steps);
  }
  const listed = applyLists(fn, control, firmware, setup);
  steps.push(...listed.steps);
  const unimplemented = BASIC_ACS_BITS & ~cap & capKnownOf(fn);
  return {
    control: writeBits(listed.control, unimplemented, 0),
    sptControl: sptControl(fn, cap, setup, listed.redirOff),
    why: listed.why,
    steps,
    log: listed.log,
    errors: listed.errors,
  };
}

/** @kernel pci_std_enable_acs drivers/pci/pci.c */
function addDefaults(fn: PciFunction, cap: number, control: AcsControl, setup: AcsSetup, steps: AcsStep[]): AcsControl {
  steps.push('defaults');
  const bits = cap & DEFAULT_ACS_BITS;
  const blocking = setup.cmdline.pci.noAts || setup.untrusted?.(fn) === true ? cap & PCI_ACS_TB : 0;
  if (blocking !== 0) steps.push('translation-blocking');
  const open = forgetBits(control, ~capKnownOf(fn) & (DEFAULT_ACS_BITS | PCI_ACS_TB));
  return writeBits(open, bits | blocking, bits | blocking);
}

/** Bits of the Capability register that the input tells. */
function capKnownOf(fn: PciFunction): number {
  return factValue(fn.acs)?.capKnown ?? 0xffff;
}

type Listed = Omit<AcsOutcome, 'sptControl'> & { readonly redirOff: boolean };

/** Both lists start from firmware's value: what they match loses the kernel's defaults. */
function applyLists(fn: PciFunction, defaults: AcsControl, firmware: AcsControl, setup: AcsSetup): Listed {
  const { disableAcsRedir, configAcs } = setup.cmdline.pci;
  const steps: AcsStep[] = [];
  const log: string[] = [];
  const errors: Listed['errors'][number][] = [];
  const redir = disableAcsRedir === undefined ? undefined : walkDisableAcsRedir(fn, disableAcsRedir);
  if (redir?.kind === 'match' && quirkOf(fn)?.rule === 'intel-spt') {
    // The routine for these ports clears the bits at +8, and the standard register stays as it is.
    return { control: defaults, why: FIRMWARE_UNKNOWN, steps: ['device-specific'], log, errors, redirOff: true };
  }
  const answers: [option: 'disable_acs_redir' | 'config_acs', answer: AcsListAnswer | undefined][] = [
    ['disable_acs_redir', redir],
    ['config_acs', hasConfigAcs(setup) && configAcs !== undefined ? walkConfigAcs(fn, configAcs) : undefined],
  ];
  let control = defaults;
  let why = FIRMWARE_UNKNOWN;
  for (const [option, answer] of answers) {
    if (answer?.kind === 'error') errors.push({ option, error: answer.error });
    if (answer?.kind === 'unknown') [control, why] = [UNKNOWN_ACS_CONTROL, IDS_UNKNOWN];
    if (answer?.kind !== 'match') continue;
    if (ACS_LIST_DEFECT_KERNELS.some((range) => inKernelRange(setup.kernel, range))) {
      steps.push('option-defect');
      [control, why] = [UNKNOWN_ACS_CONTROL, LISTS_UNKNOWN];
      continue;
    }
    steps.push(option);
    [control, why] = [writeBits(firmware, answer.mask, answer.bits), FIRMWARE_UNKNOWN];
    if (control.known === 0xffff) log.push(`Configured ACS to 0x${control.value.toString(16).padStart(4, '0')}`);
  }
  return { control, why, steps, log, errors, redirOff: false };
}

function hasConfigAcs(setup: AcsSetup): boolean {
  return inKernelRange(setup.kernel, CONFIG_ACS_KERNELS);
}

/**
 * Control at +8 of Intel ports with 32-bit registers. What firmware left there is what the capture shows, as far as
 * Linux cannot have changed it.
 * @kernel pci_quirk_enable_intel_spt_pch_acs drivers/pci/quirks.c
 */
function sptControl(fn: PciFunction, cap: number, setup: AcsSetup, redirOff: boolean): AcsControl | undefined {
  const acs = factValue(fn.acs);
  if (acs === undefined || quirkOf(fn)?.rule !== 'intel-spt') return undefined;
  const now = acs.offset === undefined ? undefined : fn.captured.config.read16(acs.offset + PCI_ACS_SPT_CTRL);
  let control =
    now === undefined ? UNKNOWN_ACS_CONTROL : forgetBits(acsControl(now), cap & (DEFAULT_ACS_BITS | ACS_REDIRECT_BITS));
  if (setup.requested === true) control = writeBits(control, cap & DEFAULT_ACS_BITS, DEFAULT_ACS_BITS);
  return redirOff ? writeBits(control, ACS_REDIRECT_BITS, 0) : control;
}
