/**
 * Runs tests against mutants quickly: each test file is bundled once, with all mutants of the sample in it, of which a
 * run switches one on. A first run with none says which test files reach which mutants, and how long each takes.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { type Mutation, switchable } from './mutations.ts';

/** A mutant: its number, from 1, and where it is. */
export interface Placed {
  readonly number: number;
  /** Absolute. */
  readonly path: string;
  readonly mutation: Mutation;
}

/** Test files that are tried together without a mutant: many would fill the memory of a process. */
const AT_ONCE = 8;

/** What became of a mutant. */
export type Outcome = 'seen' | 'survives' | 'not reached' | 'never ends';

const ROOT = new URL('..', import.meta.url).pathname;
/** Below the root, so that packages are found. */
const FOLDER = join(ROOT, `.tsbuild/mutants-${process.pid}`);
const ACTIVE = 'PEERPATH_MUTANT';
const HITS = join(FOLDER, 'hits');
const RESULTS = join(FOLDER, 'results.json');

/** The part of vitest's report that is read. */
interface Results {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly startTime: number;
    readonly endTime: number;
  }[];
}

/** Never a verdict on a busy machine: a run without a mutant takes a fraction of it. */
const PATIENCE_MS = 120_000;
const PATIENCE_FACTOR = 20;

/** Test files at or below the paths, relative to the root. */
export function testFiles(paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => {
    const whole = join(ROOT, path);
    if (!existsSync(whole)) throw new Error(`${path}: there is no such file or folder`);
    if (statSync(whole).isFile()) return [path];
    return readdirSync(whole, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.test\.tsx?$/.test(name))
      .map((name) => relative(ROOT, join(whole, name)));
  });
}

/** Bundled tests. */
export class MutantTests {
  /** Numbers of mutants by the test file that evaluates them. */
  readonly #reached = new Map<string, Set<number>>();
  readonly #milliseconds = new Map<string, number>();

  /** Bundles the tests and runs them without any mutant. @returns the files that fail, which then tell nothing */
  async prepare(files: readonly string[], mutants: readonly Placed[], say: (line: string) => void): Promise<string[]> {
    rmSync(FOLDER, { recursive: true, force: true });
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(HITS, '');
    writeFileSync(join(FOLDER, 'vitest.config.mjs'), CONFIG);
    const sources = switchedSources(mutants);
    for (const [index, file] of files.entries()) {
      await bundle(file, sources);
      if ((index + 1) % 20 === 0) say(`${index + 1} of ${files.length} test files bundled`);
    }
    const failing: string[] = [];
    for (let first = 0; first < files.length; first += AT_ONCE) {
      failing.push(...this.#tried(files.slice(first, first + AT_ONCE)));
      say(`${Math.min(files.length, first + AT_ONCE)} of ${files.length} test files tried`);
    }
    for (const line of readFileSync(HITS, 'utf8').split('\n')) {
      const [file = '', number] = line.split(' ');
      this.#reached.set(file, (this.#reached.get(file) ?? new Set()).add(Number(number)));
    }
    return failing;
  }

  /** Runs some together, as with a mutant, so that one that disturbs another is found out. @returns those that fail */
  #tried(files: readonly string[]): readonly string[] {
    rmSync(RESULTS, { force: true });
    const passed = run(files, 0, PATIENCE_MS * 4) === 'passed';
    const { testResults } = existsSync(RESULTS)
      ? (JSON.parse(readFileSync(RESULTS, 'utf8')) as Results)
      : { testResults: [] };
    const failing: string[] = [];
    for (const file of files) {
      const result = testResults.find(({ name }) => name.endsWith(`/${nameOf(file)}.test.mjs`));
      this.#milliseconds.set(file, result === undefined ? 0 : result.endTime - result.startTime);
      if (result?.status !== 'passed') failing.push(file);
    }
    return passed || failing.length > 0 ? failing : files;
  }

  /** Runs those of the test files that reach a mutant, in `stages`, the quickest of a stage first. */
  outcome(number: number, stages: readonly (readonly string[])[]): Outcome {
    const took = (file: string): number => this.#milliseconds.get(file) ?? 0;
    const reaching = [
      ...new Set(
        stages.flatMap((files) =>
          files
            .filter((file) => this.#reached.get(file)?.has(number) === true)
            .sort((a, b) => took(a) - took(b) || a.localeCompare(b)),
        ),
      ),
    ];
    if (reaching.length === 0) return 'not reached';
    const usual = reaching.reduce((sum, file) => sum + took(file), 0);
    const outcome = run(reaching, number, Math.ceil(PATIENCE_MS + PATIENCE_FACTOR * usual));
    return outcome === 'passed' ? 'survives' : outcome === 'failed' ? 'seen' : 'never ends';
  }

  /** Removes what was built. */
  remove(): void {
    rmSync(FOLDER, { recursive: true, force: true });
  }
}

/** Test files run one after another in the order they are named; the bundles are imported as they are. */
const CONFIG = `
const order = (process.env.PEERPATH_TESTS ?? '').split(' ');
class Sequencer {
  shard(files) { return files; }
  sort(files) {
    const at = (file) => order.findIndex((name) => file.moduleId.endsWith('/' + name));
    return [...files].sort((a, b) => at(a) - at(b));
  }
}
export default {
  root: ${JSON.stringify(FOLDER)},
  test: {
    include: ['*.test.mjs'],
    server: { deps: { external: [/\\.bundle\\.mjs$/] } },
    pool: 'threads',
    isolate: false,
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 60_000 } },
    sequence: { sequencer: Sequencer },
  },
};
`;

function nameOf(file: string): string {
  return file.replaceAll('/', '+').replace(/\.test\.tsx?$/, '');
}

function switchedSources(mutants: readonly Placed[]): ReadonlyMap<string, string> {
  const files = new Set(mutants.map(({ path }) => path));
  return new Map(
    [...files].map((path) => {
      const here = mutants.filter((mutant) => mutant.path === path);
      const text = switchable(
        readFileSync(path, 'utf8'),
        here.map(({ mutation }) => mutation),
        (index) => `$mutant(${here[index]?.number})`,
      );
      return [path, text];
    }),
  );
}

async function bundle(file: string, sources: ReadonlyMap<string, string>): Promise<void> {
  const name = nameOf(file);
  const built = await rolldown({
    input: join(ROOT, file),
    platform: 'node',
    external: [/^[^./]/],
    treeshake: false,
    logLevel: 'silent',
    plugins: [
      {
        name: 'mutants',
        load: (id) => sources.get(id),
        transform: (code, id) =>
          code
            .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href))
            .replaceAll('import.meta.dirname', JSON.stringify(dirname(id))),
      },
    ],
  });
  await built.write({
    file: join(FOLDER, `${name}.bundle.mjs`),
    format: 'esm',
    codeSplitting: false,
    banner: switchOf(file),
  });
  await built.close();
  writeFileSync(join(FOLDER, `${name}.test.mjs`), `import ${JSON.stringify(`./${name}.bundle.mjs`)};\n`);
}

/** Tells whether a mutant is switched on; where none is, notes that it was asked for. */
function switchOf(file: string): string {
  return `
const $active = Number(process.env.${ACTIVE} ?? 0);
const $asked = new Set();
function $mutant(number) {
  if ($active === 0 && !$asked.has(number)) {
    $asked.add(number);
    process.getBuiltinModule('node:fs').appendFileSync(${JSON.stringify(HITS)}, ${JSON.stringify(file)} + ' ' + number + '\\n');
  }
  return number === $active;
}
`;
}

/** A test that never ends has noticed too, but is told apart from one that fails. */
function run(files: readonly string[], mutant: number, timeout: number): 'passed' | 'failed' | 'timeout' {
  const names = files.map((file) => `${nameOf(file)}.test.mjs`);
  const args = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', ...names];
  const { status, error } = spawnSync(
    process.execPath,
    [
      ...args,
      '--config',
      join(FOLDER, 'vitest.config.mjs'),
      ...(mutant === 0 ? ['--reporter=json', `--outputFile=${RESULTS}`] : ['--bail=1', '--reporter=dot']),
    ],
    {
      // Tests name files from the root of the repository.
      cwd: ROOT,
      stdio: 'ignore',
      timeout,
      killSignal: 'SIGKILL',
      env: { ...process.env, [ACTIVE]: String(mutant), PEERPATH_TESTS: names.join(' ') },
    },
  );
  if (status === null && (error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT') return 'timeout';
  return status === 0 ? 'passed' : 'failed';
}
