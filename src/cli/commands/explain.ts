/** `peerpath explain PROVIDER CLIENT`: one pair. */
import { answerPair } from '../../analyze.ts';
import { explainJson, explainText } from '../../report/index.ts';
import { EXIT } from '../exit-code.ts';
import { type MachineOptions, openMachine, pickFunction } from '../open-machine.ts';
import { printReport, type TextReport } from '../print-sheet.ts';

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
  const report: TextReport = {
    title: 'peerpath explain',
    text: (paint) => explainText(analysis.machine, answer, names, paint, compared),
    drawing: 'The path',
  };
  printReport(report, () => explainJson(analysis, answer, names, compared), options);
  const { mapType } = answer.verdict;
  process.exitCode =
    mapType === 'unknown' ? EXIT.unknown : mapType === 'PCI_P2PDMA_MAP_NOT_SUPPORTED' ? EXIT.no : EXIT.answered;
}
