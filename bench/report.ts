/** A bug report of many megabytes to the answers of all pairs, against `grep -c` of the same file. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { joinParts, PassageSplitter } from '../src/capture/index.ts';
import { cascade } from '../src/lab/index.ts';
import { mapTypeMatrix, p2pdmaMachine } from '../src/p2pdma/index.ts';
import { buildTopology } from '../src/pci/index.ts';
import { type BenchSettings, type Figure, measure, type Run } from './figure.ts';
import { Hash } from './hash.ts';
import { type Native, withNative } from './native.ts';
import { reportText } from './report-text.ts';

/** KiB. */
const SIZES = [1000, 60_000];
const FUNCTIONS = 60;
const COMMAND = 'dist/bin/peerpath.js';

/** In this process, and where the command is built as a whole process: start, cold compiler, words and all. */
export function* reportBench(settings: BenchSettings): Generator<Figure> {
  for (const size of SIZES.filter((each) => each <= settings.most)) {
    const bytes = reportText(cascade(3, FUNCTIONS), size * 1024);
    yield* withNative((native) => figures(size, bytes, native, settings));
  }
}

function figures(size: number, bytes: Uint8Array, native: Native, settings: BenchSettings): Figure[] {
  const file = native.file('report.txt', bytes);
  const installed = spawnSync('grep', ['--version']).status === 0;
  const grep = (): Run => {
    const start = performance.now();
    const { error } = spawnSync('grep', ['-c', 'PCI', file]);
    if (error !== undefined) throw error;
    return { ms: performance.now() - start, hash: undefined };
  };
  const note = `${installed ? '' : 'grep is not installed; '}${Math.round(bytes.length / 2 ** 20)} MiB of text`;
  const baseline = { name: 'grep -c', run: installed ? grep : undefined, note };
  const n = bytes.length;
  const inProcess = measure({ name: `report/${size}-KiB`, n, model: () => answer(bytes), baseline }, settings);
  if (!existsSync(COMMAND)) {
    settings.say(`report: the whole command left out, ${COMMAND} is not built`);
    return [inProcess];
  }
  const whole = { ...settings, warmUpMs: 0 };
  return [inProcess, measure({ name: `report/${size}-KiB-command`, n, model: () => command(file), baseline }, whole)];
}

function answer(bytes: Uint8Array): Run {
  const start = performance.now();
  const splitter = new PassageSplitter('report.txt');
  splitter.take(bytes);
  const joined = joinParts(splitter.finish().parts);
  if (!joined.ok) throw new Error(joined.error.text);
  const { cells } = mapTypeMatrix(p2pdmaMachine(buildTopology(joined.value)));
  const ms = performance.now() - start;
  const hash = new Hash();
  hash.words(cells);
  return { ms, hash: String(hash) };
}

function command(file: string): Run {
  const start = performance.now();
  const { status, stdout } = spawnSync(process.execPath, [COMMAND, 'matrix', file]);
  const ms = performance.now() - start;
  if (status === null || ![0, 1, 3].includes(status)) throw new Error(`${COMMAND} ended with ${status}`);
  const hash = new Hash();
  hash.words(Uint32Array.from(stdout));
  return { ms, hash: String(hash) };
}
