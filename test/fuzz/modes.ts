/** What is fuzzed: how an input is made from a seed, and what it must not do. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { analyze, answerAllPairs, answerPair } from '../../src/analyze.ts';
import { readInput } from '../../src/archive/index.ts';
import { assert, decodeUtf8, encodeUtf8, Prng } from '../../src/base/index.ts';
import type { MachineCapture } from '../../src/capture/index.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { examine, focusOf, openPairs, parseRequirement, verifyMachine } from '../../src/diagnose/index.ts';
import { readMachineDescription, readScenario, runScenario } from '../../src/lab/index.ts';
import {
  deviceNames,
  devicesJson,
  doctorJson,
  doctorSheet,
  evidenceSheet,
  explainJson,
  explainSheet,
  groupsSheet,
  PLAIN,
  redactCapture,
  sheetHtml,
  sheetMarkdown,
  sheetText,
  treeSheet,
  verifySheet,
} from '../../src/report/index.ts';
import { mutateBytes, mutateText, oddWord } from './mutate.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A kind of input. */
export interface FuzzMode {
  /** The same seed makes the same input. */
  readonly make: (seed: number) => Uint8Array;
  /** Throws where the input does what none may do. */
  readonly run: (input: Uint8Array) => Promise<void> | void;
  /** Inputs of a short run. */
  readonly few: number;
}

function files(folder: string, name: RegExp): readonly Uint8Array[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => name.test(path))
    .sort()
    .map((path) => new Uint8Array(readFileSync(join(ROOT, folder, path))));
}

/** Read when a mode begins. */
function lazily<T>(read: () => T): () => T {
  let value: { readonly read: T } | undefined;
  return () => {
    value ??= { read: read() };
    return value.read;
  };
}

const packed = lazily(() =>
  files('test/fixtures/packed', /\.(?:xz|zst|bin)$/).filter(({ length }) => length < 1 << 17),
);
const tars = lazily(() =>
  files('test/machines', /capture\.tar\.gz$/).map((bytes) => new Uint8Array(gunzipSync(bytes))),
);
const captures = lazily(() => [
  ...files('test/machines', /capture\.tar\.gz$/),
  ...files('test/fixtures/hwloc', /bz2$/),
]);
const texts = lazily(() =>
  [...files('test/fixtures/lspci', /\.txt$/), ...files('test/fixtures/kernel-log', /dmesg\.txt$/)].map(decodeUtf8),
);
const machines = lazily(() => files('examples/machines', /\.yaml$/).map(decodeUtf8));
const scenarios = lazily(() => files('examples/scenarios', /\.yaml$/).map(decodeUtf8));

function bytesMode(corpus: () => readonly Uint8Array[], few: number): FuzzMode {
  return {
    make: (seed) => {
      const random = new Prng(seed);
      const all = corpus();
      return mutateBytes(random, all[random.below(all.length)] ?? new Uint8Array(0), all);
    },
    run: readAndAsk,
    few,
  };
}

function textMode(corpus: () => readonly string[], run: FuzzMode['run'], few: number): FuzzMode {
  return {
    make: (seed) => {
      const random = new Prng(seed);
      const all = corpus();
      return encodeUtf8(mutateText(random, all[random.below(all.length)] ?? '', all));
    },
    run,
    few,
  };
}

/** Every mode by its name. */
export const FUZZ_MODES: Readonly<Record<string, FuzzMode>> = {
  captures: bytesMode(captures, 10),
  tar: bytesMode(tars, 10),
  compression: bytesMode(packed, 40),
  texts: textMode(texts, readAndAsk, 30),
  machines: textMode(machines, describeAndAsk, 20),
  scenarios: textMode(scenarios, play, 10),
  requirements: {
    make: (seed) => {
      const random = new Prng(seed);
      const parts = ['gpu*', '->', '<->', ':', 'direct', ',', 'distance <= 4', ' ', 'nearest', oddWord(random)];
      return encodeUtf8(Array.from({ length: random.below(12) }, () => parts[random.below(parts.length)]).join(''));
    },
    run: (input) => saysWhy(parseRequirement(decodeUtf8(input))),
    few: 200,
  },
  'command-lines': { make: commandLine, run: runCommand, few: 4 },
};

/** Failures are one sentence. */
function saysWhy(read: { readonly ok: boolean; readonly error?: { readonly text: string } }): void {
  if (!read.ok) assert(/^[^\n]+$/.test(read.error?.text ?? ''), `a failure is one line: ${read.error?.text}`);
}

async function readAndAsk(input: Uint8Array): Promise<void> {
  const read = await readInput(input, 'fuzz', { maxBytes: 1 << 26 });
  saysWhy(read);
  if (read.ok) ask(read.value);
}

function describeAndAsk(input: Uint8Array): void {
  const read = readMachineDescription(decodeUtf8(input), 'fuzz.yaml');
  saysWhy(read);
  if (read.ok && read.value.functions.length < 200) ask(read.value);
}

/** Every question that needs no more than a machine, and every form of its report. */
function ask(capture: MachineCapture): void {
  const analysis = analyze(capture);
  const subject = { analysis, names: deviceNames(analysis.topology, undefined), whatIf: undefined };
  const { devices } = focusOf(analysis.topology.functions);
  if (devices.length > 60) return;
  answerAllPairs(analysis, devices);
  const [provider, client = provider] = devices;
  const ailments = examine(analysis.situation);
  const sheets = [
    treeSheet(subject),
    groupsSheet(subject),
    doctorSheet(subject, ailments),
    verifySheet(subject, verifyMachine(analysis.machine)),
    evidenceSheet(subject, openPairs(analysis.machine)),
  ];
  if (provider !== undefined && client !== undefined) {
    const answer = answerPair(analysis, provider, client);
    sheets.push(explainSheet(subject, answer));
    JSON.stringify(explainJson(subject, answer));
  }
  JSON.stringify([devicesJson(subject), doctorJson(subject, ailments)]);
  for (const sheet of sheets) {
    const texts = [sheetText(sheet, PLAIN), sheetMarkdown(sheet), sheetHtml(sheet)];
    for (const text of texts) assert(!CONTROL.test(text), 'no report prints a control character');
  }
  analyze(redactCapture(capture));
}

/** Control characters that are no line end, and what turns the direction of text. */
const CONTROL = /[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/u;

function play(input: Uint8Array): void {
  const read = readScenario(decodeUtf8(input), 'fuzz.yaml');
  saysWhy(read);
  // Machines in other files, and steps that move more than a test should, are not played.
  if (!read.ok || read.value.machine.kind !== 'described') return;
  const { steps } = read.value.scenario;
  if (steps.some((step) => 'length' in step && typeof step.length === 'bigint' && step.length > 1n << 24n)) return;
  saysWhy(runScenario(read.value.scenario, read.value.machine.capture));
}

/** Words with a NUL between them: options and operands of the command table, and odd ones. */
function commandLine(seed: number): Uint8Array {
  const random = new Prng(seed);
  const program = buildProgram('0');
  // `web` runs on, `capture` and reports of `verify` write files.
  const usable = program.commands.filter((command) => !['web', 'capture', 'fleet'].includes(command.name()));
  const command = usable[random.below(usable.length)];
  const sources = ['test/machines/nvme-none/capture.tar.gz', 'examples/machines/sriov.yaml', 'package.json', 'nosuch'];
  const values = ['gpu0', 'nvme0', 'nvme0:2', 'nvme*<->nic*', '0x1000', 'md', 'json', 'clear:all', 'pt', '7.3', 'zen'];
  const pick = (words: readonly string[]): string => words[random.below(words.length)] ?? '';
  const options = [...(command?.options ?? []), ...program.options].filter(({ long }) => long !== '--report');
  const words = command === undefined ? [] : [command.name()];
  for (let left = random.below(6); left > 0; left--) {
    const option = options[random.below(options.length)];
    if (random.below(2) === 0) words.push(pick([...sources, ...values, oddWord(random).replaceAll('\0', 'x')]));
    else words.push(option?.long ?? '', ...(option?.required === true ? [pick(values)] : []));
  }
  return encodeUtf8([...words, pick(sources)].join('\0'));
}

function runCommand(input: Uint8Array): void {
  const words = decodeUtf8(input).split('\0');
  const run = spawnSync(process.execPath, [join(ROOT, 'dist/bin/peerpath.js'), ...words], {
    cwd: ROOT,
    input: '',
    timeout: 60_000,
    maxBuffer: 1 << 28,
  });
  const { status, stdout, stderr } = run;
  assert([0, 1, 2, 3].includes(status ?? -1), `exit code ${status}: ${stderr}`);
  if (status === 2)
    assert(
      stdout.length === 0 && /^(?:note: .*\n|damaged: .*\n)*peerpath: .*\n$/.test(String(stderr)),
      `one sentence: ${stderr}`,
    );
}
