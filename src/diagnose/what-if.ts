/** A machine under other settings: what registers, groups and rules would be. */
import { factValue } from '../capture/index.ts';
import {
  capturedGrouping,
  type GroupEvidence,
  type GroupPrediction,
  groupEvidence,
  groupsUnder,
  NO_GROUPS,
} from '../iommu/index.ts';
import { type CpuRule, type KernelChoice, kernelOf, type P2pdmaMachine } from '../p2pdma/index.ts';
import {
  type AcsControl,
  type AcsEdit,
  type AcsNote,
  acsControl,
  capturedCmdline,
  editedAcsView,
  firmwareAcs,
  machineCmdline,
  type PciFunction,
  predictAcs,
  predictedAcsView,
  runningAcsRequested,
} from '../pci/index.ts';
import type { CmdlineNote, KernelCmdline, KernelVersion } from '../uapi/index.ts';
import { iommuModeWords } from './boot-words.ts';
import { type IommuBoot, type IommuMode, iommuBoot } from './iommu-boot.ts';

/** The settings a question changes; what is left out stays as the input has it. */
export interface WhatIf {
  readonly kernel?: KernelVersion | KernelChoice | undefined;
  readonly cpu?: CpuRule | undefined;
  readonly hostBridgeIds?: P2pdmaMachine['hostBridgeIds'];
  /** A kernel command line in place of the captured one. */
  readonly cmdline?: string | undefined;
  readonly iommu?: IommuMode | undefined;
  /** Register changes on top of everything else, in order. */
  readonly acs?: readonly AcsEdit[] | undefined;
}

/** Something that a prediction takes for granted. */
export interface Assumption {
  /**
   * - `firmware-acs-zero`: Linux has written over what firmware left in these bits; taken as 0.
   * - `iommu-present`: the input shows no IOMMU, the question supposes one.
   * - `cmdline-unknown`: the captured command line is not in the input; taken as empty.
   */
  readonly code: 'firmware-acs-zero' | 'iommu-present' | 'cmdline-unknown';
  readonly ports: readonly PciFunction[];
}

/** A machine under some settings; its ACS registers are those of `machine.acs`. */
export interface Situation {
  readonly machine: P2pdmaMachine;
  /** IOMMU groups that a boot with these settings forms; undefined where it is not known whether an IOMMU runs. */
  readonly groups: GroupPrediction | undefined;
  /** The boot that was imagined; undefined: the machine as captured, but for register changes. */
  readonly boot: (IommuBoot & { readonly cmdline: KernelCmdline }) | undefined;
  /** What the groups in force tell of a boot like the running one; undefined where they tell nothing. */
  readonly evidence: GroupEvidence | undefined;
  readonly assumptions: readonly Assumption[];
  readonly notes: readonly (AcsNote | CmdlineNote)[];
}

/** The machine as the input shows it. */
export function presentSituation(machine: P2pdmaMachine): Situation {
  const captured = capturedGrouping(machine.topology);
  const groups: GroupPrediction | undefined =
    captured === undefined ? undefined : { state: 'known', groups: captured, inferred: [] };
  const evidence = captured && groupEvidence(machine.topology, machine.acs, captured);
  return { machine, groups, boot: undefined, evidence, assumptions: [], notes: [] };
}

/** The machine with the settings of a question. */
export function imagine(machine: P2pdmaMachine, whatIf: WhatIf): Situation {
  const changed: P2pdmaMachine = {
    ...machine,
    ...(whatIf.kernel === undefined ? {} : kernelOf(machine.topology, whatIf.kernel)),
    ...(whatIf.cpu === undefined ? {} : { cpu: whatIf.cpu }),
    hostBridgeIds: whatIf.hostBridgeIds ?? machine.hostBridgeIds,
  };
  const reboots = whatIf.cmdline !== undefined || whatIf.iommu !== undefined;
  const base = reboots ? imagineBoot(changed, whatIf) : presentSituation(changed);
  return whatIf.acs === undefined || whatIf.acs.length === 0 ? base : withAcsEdits(base, whatIf.acs);
}

function imagineBoot(machine: P2pdmaMachine, whatIf: WhatIf): Situation {
  const booted = bootMachine(machine, whatIf);
  const { boot } = booted;
  const evidence = handlesAcsAlike(machine, whatIf, boot) ? presentSituation(machine).evidence : undefined;
  const { topology, acs } = booted.machine;
  const groups =
    boot.runs === true ? groupsUnder(topology, acs, evidence) : boot.runs === false ? NO_GROUPS : undefined;
  return { ...booted, evidence, groups };
}

/** Does Linux treat registers in that boot as it did in the running one? Those that are not known are then the same. */
function handlesAcsAlike(
  { topology, acs, kernelSource }: P2pdmaMachine,
  { cmdline }: WhatIf,
  boot: NonNullable<Situation['boot']>,
): boolean {
  if (boot.acs === undefined || boot.acs !== acs.requested) return false;
  const { disableAcsRedir, configAcs, noAts } = boot.cmdline.pci;
  if (cmdline === undefined) return kernelSource !== 'chosen' || (disableAcsRedir ?? configAcs) === undefined;
  const running = capturedCmdline(topology)?.pci;
  const isListed = (disableAcsRedir ?? configAcs ?? running?.disableAcsRedir ?? running?.configAcs) !== undefined;
  return running?.noAts === noAts && !isListed;
}

/** The machine booted with a command line: its registers, without the groups, which take longest. */
export function bootedMachine(machine: P2pdmaMachine, cmdline: string): P2pdmaMachine {
  return bootMachine(machine, { cmdline }).machine;
}

function bootMachine(
  machine: P2pdmaMachine,
  whatIf: WhatIf,
): Omit<Situation, 'groups' | 'evidence'> & { readonly boot: NonNullable<Situation['boot']> } {
  const { topology, kernel } = machine;
  const captured = factValue(topology.capture.kernel.cmdline);
  const asked = (whatIf.cmdline ?? captured ?? '').trim();
  const text = whatIf.iommu === undefined ? asked : iommuModeWords(asked, whatIf.iommu).cmdline;
  const cmdline = machineCmdline(topology, text);
  const boot = iommuBoot(topology, kernel, cmdline, whatIf.iommu);
  const firmware = firmwareControls(machine, capturedCmdline(topology));
  const prediction = predictAcs(topology, { kernel, cmdline, requested: boot.acs }, firmware.of);
  const acs = predictedAcsView(topology, prediction, boot.iommu === undefined ? undefined : boot.iommu === 'amd');
  const assumptions: Assumption[] = [...firmware.assumptions()];
  if (boot.supposed) assumptions.push({ code: 'iommu-present', ports: [] });
  if (whatIf.cmdline === undefined && captured === undefined) assumptions.push({ code: 'cmdline-unknown', ports: [] });
  return {
    machine: { ...machine, acs, iommuInUse: boot.runs ?? 'unknown' },
    boot: { ...boot, cmdline },
    assumptions,
    notes: [...prediction.notes, ...(whatIf.cmdline === undefined ? [] : cmdline.notes)],
  };
}

/** What firmware leaves, as far as the input shows it; bits that Linux wrote over are taken as 0, and said so. */
function firmwareControls(
  machine: P2pdmaMachine,
  cmdline: KernelCmdline | undefined,
): { readonly of: (fn: PciFunction) => AcsControl; readonly assumptions: () => readonly Assumption[] } {
  const { topology, kernel } = machine;
  const seen = firmwareAcs({ requested: runningAcsRequested(topology, kernel, cmdline), cmdline });
  const assumed = new Set<PciFunction>();
  return {
    of: (fn) => {
      const control = seen(fn);
      if (fn.acs.state !== 'known') return control;
      if (control.known !== 0xffff) assumed.add(fn);
      return acsControl(control.value);
    },
    assumptions: () => (assumed.size === 0 ? [] : [{ code: 'firmware-acs-zero', ports: [...assumed] }]),
  };
}

/**
 * A situation with register changes, in order, and with the groups that a boot with such registers forms: where an
 * IOMMU runs they are predicted even without any change.
 */
export function withAcsEdits(base: Situation, edits: readonly AcsEdit[]): Situation {
  const acs = editedAcsView(base.machine.acs, edits);
  const machine = { ...base.machine, acs };
  const hadGroups =
    base.groups !== undefined && !(base.groups.state === 'known' && base.groups.groups.groups.length === 0);
  return { ...base, machine, groups: hadGroups ? groupsUnder(machine.topology, acs, base.evidence) : base.groups };
}
