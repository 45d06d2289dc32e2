/** What may happen to a kernel log on its way, see `text-cuts.ts`. */
import type { Prng } from '../../src/base/index.ts';
import { type Changes, FORMS, LOSSES } from './text-cuts.ts';

/** Words by which people filter a log. */
const WORDS = [
  ...['pci ', 'BAR', 'bridge', 'PCI bridge', 'iommu', 'group', 'DMAR', 'AMD-Vi', 'pci_bus', 'type 01', 'class', 'ACS'],
  ...['PCIe', 'root bus', 'resource', 'mem ', 'quirk', 'p2pdma', 'Command line', 'Linux version', 'bus ', 'vgaarb'],
];

function anyWord(random: Prng): string {
  return WORDS[random.below(WORDS.length)] ?? '';
}

function picked(changes: Changes, ...names: readonly string[]): Changes {
  return Object.fromEntries(names.flatMap((name) => (changes[name] === undefined ? [] : [[name, changes[name]]])));
}

/** Loss. */
export const LOG_LOSSES: Changes = {
  ...picked(LOSSES, 'lines at random', 'a stretch of lines', 'several stretches', 'a screenful', 'all but a stretch'),
  ...picked(
    LOSSES,
    'head',
    'tail',
    'columns at the right',
    'columns at the right of a terminal',
    'columns at the left',
  ),
  'a kind of line': (lines, random) => {
    const word = anyWord(random);
    return lines.filter((line) => !line.includes(word));
  },
  'all but a few kinds': (lines, random) => {
    const kept = WORDS.filter(() => random.below(4) === 0);
    return lines.filter((line) => kept.some((word) => line.includes(word)));
  },
};

/** Form. */
export const LOG_FORMS: Changes = {
  ...picked(FORMS, 'lines joined', 'lines wrapped', 'lines folded', 'indentation', 'single spaces', 'empty lines'),
  ...picked(FORMS, 'quotes', 'numbers before lines', 'lines set apart', 'ends of Windows'),
  'no times': (lines) => lines.map((line) => line.replace(/^\[[ \d.]+\] /, '')),
  levels: (lines) => lines.map((line, n) => `<${4 + (n % 3)}>${line}`),
  'of the journal': (lines) => lines.map((line) => `Mar 03 10:00:01 host kernel: ${line.replace(/^\[[ \d.]+\] /, '')}`),
  'of syslog': (lines) => lines.map((line) => `2026-03-03T10:00:01.123456+00:00 host kernel: ${line}`),
};
