/**
 * Do tests see it when the code is wrong? Changes one place at a time and runs the tests near it; what no test notices
 * is printed. `npm run -s mutants -- [--count N] [--seed S] [ROOM…]`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { parseSync } from 'rolldown/utils';
import { Prng } from '../src/base/index.ts';
import { MutantTests, type Outcome, type Placed, testFiles } from './mutant-tests.ts';
import { type Mutation, mutationsOf } from './mutations.ts';

const ROOT = new URL('..', import.meta.url).pathname;

/** A folder, and the tests that are to guard it: the nearest first, those that take longer last. */
const ROOMS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  'src/pci/acs': [['src/pci/acs'], ['src/iommu/group', 'test/recorded']],
  'src/p2pdma': [['src/p2pdma'], ['test/diagnose', 'test/machines']],
  'src/iommu': [['src/iommu'], ['src/dma'], ['test/recorded', 'test/diagnose']],
  'src/route': [
    ['acs-rules', 'decoding', 'odd-machines', 'lint', 'bandwidth'].map((name) => `test/route/${name}.test.ts`),
    ['test/route'],
    ['src/lab/scenario', 'test/lab'],
  ],
  'src/pci': [['src/pci'], ['src/capture/lspci', 'test/recorded'], ['test/route', 'test/machines']],
  'src/capture/join': [
    ['src/capture/join'],
    ['src/capture'],
    ['test/machines', 'src/report'],
    ['cuts', 'filters', 'kernel-log-boots', 'pasted-groups', 'plain-lists', 'tree-alone'].map(
      (name) => `test/capture/${name}.test.ts`,
    ),
  ],
  'src/report': [['src/report'], ['test/machines', 'test/web', 'test/diagnose'], ['test/lab']],
  'src/diagnose': [
    ['src/diagnose'],
    ['test/diagnose'],
    ['test/route', 'test/machines', 'src/report'],
    ['conformance/verify.test.ts'],
  ],
  'src/dma': [['src/dma'], ['src/dma-buf'], ['test/sweep', 'conformance/replay-1.test.ts']],
  'src/dma-buf': [['src/dma-buf'], ['test/sweep', 'src/vfio', 'src/rdma'], ['conformance/replay-1.test.ts']],
  'src/vfio': [['src/vfio'], ['conformance/vfio.test.ts', 'src/lab/scenario']],
  'src/capture/lspci': [['src/capture/lspci'], ['src/capture'], ['test/machines']],
};

/** One changed place of a file. */
interface Mutant extends Placed {
  readonly room: string;
  readonly what: string;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      count: { type: 'string', default: '50' },
      seed: { type: 'string', default: '1' },
      /** Of all mutants only those of lines with such a text, a regular expression. */
      matching: { type: 'string', default: '' },
      /** Of the sample only these numbers, to try survivors again after a test was added. */
      only: { type: 'string' },
    },
  });
  const rooms = positionals.length > 0 ? positionals : Object.keys(ROOMS);
  const unknown = rooms.find((room) => !Object.hasOwn(ROOMS, room));
  if (unknown !== undefined) {
    process.stderr.write(`${unknown}: choose of ${Object.keys(ROOMS).join(', ')}\n`);
    return 2;
  }
  const drawn = sampleOf(rooms, new RegExp(values.matching), Number(values.count), new Prng(Number(values.seed)));
  const only = values.only?.split(',').map(Number);
  const sample = only === undefined ? drawn : drawn.filter(({ number }) => only.includes(number));
  say(`seed ${values.seed}: ${sample.length} mutants`);
  const stages = new Map(rooms.map((room) => [room, (ROOMS[room] ?? []).map(testFiles)] as const));
  const needed = new Set(sample.flatMap(({ room }) => stages.get(room)?.flat() ?? []));
  const tests = new MutantTests();
  try {
    const failing = await tests.prepare([...needed].sort(), sample, say);
    if (failing.length > 0) {
      say(`${failing.join(' ')}: fails without any change, so nothing is told`);
      return 2;
    }
    const outcomes = sample.map((mutant): readonly [Mutant, Outcome] => {
      const outcome = tests.outcome(mutant.number, stages.get(mutant.room) ?? []);
      say(`${mutant.number} ${outcome === 'survives' ? 'SURVIVES' : outcome.padEnd(8)}  ${mutant.what}`);
      return [mutant, outcome];
    });
    return summary(rooms, outcomes);
  } finally {
    tests.remove();
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** As many of each room, as far as it has them; a file belongs to the innermost room. */
function sampleOf(rooms: readonly string[], matching: RegExp, count: number, random: Prng): readonly Mutant[] {
  const sample: Mutant[] = [];
  for (const [index, room] of rooms.entries()) {
    const inner = rooms.filter((other) => other.startsWith(`${room}/`));
    const pool = mutantsOf(room, matching).filter(
      ({ path }) => !inner.some((other) => path.startsWith(`${join(ROOT, other)}/`)),
    );
    const share = Math.floor(count / rooms.length) + (index < count % rooms.length ? 1 : 0);
    for (let n = 0; n < share && pool.length > 0; n++) {
      const [taken] = pool.splice(random.below(pool.length), 1);
      if (taken !== undefined) sample.push({ ...taken, number: sample.length + 1 });
    }
  }
  return sample;
}

function mutantsOf(room: string, matching: RegExp): Omit<Mutant, 'number'>[] {
  return readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && basename(name) !== 'index.ts')
    .sort()
    .flatMap((name) => {
      const path = join(ROOT, room, name);
      const source = readFileSync(path, 'utf8');
      return mutationsOf(parseSync(path, source).program, source)
        .filter(({ start }) => matching.test(lineAt(source, start)))
        .map((mutation) => ({ room, path, mutation, what: describe(relative(ROOT, path), source, mutation) }));
    });
}

function lineAt(source: string, at: number): string {
  return source.slice(source.lastIndexOf('\n', at) + 1).split('\n', 1)[0] ?? '';
}

function describe(file: string, source: string, { start, end, becomes }: Mutation): string {
  const short = (code: string): string => code.replaceAll(/\s+/g, ' ').slice(0, 60);
  const line = source.slice(0, start).split('\n').length;
  return `${file}:${line}  ${short(source.slice(start, end))}  ->  ${short(becomes)}`;
}

function summary(rooms: readonly string[], outcomes: readonly (readonly [Mutant, Outcome])[]): number {
  const lives = ([, outcome]: readonly [Mutant, Outcome]): boolean =>
    outcome === 'survives' || outcome === 'not reached';
  for (const room of rooms) {
    const here = outcomes.filter(([mutant]) => mutant.room === room);
    const endless = here.filter(([, outcome]) => outcome === 'never ends').length;
    say(`${room}: ${here.length} mutants, ${here.filter(lives).length} survive, ${endless} never end`);
  }
  const survivors = outcomes.filter(lives).length;
  say(`${survivors} of ${outcomes.length} survive`);
  return survivors === 0 ? 0 : 1;
}

process.exitCode = await main();
