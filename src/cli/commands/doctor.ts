/** `peerpath doctor`: what stands in the way, what costs most first. */
import { examine } from '../../diagnose/index.ts';
import { doctorJson, doctorSheet, kernelJson, PLAIN, whatIfLines } from '../../report/index.ts';
import { type MachineOptions, openMachine } from '../open-machine.ts';
import { printSheet } from '../print-sheet.ts';
import { requireWeighable } from '../weighable.ts';

/** Prints the findings. */
export async function doctorCommand(source: string | undefined, options: MachineOptions): Promise<void> {
  const { analysis, names, whatIf } = await openMachine(source, options);
  requireWeighable(analysis.topology, 'ask "peerpath matrix --only" about some of them');
  const ailments = examine(analysis.situation);
  const context = whatIf === undefined ? [] : whatIfLines(whatIf, names, PLAIN);
  const json = (): object => doctorJson(ailments, kernelJson(analysis.machine), names);
  printSheet(doctorSheet(ailments, analysis.machine, names, context), json, options);
}
