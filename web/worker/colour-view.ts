/** What else than the answer the cells of the matrix can be coloured by: classes, hops, speeds, NUMA nodes. */
import { factValue } from '../../src/capture/index.ts';
import { pairCeilings, pciClass, type Situation } from '../../src/diagnose/index.ts';
import { cellDistance, cellMapType, mapTypeMatrix } from '../../src/p2pdma/index.ts';
import type { PciFunction } from '../../src/pci/index.ts';
import type { ColourBy, ColourView } from '../protocol.ts';

/** Something else of every pair, as numbers into a legend. */
export function colourView(situation: Situation, shown: readonly PciFunction[], by: ColourBy): ColourView {
  switch (by) {
    case 'class':
      return classes(shown);
    case 'distance':
      return distances(situation, shown);
    case 'rate':
      return rates(situation, shown);
    case 'node':
      return nodes(shown);
  }
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
/** The last colours of the ramp are for what has no place in an order. */
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

/** What the way leaves for payload; the fastest are told apart. */
function rates({ machine }: Situation, shown: readonly PciFunction[]): ColourView {
  const n = shown.length;
  const matrix = mapTypeMatrix(machine, shown);
  const ceilings = pairCeilings(matrix);
  const at = shown.map((fn) => matrix.position[fn.index] ?? 0);
  /** Tenths of 1e9 bytes per second, as they are written. */
  const found = new Int32Array(n * n);
  for (let row = 0; row < n; row++)
    for (let column = 0; column < n; column++) {
      const cell = (at[row] ?? 0) * n + (at[column] ?? 0);
      const refused = cellMapType(matrix.cells[cell] ?? 0) === 'PCI_P2PDMA_MAP_NOT_SUPPORTED';
      const ceiling = ceilings[cell] ?? Number.NaN;
      found[row * n + column] = refused ? -1 : Number.isNaN(ceiling) ? NOT_KNOWN : Math.round(ceiling * 10);
    }
  const known = [...new Set(found)].filter((rate) => rate >= 0).sort((a, b) => b - a);
  const named = known.slice(0, MOST_DISTANCES);
  const words = (rate: number | undefined): string => `${((rate ?? 0) / 10).toFixed(1)} GB/s`;
  const codeOf = (rate: number): number => {
    if (rate === NOT_KNOWN) return UNKNOWN;
    if (rate < 0) return REFUSED;
    const code = named.indexOf(rate);
    return code < 0 ? MORE : code;
  };
  return withCounts(Uint8Array.from(found, codeOf), n, [
    ...Array.from({ length: MOST_DISTANCES }, (_, rank) => ({ letter: String(rank + 1), words: words(named[rank]) })),
    { letter: '<', words: `${words(known[MOST_DISTANCES])} or less` },
    { letter: '?', words: 'links not known' },
    { letter: '–', words: 'not supported' },
  ]);
}

/** Which NUMA node both are on. */
function nodes(shown: readonly PciFunction[]): ColourView {
  const n = shown.length;
  const nodeOf = shown.map((fn) => factValue(fn.captured.numaNode));
  const named = [...new Set(nodeOf)]
    .flatMap((node) => (node === undefined || node < 0 ? [] : [node]))
    .sort((a, b) => a - b);
  const codes = new Uint8Array(n * n);
  for (let row = 0; row < n; row++)
    for (let column = 0; column < n; column++) {
      const [a, b] = [nodeOf[row], nodeOf[column]];
      if (a === undefined || b === undefined || !named.includes(a) || !named.includes(b))
        codes[row * n + column] = UNKNOWN;
      else codes[row * n + column] = a === b ? Math.min(named.indexOf(a), MOST_NODES) : BETWEEN;
    }
  return withCounts(codes, n, [
    ...Array.from({ length: MOST_NODES }, (_, at) => ({
      letter: String((named[at] ?? 0) % 10),
      words: `both on node ${named[at] ?? 0}`,
    })),
    { letter: '+', words: 'both on another node' },
    { letter: 'x', words: 'between nodes' },
    { letter: '?', words: 'node not known' },
  ]);
}

/** Nodes with a colour of their own, and the colour of pairs between two. */
const [MOST_NODES, BETWEEN] = [3, 4];

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
