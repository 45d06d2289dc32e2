/** `peerpath near`: adapters and drives for GPUs. */
import { existsSync } from 'node:fs';
import { nearestDevices } from '../../diagnose/index.ts';
import { nearDeviceSheet, nearJson, nearNccl, nearNfd, nearSheet } from '../../report/index.ts';
import { EXIT } from '../exit-code.ts';
import { answersByLabels, openMachine, pickFunction } from '../open-machine.ts';
import type { MachineOptions } from '../options.ts';
import { printSheet, printText } from '../output.ts';
import { withProgress } from '../progress.ts';
import { terminalOfErrors } from '../terminal.ts';
import { requireWeighable } from '../wants.ts';

/** Forms of `near` beside those of every report. */
const FORMS = ['nccl', 'nfd'];

/** Prints the adapters and drives of every GPU, or of one; exit code 3 where an answer among those is unknown. */
export async function nearCommand(words: readonly string[], options: MachineOptions): Promise<void> {
  const [first] = words;
  const device = first === undefined || isSource(first) ? undefined : first;
  const machine = await openMachine(device === undefined ? words : words.slice(1), options);
  const { format, ...rest } = options;
  if (answersByLabels(machine, FORMS.includes(format ?? '') ? rest : options)) return;
  requireWeighable(machine.analysis.topology, 'ask about a smaller part of it');
  const asked = device === undefined ? undefined : pickFunction(machine, device);
  const near = withProgress('looking for what is near', terminalOfErrors(), (report) =>
    nearestDevices(machine.analysis.machine, asked, report),
  );
  if (options.format === 'nccl' && options.json !== true) printText(nearNccl(near, machine.names));
  else if (options.format === 'nfd' && options.json !== true) printText(nearNfd(near, machine.names));
  else {
    const sheet = asked === undefined ? nearSheet(machine, near) : nearDeviceSheet(machine, near, asked);
    printSheet(sheet, () => nearJson(machine, near), options, FORMS);
  }
  const unknown = near.assignment?.pairs.some(({ neighbour }) => neighbour.verdict.mapType === 'unknown') === true;
  process.exitCode = unknown ? EXIT.unknown : EXIT.answered;
}

/** Files and folders are sources, also with the number of a machine in them; everything else names a device. */
function isSource(word: string): boolean {
  return (
    word === '-' ||
    existsSync(word) ||
    existsSync(word.replace(/#\d+$/, '')) ||
    /[/\\]|\.(?:gz|txt|tar|log|ya?ml|xz|zst|bz2)$/.test(word)
  );
}
