/** `peerpath devices`, `tree`, `groups`, `evidence` and `doctor`: questions about the machine as a whole. */
import { examine, openPairs } from '../../diagnose/index.ts';
import {
  devicesJson,
  devicesSheet,
  doctorJson,
  doctorSheet,
  evidenceJson,
  evidenceSheet,
  groupsJson,
  groupsKnown,
  groupsSheet,
  treeSheet,
} from '../../report/index.ts';
import { EXIT } from '../exit-code.ts';
import { openMachine } from '../open-machine.ts';
import type { MachineOptions } from '../options.ts';
import { printSheet } from '../output.ts';
import { requireWeighable } from '../wants.ts';

/** Prints every function of the machine. */
export async function devicesCommand(sources: readonly string[], options: MachineOptions): Promise<void> {
  const machine = await openMachine(sources, options);
  printSheet(devicesSheet(machine), () => devicesJson(machine), options);
}

/** Prints the PCI tree. */
export async function treeCommand(sources: readonly string[], options: MachineOptions): Promise<void> {
  const machine = await openMachine(sources, options);
  printSheet(treeSheet(machine), () => devicesJson(machine), options);
}

/** Prints the IOMMU groups, and what a change does to isolation; the exit code tells whether the groups are known. */
export async function groupsCommand(sources: readonly string[], options: MachineOptions): Promise<void> {
  const machine = await openMachine(sources, options);
  printSheet(groupsSheet(machine), () => groupsJson(machine), options);
  process.exitCode = groupsKnown(machine.analysis.situation) ? EXIT.answered : EXIT.unknown;
}

/** Prints what stands in the way, what costs most first. */
export async function doctorCommand(
  sources: readonly string[],
  options: MachineOptions & { readonly all?: boolean },
): Promise<void> {
  const machine = await openMachine(sources, options);
  requireWeighable(machine.analysis.topology, 'ask "peerpath matrix --only" about some of them');
  const ailments = examine(machine.analysis.situation);
  const shown = options.all === true ? ['--all'] : [];
  printSheet(doctorSheet(machine, ailments), () => doctorJson(machine, ailments), { ...options, shown });
}

/** Prints what the input told, from where, and what is missing; the exit code tells whether a pair is open. */
export async function evidenceCommand(sources: readonly string[], options: MachineOptions): Promise<void> {
  const machine = await openMachine(sources, options);
  requireWeighable(machine.analysis.topology, 'ask "peerpath matrix --only" about some of them');
  const open = openPairs(machine.analysis.machine);
  printSheet(evidenceSheet(machine, open), () => evidenceJson(machine, open), options);
  process.exitCode = open.open > 0 ? EXIT.unknown : EXIT.answered;
}
