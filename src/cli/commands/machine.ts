/** `peerpath devices`, `tree`, `groups`, `evidence` and `doctor`: questions about the machine as a whole. */
import { examine, GOALS, type Goal, judgeGoal, openPairs } from '../../diagnose/index.ts';
import {
  devicesJson,
  devicesSheet,
  doctorJson,
  doctorSheet,
  evidenceJson,
  evidenceSheet,
  goalJson,
  goalSheet,
  groupsJson,
  groupsKnown,
  groupsSheet,
  treeSheet,
} from '../../report/index.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { answersByLabels, openMachine } from '../open-machine.ts';
import type { MachineOptions } from '../options.ts';
import { chosenFormat, printSheet } from '../output.ts';
import { withProgress } from '../progress.ts';
import { terminalOfErrors } from '../terminal.ts';
import { requireWeighable } from '../wants.ts';

/** Options of `devices`, `tree` and `groups` beside those of the machine. */
export interface InventoryOptions extends MachineOptions {
  readonly all?: boolean;
}

/** Prints the functions of the machine; of a large one those that people ask about. Files hold them all. */
export async function devicesCommand(sources: readonly string[], options: InventoryOptions): Promise<void> {
  const machine = await openMachine(sources, options);
  printSheet(devicesSheet(machine, isWhole(options)), () => devicesJson(machine), options);
}

/** Prints the PCI tree; of a large machine the ways to the devices that people ask about. Files hold it whole. */
export async function treeCommand(sources: readonly string[], options: InventoryOptions): Promise<void> {
  const machine = await openMachine(sources, options);
  printSheet(treeSheet(machine, isWhole(options)), () => devicesJson(machine), options);
}

function isWhole(options: InventoryOptions): boolean {
  return options.all === true || chosenFormat(options) !== 'text';
}

/** Prints the IOMMU groups, and what a change does to isolation; the exit code tells whether the groups are known. */
export async function groupsCommand(sources: readonly string[], options: InventoryOptions): Promise<void> {
  const machine = await openMachine(sources, options);
  const shown = options.all === true ? ['--all'] : [];
  printSheet(groupsSheet(machine), () => groupsJson(machine), { ...options, shown });
  process.exitCode = groupsKnown(machine.analysis.situation) ? EXIT.answered : EXIT.unknown;
}

/** Options of `doctor` beside those of the machine. */
export interface DoctorOptions extends MachineOptions {
  readonly all?: boolean;
  readonly for?: string;
}

/** Prints what stands in the way, what costs most first; for a goal, what it needs: exit code 1 where that fails, 3 unknown. */
export async function doctorCommand(sources: readonly string[], options: DoctorOptions): Promise<void> {
  const goal = options.for === undefined ? undefined : goalOf(options.for);
  const machine = await openMachine(sources, options);
  if (answersByLabels(machine, options)) return;
  requireWeighable(machine.analysis.topology, 'ask "peerpath matrix --only" about some of them');
  if (goal !== undefined) {
    const judgement = judgeGoal(machine.analysis.situation, goal);
    printSheet(goalSheet(machine, judgement), () => goalJson(machine, judgement), options);
    const states = new Set(judgement.items.map(({ state }) => state));
    process.exitCode = states.has('fails') ? EXIT.no : states.has('unknown') ? EXIT.unknown : EXIT.answered;
    return;
  }
  const ailments = withProgress('looking over the machine', terminalOfErrors(), (report) =>
    examine(machine.analysis.situation, report),
  );
  const shown = options.all === true ? ['--all'] : [];
  printSheet(doctorSheet(machine, ailments), () => doctorJson(machine, ailments), { ...options, shown });
}

function goalOf(text: string): Goal {
  const goal = GOALS.find(({ name }) => name === text);
  if (goal === undefined)
    throw new UsageError(`--for ${text}: no such goal; say ${GOALS.map(({ name }) => name).join(', ')}`);
  return goal;
}

/** Prints what the input told, from where, and what is missing; the exit code tells whether a pair is open. */
export async function evidenceCommand(sources: readonly string[], options: MachineOptions): Promise<void> {
  const machine = await openMachine(sources, options);
  requireWeighable(machine.analysis.topology, 'ask "peerpath matrix --only" about some of them');
  const open = openPairs(machine.analysis.machine);
  printSheet(evidenceSheet(machine, open), () => evidenceJson(machine, open), options);
  process.exitCode = open.open > 0 ? EXIT.unknown : EXIT.answered;
}
