/** The boot that an input shows, predicted from its topology and registers: what the facts are held against. */
import { factValue } from '../../capture/index.ts';
import { capturedGrouping, type Grouping, type GroupPrediction, predictGroups } from '../../iommu/index.ts';
import type { P2pdmaMachine } from '../../p2pdma/index.ts';
import {
  type AcsPrediction,
  capturedAcsFacts,
  capturedAcsView,
  capturedCmdline,
  machineCmdline,
  predictAcs,
  runningAcsRequested,
} from '../../pci/index.ts';
import type { KernelCmdline } from '../../uapi/index.ts';
import { imagine } from '../what-if.ts';

/** What is predicted of a boot as a whole. */
export interface PredictedBoot {
  readonly machine: P2pdmaMachine;
  /** The command line; undefined where the input does not tell it. */
  readonly cmdline: KernelCmdline | undefined;
  /** `pcie_acs_override=` stands on it. */
  readonly acsOverride: boolean;
  /** What Linux makes of the ACS registers, with nothing known of what firmware left in them. */
  readonly acs: AcsPrediction;
  /** The groups that the input records; undefined where it records none. */
  readonly recorded: Grouping | undefined;
  /** The groups that such a boot forms. Undefined where no group is recorded. */
  readonly groups: GroupPrediction | undefined;
}

/** Predicts the boot of the input. */
export function bootOfInput(machine: P2pdmaMachine): PredictedBoot {
  const { topology, kernel } = machine;
  const text = factValue(topology.capture.kernel.cmdline);
  const cmdline = capturedCmdline(topology);
  const requested = runningAcsRequested(topology, kernel, cmdline);
  const setup = { kernel, cmdline: cmdline ?? machineCmdline(topology, ''), requested };
  const captured = capturedGrouping(topology);
  const recorded = captured === undefined || captured.groups.length === 0 ? undefined : captured;
  return {
    machine,
    cmdline,
    acsOverride: /(?:^|\s)pcie_acs_override=/.test(text ?? ''),
    acs: predictAcs(topology, setup, () => ({ value: 0, known: 0 })),
    recorded,
    groups: recorded === undefined ? undefined : predictedGroups(machine, text),
  };
}

/** By the boot with that command line; where it leaves them open, by the registers as they are now. */
function predictedGroups(machine: P2pdmaMachine, cmdline: string | undefined): GroupPrediction {
  const booted = cmdline === undefined ? undefined : imagine(machine, { cmdline });
  if (booted?.boot?.runs === true && booted.groups?.state === 'known') return booted.groups;
  const { topology, kernel } = machine;
  return predictGroups(topology, capturedAcsView(topology, capturedAcsFacts(topology, kernel)));
}
