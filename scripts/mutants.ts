/**
 * Do tests see it when the code is wrong? Changes one place at a time in a copy of the repository and runs the tests
 * near it; what no test notices is printed. `npm run -s mutants -- [--count N] [--seed S] [ROOM…]`.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { parseSync } from 'rolldown/utils';
import { Prng } from '../src/base/index.ts';
import { mutationsOf } from './mutations.ts';

const ROOT = new URL('..', import.meta.url).pathname;
const NOT_COPIED = new Set(['node_modules', '.git', 'dist', '.tsbuild', '.ci']);

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
  'src/capture/join': [['src/capture/join'], ['src/capture'], ['test/machines', 'src/report']],
  'src/report': [['src/report'], ['test/machines', 'test/web', 'test/diagnose'], ['test/lab']],
  'src/diagnose': [['src/diagnose'], ['test/diagnose'], ['test/route', 'test/machines', 'src/report']],
};

/** One changed place of a file. */
interface Mutant {
  readonly file: string;
  readonly line: number;
  readonly was: string;
  readonly becomes: string;
  readonly text: string;
  readonly tests: readonly (readonly string[])[];
}

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { count: { type: 'string', default: '50' }, seed: { type: 'string', default: '1' } },
  });
  const rooms = positionals.length > 0 ? positionals : Object.keys(ROOMS);
  const unknown = rooms.find((room) => !Object.hasOwn(ROOMS, room));
  if (unknown !== undefined) {
    process.stderr.write(`${unknown}: choose of ${Object.keys(ROOMS).join(', ')}\n`);
    return 2;
  }
  const random = new Prng(Number(values.seed));
  const pool = rooms.flatMap(mutantsOf);
  const sample = Array.from({ length: Math.min(Number(values.count), pool.length) }, () => {
    const [taken] = pool.splice(random.below(pool.length), 1);
    return taken;
  }).filter((mutant) => mutant !== undefined);
  process.stdout.write(`seed ${values.seed}: ${sample.length} of ${sample.length + pool.length} mutants\n`);
  const copy = mkdtempSync(join(tmpdir(), 'mutants-'));
  try {
    cpSync(ROOT, copy, { recursive: true, filter: (path) => !NOT_COPIED.has(basename(path)) });
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    for (const paths of new Set(sample.flatMap(({ tests }) => tests))) {
      if (testsPass(copy, paths)) continue;
      process.stdout.write(`${paths.join(' ')}: fails without any change, so nothing is told\n`);
      return 2;
    }
    const survivors = sample.filter((mutant, at) => survives(copy, mutant, at + 1));
    process.stdout.write(`${survivors.length} of ${sample.length} survive\n`);
    return survivors.length === 0 ? 0 : 1;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function mutantsOf(room: string): Mutant[] {
  return readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && basename(name) !== 'index.ts')
    .sort()
    .flatMap((name) => {
      const path = join(ROOT, room, name);
      const source = readFileSync(path, 'utf8');
      return mutationsOf(parseSync(path, source).program, source).map(({ start, end, becomes }) => ({
        file: relative(ROOT, path),
        line: source.slice(0, start).split('\n').length,
        was: source.slice(start, end),
        becomes,
        text: source.slice(0, start) + becomes + source.slice(end),
        tests: ROOMS[room] ?? [],
      }));
    });
}

function survives(copy: string, { file, line, was, becomes, text, tests }: Mutant, number: number): boolean {
  const path = join(copy, file);
  const original = readFileSync(path, 'utf8');
  writeFileSync(path, text);
  const lives = tests.every((paths) => testsPass(copy, paths));
  writeFileSync(path, original);
  const short = (code: string): string => code.replaceAll(/\s+/g, ' ').slice(0, 60);
  const what = `${file}:${line}  ${short(was)}  ->  ${short(becomes)}`;
  process.stdout.write(lives ? `${number} SURVIVES  ${what}\n` : `${number} seen      ${what}\n`);
  return lives;
}

/** A test that never ends has noticed too. */
function testsPass(copy: string, paths: readonly string[]): boolean {
  const args = ['node_modules/vitest/vitest.mjs', 'run', ...paths, '--bail=1', '--maxWorkers=1', '--reporter=dot'];
  return spawnSync(process.execPath, args, { cwd: copy, stdio: 'ignore', timeout: 300_000 }).status === 0;
}

process.exitCode = main();
