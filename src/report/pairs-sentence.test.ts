import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyze, answerAllPairs } from '../analyze.ts';
import { Prng } from '../base/index.ts';
import { focusOf, summarizePairs } from '../diagnose/index.ts';
import { randomMachine } from '../lab/index.ts';
import { cellMapType, matrixCell } from '../p2pdma/index.ts';
import { deviceKind, type PciFunction, upstreamBridge } from '../pci/index.ts';
import { pairsSentence } from './pairs-sentence.ts';

/** More with SENTENCES=10000. */
const RUNS = Number(process.env['SENTENCES'] ?? 300);

/** Bridges above, the nearest first; a virtual function stands where its physical one does. */
function above(fn: PciFunction): PciFunction[] {
  const bridges: PciFunction[] = [];
  for (let at = upstreamBridge(fn.physfn ?? fn); at !== undefined; at = upstreamBridge(at)) bridges.push(at);
  return bridges;
}

const isPlaced = (fn: PciFunction): boolean =>
  [fn, fn.physfn ?? fn, ...above(fn)].every(({ placement }) => placement.certain);
const cardOf = (fn: PciFunction): number => Math.floor((fn.physfn ?? fn).bdf / 8);
const switchOf = (fn: PciFunction): PciFunction | undefined =>
  above(fn).find((bridge) => deviceKind(bridge) === 'switch-upstream');

/** Is a claim, by its first words, about this pair? As a reader takes it. */
const PLACES: readonly (readonly [RegExp, (a: PciFunction, b: PciFunction) => boolean])[] = [
  [/^All \d+ pairs/, () => true],
  [/^Everything else/, () => true],
  [/^Functions of one card/, (a, b) => placed(a, b) && cardOf(a) === cardOf(b)],
  [
    /^Below (?:one switch|each of the \d+ switches)(?!.*like functions)/,
    (a, b) => placed(a, b) && switchOf(a) !== undefined && switchOf(a) === switchOf(b),
  ],
  [
    /^Below (?:one switch|each of the \d+ switches).*like functions of one card/,
    (a, b) => placed(a, b) && (cardOf(a) === cardOf(b) || (switchOf(a) !== undefined && switchOf(a) === switchOf(b))),
  ],
  [
    /^Below one root port/,
    (a, b) => placed(a, b) && (above(a).at(-1) ?? a.physfn ?? a) === (above(b).at(-1) ?? b.physfn ?? b),
  ],
  [/^Within one host bridge/, (a, b) => placed(a, b) && a.hostBridge === b.hostBridge],
  [/^Where places are known/, placed],
  [/^Where places are not known/, (a, b) => !placed(a, b)],
];

function placed(a: PciFunction, b: PciFunction): boolean {
  return isPlaced(a) && isPlaced(b);
}

const ANSWERS: readonly (readonly [RegExp, string])[] = [
  [/ direct\b[^:]*$/, 'PCI_P2PDMA_MAP_BUS_ADDR'],
  [/ through (?:the host bridge|host bridges), allowed[^:]*$/, 'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE'],
  [/ refused by Linux[^:]*$/, 'PCI_P2PDMA_MAP_NOT_SUPPORTED'],
  [/ unknown[^:]*$/, 'unknown'],
];

/** How many pairs a sentence is wrong for, and how many it says it is wrong for. */
function held(
  sentence: string,
  functions: readonly PciFunction[],
  typeOf: (a: PciFunction, b: PciFunction) => string,
): { readonly wrong: number; readonly said: number } {
  const parts = sentence.split(/(?<=\.) /);
  const said = Number(/^But (\d+) pairs? of \d+ differs?\.$/.exec(parts.at(-1) ?? '')?.[1] ?? 0);
  const claims = (said > 0 ? parts.slice(0, -1) : parts).map((part) => ({
    about: PLACES.find(([words]) => words.test(part))?.[1],
    answer: ANSWERS.find(([words]) => words.test(part))?.[1],
  }));
  let wrong = 0;
  for (const a of functions) {
    for (const b of functions) {
      if (a === b) continue;
      const claim = claims.find(({ about }) => about?.(a, b) === true);
      if (claim?.answer !== typeOf(a, b)) wrong++;
    }
  }
  return { wrong, said };
}

describe('the sentence about many pairs', () => {
  it('is short and true for every pair of random machines, but for those that it counts', { timeout: 900_000 }, () => {
    let byPlaces = 0;
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 8, max: 60 }), fc.boolean(), fc.boolean(), (seed, size, missing, all) => {
        const analysis = analyze(randomMachine(new Prng(seed), { functions: size, missing }));
        const { functions } = analysis.topology;
        const devices = all ? functions : focusOf(functions).devices;
        const matrix = answerAllPairs(analysis, devices);
        const sentence = pairsSentence(summarizePairs(matrix, devices));
        expect(sentence.length, sentence).toBeLessThanOrEqual(200);
        if (sentence.startsWith('Mixed') || devices.length < 2) return;
        byPlaces++;
        const typeOf = (a: PciFunction, b: PciFunction): string => cellMapType(matrixCell(matrix, a, b));
        const { wrong, said } = held(sentence, devices, typeOf);
        expect(wrong, sentence).toBe(said);
      }),
      { numRuns: RUNS },
    );
    expect(byPlaces).toBeGreaterThan(RUNS / 4);
  });
});
