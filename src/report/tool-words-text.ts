/** What tools of user space say of one pair: quoted beside the answer, which does not rest on it. */
import { printable } from '../base/index.ts';
import { type PairToolWords, toolWordsOfPair } from '../diagnose/index.ts';
import type { Verdict } from '../p2pdma/index.ts';
import type { PciTopology } from '../pci/index.ts';
import { list, type Section, text } from './sheet/index.ts';

/** Letters of topology matrices, in words. */
const CLASS_WORDS: Readonly<Record<string, string>> = {
  PIX: 'at most one PCIe bridge between them',
  PSB: 'at most one PCIe bridge between them',
  PXB: 'several PCIe bridges, and no host bridge',
  PHB: 'a PCIe host bridge',
  NODE: 'host bridges of one NUMA node',
  SOC: 'across NUMA nodes',
  SYS: 'across NUMA nodes',
};

const MOST_SHOWN = 8;

/** Nothing where no tool speaks of the pair. */
export function toolWordsSections(topology: PciTopology, { provider, client }: Verdict): Section[] {
  const said = toolWordsOfPair(topology, provider, client);
  if (said.length === 0) return [];
  const note = 'Tools go by drivers and settings as well; the answer above rests on none of this.';
  return [{ title: 'What tools say of it', blocks: [list(said.map(sentence), MOST_SHOWN), text(note)] }];
}

function sentence({ devices, text: words, source, line }: PairToolWords): string {
  const meaning = CLASS_WORDS[words];
  const said = printable(words.length > 160 ? `${words.slice(0, 160)}…` : words);
  const what = meaning === undefined ? said : `${said} (${meaning})`;
  return `${printable(source)}, line ${line}: ${printable(devices.join(' and '))}: ${what}`;
}

/** The same for programs. */
export function toolWordsJson(topology: PciTopology, { provider, client }: Verdict): object[] {
  return toolWordsOfPair(topology, provider, client).map(({ source, line, passage, devices, text: words }) => ({
    source,
    line,
    passage,
    devices,
    text: words,
  }));
}
