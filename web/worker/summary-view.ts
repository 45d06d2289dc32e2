/** What holds for all pairs that the matrix shows, in one sentence; and other things to colour its cells by. */
import { openPairs, pciClass, type Situation, summarizePairs } from '../../src/diagnose/index.ts';
import { cellDistance, mapTypeMatrix } from '../../src/p2pdma/index.ts';
import type { PciFunction } from '../../src/pci/index.ts';
import { pairsSentence, settlingCommand } from '../../src/report/index.ts';
import type { ColourBy, ColourView, SummaryView } from '../protocol.ts';

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

/** Something else of every pair, as numbers into a legend. */
export function colourView(situation: Situation, shown: readonly PciFunction[], by: ColourBy): ColourView {
  return by === 'class' ? classes(shown) : distances(situation, shown);
}

/** As `nvidia-smi topo -m` names them, the nearest first. */
const CLASSES = [
  ['PIX', 'I', 'PIX: one switch'],
  ['PXB', 'X', 'PXB: several switches'],
  ['PHB', 'H', 'PHB: one host bridge'],
  ['NODE', 'N', 'NODE: one NUMA node'],
  ['SYS', 'S', 'SYS: between NUMA nodes'],
  [undefined, '?', 'not known'],
] as const;

function classes(shown: readonly PciFunction[]): ColourView {
  const n = shown.length;
  const codes = new Uint8Array(n * n);
  for (const [row, a] of shown.entries())
    for (const [column, b] of shown.entries()) {
      if (column <= row) continue;
      const found = pciClass(a, b);
      const code = CLASSES.findIndex(([name]) => name === found);
      codes[row * n + column] = code;
      codes[column * n + row] = code;
    }
  return withCounts(
    codes,
    n,
    CLASSES.map(([, letter, words]) => ({ letter, words })),
  );
}

/** Distances that are told apart; those beyond them are one. */
const MOST_DISTANCES = 4;
const [MORE, UNKNOWN, REFUSED] = [MOST_DISTANCES, MOST_DISTANCES + 1, MOST_DISTANCES + 2];

function distances({ machine }: Situation, shown: readonly PciFunction[]): ColourView {
  const n = shown.length;
  const matrix = mapTypeMatrix(machine, shown);
  const at = shown.map((fn) => matrix.position[fn.index] ?? 0);
  const found = new Int16Array(n * n);
  for (let row = 0; row < n; row++)
    for (let column = 0; column < n; column++)
      found[row * n + column] =
        cellDistance(matrix.cells[(at[row] ?? 0) * matrix.functions.length + (at[column] ?? 0)] ?? 0) ?? NOT_KNOWN;
  const known = [...new Set(found)].filter((distance) => distance > 0).sort((a, b) => a - b);
  const named = known.slice(0, MOST_DISTANCES);
  const codeOf = (distance: number): number => {
    if (distance === NOT_KNOWN) return UNKNOWN;
    if (distance < 0) return REFUSED;
    const code = named.indexOf(distance);
    return code < 0 ? MORE : code;
  };
  const more = known[MOST_DISTANCES];
  return withCounts(Uint8Array.from(found, codeOf), n, [
    ...Array.from({ length: MOST_DISTANCES }, (_, at) => ({
      letter: String((named[at] ?? 0) % 10),
      words: `${named[at] ?? 0} hops`,
    })),
    { letter: '+', words: more === undefined ? 'more hops' : `${more} hops or more` },
    { letter: '?', words: 'not known' },
    { letter: '–', words: 'not supported' },
  ]);
}

const NOT_KNOWN = -2;

function withCounts(
  codes: Uint8Array,
  n: number,
  legend: readonly { readonly letter: string; readonly words: string }[],
): ColourView {
  const counts = legend.map(() => 0);
  codes.forEach((code, at) => {
    // A device and itself are no pair.
    if (at % (n + 1) !== 0) counts[code] = (counts[code] ?? 0) + 1;
  });
  return { codes, legend: legend.map((entry, code) => ({ ...entry, count: counts[code] ?? 0 })) };
}
