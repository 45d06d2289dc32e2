import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { type Contest, type Figure, measure } from './figure.ts';
import { BENCHES, main } from './main.ts';

/** A baseline is only there where its program is: a C compiler, or lspci. */
const compiler = spawnSync('cc', ['--version']).status === 0;
const lspci = spawnSync('lspci', ['--version']).status === 0;
const WITHOUT_BASELINE = [
  'topology',
  'near',
  'web',
  ...(compiler ? [] : ['iova', 'lab', 'links', 'map', 'matrix']),
  ...(lspci ? [] : ['parse']),
];
const left: string[] = [];
const SMALL = { rounds: 1, most: 1000, warmUpMs: 0, say: (sentence: string) => left.push(sentence) };

// No time is looked at here: only that the work is done, and comes out as the baseline has it (measure() throws else).
describe('benchmarks', () => {
  it.each(Object.keys(BENCHES))('%s gives figures with a hash, and a ratio where it has a baseline', async (name) => {
    const figures: Figure[] = [];
    // The page is measured at its smallest: a large machine takes a browser long.
    const settings = name === 'web' ? { ...SMALL, most: 200 } : SMALL;
    for await (const figure of BENCHES[name]?.(settings) ?? []) figures.push(figure);
    if (name === 'web' && figures.length === 0) {
      expect(left).toEqual([expect.stringMatching(/^web: left out, /)]);
      return;
    }
    expect(figures.length).toBeGreaterThan(0);
    for (const figure of figures) {
      expect(figure.name.startsWith(`${name}/`)).toBe(true);
      expect(figure.hash).toMatch(/^[0-9a-f]{8}$/);
      expect(figure.value).toBeGreaterThan(0);
      expect(figure.ratio === null).toBe(figure.baseline === null);
    }
    expect(figures.some((figure) => figure.baseline !== null)).toBe(!WITHOUT_BASELINE.includes(name));
  });

  it('print one JSON document a line with --json', async () => {
    const lines: string[] = [];
    expect(
      await main(
        ['topology', '--json', '--rounds', '1', '--most', '100'],
        (line) => lines.push(line),
        () => {},
      ),
    ).toBe(0);
    const [figure] = lines.map((line) => JSON.parse(line) as Figure);
    expect(Object.keys(figure ?? {})).toEqual(['name', 'unit', 'value', 'n', 'baseline', 'ratio', 'hash']);
  });

  it.each([
    { args: ['speed'], says: /there is no benchmark "speed"/ },
    { args: ['--fast'], says: /Unknown option '--fast'/ },
  ])('refuse $args with one sentence', async ({ args, says }) => {
    const complaints: string[] = [];
    expect(
      await main(
        args,
        () => {},
        (line) => complaints.push(line),
      ),
    ).toBe(2);
    expect(complaints.join('\n')).toMatch(says);
  });
});

describe('measure', () => {
  const contest = (model: string, baseline: string): Contest => ({
    name: 'x',
    n: 10,
    model: () => ({ ms: 2, hash: model }),
    baseline: { name: 'C', run: () => ({ ms: 5, hash: baseline }) },
  });

  it('takes the ratio of the least of both sides', () => {
    const figure = measure(contest('aa', 'aa'), SMALL);
    expect(figure).toMatchObject({ value: 2, baseline: { name: 'C', value: 5 }, ratio: 2.5, hash: 'aa' });
  });

  it('refuses to compare different results', () => {
    expect(() => measure(contest('aa', 'bb'), SMALL)).toThrow("the model's result has hash aa, that of C bb");
  });

  it('says so where there is no C compiler', () => {
    const { baseline, note } = measure({ ...contest('aa', ''), baseline: { name: 'C', run: undefined } }, SMALL);
    expect(baseline).toBeNull();
    expect(note).toBe('no C compiler: baseline left out');
  });
});
