/** What holds for all pairs that the matrix shows, in one sentence, and what would settle those that are unknown. */
import { openPairs, type Situation, summarizePairs } from '../../src/diagnose/index.ts';
import { mapTypeMatrix } from '../../src/p2pdma/index.ts';
import type { PciFunction } from '../../src/pci/index.ts';
import { pairsSentence, settlingCommand } from '../../src/report/index.ts';
import type { SummaryView } from '../protocol.ts';

/** The sentence that the command begins with, for the devices of the matrix. */
export function summaryView({ machine }: Situation, shown: readonly PciFunction[]): SummaryView {
  if (shown.length < 2) return { sentence: '', settle: undefined };
  const summary = summarizePairs(mapTypeMatrix(machine, shown), shown);
  const most = summary.counts.unknown * 2 > summary.pairs && shown.length <= MOST_SETTLED;
  const command = most ? openPairs(machine, shown).command : undefined;
  const settle = command && { command: settlingCommand(command), pairs: command.settles };
  return { sentence: pairsSentence(summary), settle };
}

/** Open pairs are looked at one by one. */
const MOST_SETTLED = 512;
