/** `peerpath check`: required pairs, for scripts and monitoring. */
import { readFileSync } from 'node:fs';
import { printable } from '../../base/index.ts';
import { type Judgement, judge, parseRequirement, type Requirement } from '../../diagnose/index.ts';
import { checkJson, checkJunit, checkPrometheus, checkText, kernelJson } from '../../report/index.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { type MachineOptions, type OpenMachine, openMachine } from '../open-machine.ts';
import { printJson, printText, terminalPaint } from '../output.ts';
import { readWant } from '../read-want.ts';

/** Options of `check` beside those of the machine. */
export interface CheckOptions extends MachineOptions {
  readonly require?: readonly string[];
  readonly file?: string;
}

const FORMATS = ['text', 'json', 'junit', 'prometheus'];

/** Prints what fails; exit code 0 all hold, 1 one fails, 3 what is unknown decides. */
export async function checkCommand(source: string | undefined, options: CheckOptions): Promise<void> {
  const format = options.json === true ? 'json' : (options.format ?? 'text');
  if (!FORMATS.includes(format)) throw new UsageError(`--format ${format}: say ${FORMATS.join(', ')}`);
  const requirements = readRequirements(options);
  const machine = await openMachine(source, options);
  const judgements = requirements.flatMap((requirement) =>
    readWant(machine, requirement.pairs, 'requirement').map((pair) =>
      judge(machine.analysis.machine, requirement, pair),
    ),
  );
  print(format, judgements, machine);
  const states = new Set(judgements.map(({ state }) => state));
  process.exitCode = states.has('fails') ? EXIT.no : states.has('unknown') ? EXIT.unknown : EXIT.answered;
}

function print(format: string, judgements: readonly Judgement[], { analysis, names }: OpenMachine): void {
  if (format === 'json') printJson(checkJson(judgements, kernelJson(analysis.machine)));
  else if (format === 'junit') printText(checkJunit(judgements, names));
  else if (format === 'prometheus') printText(checkPrometheus(judgements));
  else printText(checkText(judgements, names, terminalPaint()));
}

function readRequirements({ require: texts = [], file }: CheckOptions): readonly Requirement[] {
  const lines = file === undefined ? [] : readLines(file);
  const all = [...texts, ...lines].map((text) => {
    const read = parseRequirement(text);
    if (!read.ok) throw new UsageError(`requirement ${printable(read.error)}`);
    return read.value;
  });
  if (all.length === 0)
    throw new UsageError("nothing to check: --require 'gpu* -> nic*: direct', or --file FILE with one a line");
  return all;
}

function readLines(file: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new UsageError(`--file ${file}: cannot be read`);
  }
  return text
    .split(/\r?\n/)
    .map((line) => line.replace(/#.*$/, '').trim())
    .filter((line) => line !== '');
}
