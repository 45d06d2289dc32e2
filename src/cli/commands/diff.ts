/** `peerpath diff`: two machines held against each other. */
import { diffMachines } from '../../diagnose/index.ts';
import { diffJson, diffSheet } from '../../report/index.ts';
import { EXIT } from '../exit-code.ts';
import { openMachine } from '../open-machine.ts';
import type { MachineOptions } from '../options.ts';
import { printSheet } from '../output.ts';
import { requireWeighable } from '../wants.ts';

/** Prints what differs; exit code 1 where a pair answers otherwise, 3 where pairs are unknown on both sides. */
export async function diffCommand(first: string, second: string, options: MachineOptions): Promise<void> {
  const a = await openMachine([first], options);
  const b = await openMachine([second], options);
  for (const { analysis } of [a, b]) requireWeighable(analysis.topology, 'compare captures of smaller machines');
  const diff = diffMachines(a.analysis.situation, b.analysis.situation);
  printSheet(diffSheet({ a, b }, diff), () => diffJson({ a, b }, diff), options);
  process.exitCode = diff.pairs.length > 0 ? EXIT.no : diff.open > 0 ? EXIT.unknown : EXIT.answered;
}
