/** An lspci hex dump through the reader, against lspci itself reading and printing it. */
import { spawnSync } from 'node:child_process';
import { type MachineCapture, readLspci } from '../src/capture/index.ts';
import { cascade } from '../src/lab/index.ts';
import { type BenchSettings, type Figure, measure, type Run } from './figure.ts';
import { Hash } from './hash.ts';
import { type Native, withNative } from './native.ts';
import { dump } from './report-text.ts';

/** 900 functions of 4096 bytes are a dump of 12 MB. */
const SIZES = [100, 900];

/** `lspci -xxxx` of machines of each size. */
export function* parseBench(settings: BenchSettings): Generator<Figure> {
  for (const functions of SIZES.filter((size) => size <= settings.most)) {
    const machine = cascade(4, functions);
    const bytes = new TextEncoder().encode(dump(machine));
    const figure = withNative((native) => parse(functions, bytes, native, settings));
    if (figure.hash !== hashOf(machine)) throw new Error('parse: the dump reads as another machine');
    yield figure;
  }
}

function parse(functions: number, bytes: Uint8Array, native: Native, settings: BenchSettings): Figure {
  const model = (): Run => {
    const start = performance.now();
    const capture = readLspci(bytes, 'dump');
    const ms = performance.now() - start;
    return { ms, hash: hashOf(capture) };
  };
  const file = native.file('dump', bytes);
  const installed = spawnSync('lspci', ['--version']).status === 0;
  const run = (): Run => {
    const start = performance.now();
    const { status } = spawnSync('lspci', ['-F', file, '-D', '-vvv'], { stdio: 'ignore' });
    if (status !== 0) throw new Error('lspci does not read the dump');
    return { ms: performance.now() - start, hash: undefined };
  };
  const note = installed ? 'whole process of lspci, which prints: no result to compare' : 'lspci is not installed';
  const baseline = { name: 'lspci -F -D -vvv', run: installed ? run : undefined, note };
  return measure({ name: `parse/${functions}-functions`, n: bytes.length, model, baseline }, settings);
}

function hashOf(capture: MachineCapture): string {
  const hash = new Hash();
  for (const fn of capture.functions) {
    hash.word(fn.bdf);
    hash.words(fn.config.bytes);
  }
  return String(hash);
}
