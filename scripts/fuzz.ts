/**
 * Inputs at random, for as long as you like: `npm run -s fuzz -- [MODE] [SECONDS] [--seed N]`. Without a mode, all in turn.
 * What breaks a rule is printed with its seed and written to test/fuzz/found/, where it stays as a test.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../src/base/index.ts';
import { FUZZ_MODES } from '../test/fuzz/modes.ts';

const FOUND = new URL('../test/fuzz/found/', import.meta.url).pathname;
/** No input may keep a reader busy longer: milliseconds of the processor, since a busy machine is no failure. */
const PATIENCE = 10_000;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { seed: { type: 'string' } } });
  const modes = positionals.filter((word) => !/^\d+$/.test(word));
  const seconds = Number(positionals.find((word) => /^\d+$/.test(word)) ?? 60);
  const unknown = modes.find((mode) => !Object.hasOwn(FUZZ_MODES, mode));
  if (unknown !== undefined) {
    process.stderr.write(`${unknown}: no such mode; say ${Object.keys(FUZZ_MODES).join(', ')}\n`);
    return 2;
  }
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
  process.stdout.write(`seed ${seed}\n`);
  const chosen = modes.length > 0 ? modes : Object.keys(FUZZ_MODES);
  let found = 0;
  for (const mode of chosen) found += await fuzz(mode, seed, (seconds * 1000) / chosen.length);
  return found > 0 ? 1 : 0;
}

async function fuzz(name: string, first: number, milliseconds: number): Promise<number> {
  const mode = FUZZ_MODES[name];
  if (mode === undefined) return 0;
  const end = Date.now() + milliseconds;
  let [found, seed] = [0, first];
  for (; Date.now() < end; seed++) {
    const input = mode.make(seed);
    const began = process.cpuUsage();
    const wrong = await problemOf(() => mode.run(input));
    const { user, system } = process.cpuUsage(began);
    const took = Math.round((user + system) / 1000);
    const problem = wrong ?? (took > PATIENCE ? `took ${took} ms` : undefined);
    if (problem === undefined) continue;
    found++;
    mkdirSync(join(FOUND, name), { recursive: true });
    writeFileSync(join(FOUND, name, String(seed)), input);
    process.stdout.write(`${name} --seed ${seed}: ${problem.split('\n')[0]}\n`);
  }
  process.stdout.write(`${name}: ${seed - first} inputs, ${found} found\n`);
  return found;
}

async function problemOf(run: () => Promise<void> | void): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

process.exitCode = await main();
