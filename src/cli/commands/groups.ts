/** `peerpath groups`: IOMMU groups, and what a change does to isolation. */
import { groupsJson, groupsKnown, groupsSheet, kernelJson } from '../../report/index.ts';
import { EXIT } from '../exit-code.ts';
import { type MachineOptions, openMachine } from '../open-machine.ts';
import { printSheet } from '../print-sheet.ts';

/** Prints the groups; the exit code tells whether they are known. */
export async function groupsCommand(source: string | undefined, options: MachineOptions): Promise<void> {
  const { analysis, names, whatIf } = await openMachine(source, options);
  const json = (): object => groupsJson(analysis, kernelJson(analysis.machine), names, whatIf);
  printSheet(groupsSheet(analysis, names, whatIf), json, options);
  process.exitCode = groupsKnown(analysis.situation) ? EXIT.answered : EXIT.unknown;
}
