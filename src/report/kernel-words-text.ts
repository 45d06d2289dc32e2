/** What the kernel that ran said of one pair, and what was said to it on its command line, beside the answer. */
import { printable } from '../base/index.ts';
import {
  type Agreement,
  agreement,
  cmdlineMistakes,
  kernelWords,
  type PairWords,
  wordsOfPair,
} from '../diagnose/index.ts';
import type { P2pdmaMachine, Verdict } from '../p2pdma/index.ts';
import { capturedCmdline, type PciFunction } from '../pci/index.ts';
import { mistakeText } from './mistake-text.ts';
import { type Section, text, toned } from './sheet/index.ts';
import { noteText, type Subject } from './subject.ts';

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

/** Pairs of which the kernel spoke, with what the model leaves open or answers otherwise: few, each word for word. */
export function spokenPairsSection(machine: P2pdmaMachine, functions: readonly PciFunction[]): Section[] {
  const asked = new Set(functions);
  const words = kernelWords(machine).filter(({ provider, client }) => asked.has(provider) && asked.has(client));
  if (words.length === 0) return [];
  const lines = words.slice(0, MOST_SPOKEN).map(({ messages, source }) => {
    const said = messages.map(({ line, text: message }) => `line ${line}: "${printable(message)}"`).join('; ');
    return `${printable(source)}, ${said}`;
  });
  const more = words.length > MOST_SPOKEN ? [`and of ${words.length - MOST_SPOKEN} more pairs`] : [];
  return [{ title: "The kernel's own words", blocks: [text(...lines, ...more)] }];
}

const MOST_SPOKEN = 4;

/** What is wrong with the command line of the kernel that ran; nothing under a what-if, which has another. */
export function parameterSections({ analysis, names, whatIf }: Subject): Section[] {
  if (whatIf !== undefined) return [];
  const vain = (capturedCmdline(analysis.topology)?.notes ?? []).filter(
    ({ code }) => code !== 'not-on-this-architecture',
  );
  const mistakes = cmdlineMistakes(analysis.machine).map((mistake) => mistakeText(mistake, names));
  const lines = [
    ...mistakes.map(({ text: said, fix }) => `${said} ${fix.charAt(0).toUpperCase()}${fix.slice(1)}`),
    ...vain.map((note) => noteText(note)),
  ];
  return lines.length === 0 ? [] : [{ title: 'On the kernel command line', blocks: [text(...lines)] }];
}

/** What the kernel said of the pair, for programs. */
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
