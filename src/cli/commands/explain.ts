/** `peerpath explain PROVIDER CLIENT`: one pair. */
import { answerPair } from '../../analyze.ts';
import { explainJson, explainText } from '../../report/index.ts';
import { EXIT } from '../exit-code.ts';
import { type MachineOptions, openMachine, pickFunction } from '../open-machine.ts';
import { printJson, printText, terminalPaint } from '../output.ts';

/** Prints the answer for one pair; the exit code tells it too. */
export async function explainCommand(
  provider: string,
  client: string,
  source: string | undefined,
  options: MachineOptions,
): Promise<void> {
  const machine = await openMachine(source, options);
  const { analysis, names, present, whatIf } = machine;
  const pair = [pickFunction(machine, provider), pickFunction(machine, client)] as const;
  const answer = answerPair(analysis, ...pair);
  const compared = whatIf === undefined ? undefined : { report: whatIf, present: answerPair(present, ...pair) };
  if (options.json === true) printJson(explainJson(analysis, answer, names, compared));
  else printText(explainText(analysis.machine, answer, names, terminalPaint(), compared));
  const { mapType } = answer.verdict;
  process.exitCode =
    mapType === 'unknown' ? EXIT.unknown : mapType === 'PCI_P2PDMA_MAP_NOT_SUPPORTED' ? EXIT.no : EXIT.answered;
}
