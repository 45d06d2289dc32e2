/** `npm run -s conformance -- [--kinds A,B] [--input archive|tree|lspci] DIR…`: replays recordings of real kernels. */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { INPUT_FORMS, type InputForm, loadCapture } from './load-capture.ts';
import { findScenarios, readRecording } from './recording.ts';
import { type Failure, type Replayed, replay } from './replay.ts';
import { REQUEST_KINDS } from './request.ts';
import { VFIO_KINDS } from './vfio.ts';

const USAGE = 'usage: npm run -s conformance -- [--kinds KIND,…] [--input archive|tree|lspci] DIR…';
/** Kinds that an lspci listing can answer; the others need what only a capture has. */
const LSPCI_KINDS = ['dist', 'acs', 'provider'];
const KINDS: readonly string[] = [...REQUEST_KINDS, ...VFIO_KINDS];
const FAILURES_SHOWN = 5;
const FIELDS_SHOWN = 3;

interface Arguments {
  readonly folders: readonly string[];
  readonly kinds: ReadonlySet<string> | undefined;
  readonly input: InputForm;
}

function readArguments(): Arguments {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { kinds: { type: 'string' }, input: { type: 'string', default: 'archive' } },
  });
  const input = INPUT_FORMS.find((form) => form === values.input);
  if (input === undefined) throw new Error(`no such input: ${values.input}`);
  const missing = positionals.find((folder) => !existsSync(folder));
  if (missing !== undefined) throw new Error(`no such folder: ${missing}`);
  if (positionals.length === 0) throw new Error('no folder given');
  const kinds = values.kinds?.split(',') ?? (input === 'lspci' ? LSPCI_KINDS : undefined);
  const unknown = kinds?.find((kind) => !KINDS.includes(kind));
  if (unknown !== undefined) throw new Error(`no such kind: ${unknown}`);
  return { folders: positionals, kinds: kinds === undefined ? undefined : new Set(kinds), input };
}

async function main(): Promise<number> {
  let args: Arguments;
  try {
    args = readArguments();
  } catch (error) {
    process.stderr.write(`conformance: ${(error as Error).message}\n${USAGE}\n`);
    return 2;
  }
  let passed = 0;
  let failed = 0;
  for (const folder of args.folders.flatMap(findScenarios)) {
    const counts = await replayFolder(folder, args);
    passed += counts.passed;
    failed += counts.failed;
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

async function replayFolder(folder: string, args: Arguments): Promise<{ passed: number; failed: number }> {
  try {
    const recording = readRecording(folder);
    const capture = await loadCapture(folder, args.input);
    const replayed = replay(recording, capture, { kinds: args.kinds });
    process.stdout.write(scenarioText(recording.name, replayed));
    return { passed: replayed.passed, failed: replayed.failures.length };
  } catch (error) {
    process.stdout.write(`${folder}: cannot be replayed: ${(error as Error).message}\n`);
    return { passed: 0, failed: 1 };
  }
}

function scenarioText(name: string, { kernel, passed, unknown, failures, timed, taken }: Replayed): string {
  const open = unknown === 0 ? '' : ` (${unknown} of them unknown, the recorded answer being possible)`;
  const named = taken.length === 0 ? '' : `; not in the capture: ${taken.join(', ')}`;
  const timer = timed.length === 0 ? '' : `; success decided by the flush timer: n ${timed.join(', ')}`;
  const lines = [`${name} (Linux ${kernel}): ${passed} passed${open}, ${failures.length} failed${named}${timer}`];
  for (const failure of failures.slice(0, FAILURES_SHOWN)) lines.push(...failureText(failure));
  if (failures.length > FAILURES_SHOWN) lines.push(`    and ${failures.length - FAILURES_SHOWN} more`);
  return `${lines.join('\n')}\n`;
}

function failureText({ n, request, differences }: Failure): string[] {
  const shown = differences.slice(0, FIELDS_SHOWN).map(({ field, recorded, model }) => {
    return `      ${field}: recorded ${shorten(recorded)}, model ${shorten(model)}`;
  });
  const more = differences.length - shown.length;
  return [`    n ${n}: ${shorten(request)}`, ...shown, ...(more > 0 ? [`      and ${more} fields more`] : [])];
}

function shorten(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing');
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}

process.exitCode = await main();
