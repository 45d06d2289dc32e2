/** `peerpath devices` and `peerpath tree`: what is in the machine. */
import { devicesJson, devicesText, treeText } from '../../report/index.ts';
import { type MachineOptions, openMachine } from '../open-machine.ts';
import { printJson, printText, terminalPaint } from '../output.ts';

/** Prints every function of the machine. */
export async function devicesCommand(source: string | undefined, options: MachineOptions): Promise<void> {
  const { analysis, names, whatIf } = await openMachine(source, options);
  const { functions } = analysis.topology;
  if (options.json === true) printJson(devicesJson(analysis, functions, names, whatIf));
  else printText(devicesText(analysis.situation, functions, names, terminalPaint(), whatIf));
}

/** Prints the PCI tree. */
export async function treeCommand(source: string | undefined, options: MachineOptions): Promise<void> {
  const { analysis, names, whatIf } = await openMachine(source, options);
  if (options.json === true) printJson(devicesJson(analysis, analysis.topology.functions, names, whatIf));
  else printText(treeText(analysis.situation, names, terminalPaint(), whatIf));
}
