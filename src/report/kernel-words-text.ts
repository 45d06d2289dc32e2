/** The words of the kernel that ran on one pair, beside the answer. */
import { printable } from '../base/index.ts';
import { type Agreement, agreement, type PairWords, wordsOfPair } from '../diagnose/index.ts';
import type { P2pdmaMachine, Verdict } from '../p2pdma/index.ts';
import { type Section, text, toned } from './sheet/index.ts';

const AGREEMENT_WORDS: Readonly<Record<Agreement, string>> = {
  agrees: 'The answer agrees.',
  disagrees:
    'The answer differs: registers, kernel or machine were others when it said so, or one of the two is wrong.',
  open: 'The answer above is open; this is what the kernel that ran answered.',
  'other-machine': 'That was the machine as it is, not the one supposed here.',
};

/** What the kernel said in its log, word for word with its line; nothing where it said nothing of the pair. */
export function kernelWordsSections(machine: P2pdmaMachine, verdict: Verdict): Section[] {
  const words = wordsOfPair(machine, verdict.provider, verdict.client);
  if (words.length === 0) return [];
  const stands = words.map((each) => agreement(machine, each, verdict));
  const worst = stands.find((each) => each === 'disagrees') ?? stands[0] ?? 'agrees';
  return [
    {
      title: "The kernel's own words",
      blocks: [
        text(
          ...words.flatMap(({ messages, source }) =>
            messages.map(({ line, text: said }) => `${printable(source)}, line ${line}: "${printable(said)}"`),
          ),
          [toned(worst === 'disagrees' ? 'warn' : 'plain', AGREEMENT_WORDS[worst])],
        ),
      ],
    },
  ];
}

/** The same for programs. */
export function kernelWordsJson(machine: P2pdmaMachine, verdict: Verdict): object[] {
  return wordsOfPair(machine, verdict.provider, verdict.client).flatMap((words: PairWords) =>
    words.messages.map(({ line, says, text: said }) => ({
      source: words.source,
      line,
      says,
      text: said,
      model: agreement(machine, words, verdict),
    })),
  );
}
