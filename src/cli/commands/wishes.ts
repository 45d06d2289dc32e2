/** `peerpath fix` and `check`: pairs that are wanted, and pairs that are required. */
import { readFileSync } from 'node:fs';
import { printable } from '../../base/index.ts';
import {
  defaultWants,
  type Judgement,
  judge,
  makePlan,
  type Plan,
  type PlanRequest,
  parseRequirement,
  type Requirement,
  type Want,
} from '../../diagnose/index.ts';
import {
  checkJson,
  checkJunit,
  checkNfd,
  checkPrometheus,
  checkSheet,
  planJson,
  planSheet,
} from '../../report/index.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import { answersByLabels, type OpenMachine, openMachine, someFunctions } from '../open-machine.ts';
import type { MachineOptions } from '../options.ts';
import { printSheet, printText } from '../output.ts';
import { withProgress } from '../progress.ts';
import { terminalOfErrors } from '../terminal.ts';
import { readWant, requireWeighable } from '../wants.ts';

/** Options of `fix` beside those of the machine. */
export interface FixOptions extends MachineOptions {
  readonly want?: readonly string[];
  readonly keepIsolated?: readonly string[];
  readonly supported?: boolean;
  readonly pairs?: boolean;
  readonly steps?: boolean;
}

/** Prints the plan; exit code 1 where something wanted cannot be had, 3 where the input leaves it open. */
export async function fixCommand(sources: readonly string[], options: FixOptions): Promise<void> {
  const machine = await openMachine(sources, options);
  if (answersByLabels(machine, options)) return;
  const request: PlanRequest = {
    wants: chosenWants(machine, options.want),
    goal: options.supported === true ? 'supported' : 'direct',
    keepIsolated: (options.keepIsolated ?? []).flatMap((text) => someFunctions(machine, text, '--keep-isolated')),
  };
  const plan = withProgress('planning', terminalOfErrors(), (report) =>
    makePlan(machine.analysis.situation, request, report),
  );
  const shown = [...(options.pairs === true ? ['--pairs'] : []), ...(options.steps === true ? ['--steps'] : [])];
  printSheet(planSheet(machine, plan), () => planJson(machine, plan), { ...options, shown });
  process.exitCode = planExitCode(plan);
}

function chosenWants(machine: OpenMachine, texts: readonly string[] | undefined): readonly Want[] {
  if (texts === undefined) {
    requireWeighable(machine.analysis.topology, 'name pairs with --want');
    return defaultWants(machine.analysis.machine);
  }
  const wants = texts.flatMap((text) => readWant(machine, text, '--want'));
  return [...new Map(wants.map((want) => [`${want.provider.index} ${want.client.index}`, want])).values()];
}

function planExitCode({ impossible, givenUp, open }: Plan): number {
  if (impossible.length > 0 || givenUp.length > 0) return EXIT.no;
  return open.length > 0 ? EXIT.unknown : EXIT.answered;
}

/** Options of `check` beside those of the machine. */
export interface CheckOptions extends MachineOptions {
  readonly require?: readonly string[];
  readonly file?: string;
  readonly pairs?: boolean;
}

/** Prints what fails; exit code 0 all hold, 1 one fails, 3 what is unknown decides. */
export async function checkCommand(sources: readonly string[], options: CheckOptions): Promise<void> {
  const requirements = readRequirements(options);
  const machine = await openMachine(sources, options);
  const judgements = requirements.flatMap((requirement) =>
    readWant(machine, requirement.pairs, 'requirement').map((pair) =>
      judge(machine.analysis.machine, requirement, pair),
    ),
  );
  printJudgements(machine, judgements, options);
  const states = new Set(judgements.map(({ state }) => state));
  process.exitCode = states.has('fails') ? EXIT.no : states.has('unknown') ? EXIT.unknown : EXIT.answered;
}

function printJudgements(machine: OpenMachine, judgements: readonly Judgement[], options: CheckOptions): void {
  if (options.format === 'junit' && options.json !== true) printText(checkJunit(judgements, machine.names));
  else if (options.format === 'nfd' && options.json !== true) printText(checkNfd(judgements));
  else if (options.format === 'prometheus' && options.json !== true) printText(checkPrometheus(judgements));
  else {
    const shown = options.pairs === true ? ['--pairs'] : [];
    printSheet(
      checkSheet(machine, judgements),
      () => checkJson(machine, judgements),
      { ...options, shown },
      CHECK_FORMS,
    );
  }
}

/** Forms of `check` beside those of every report. */
const CHECK_FORMS = ['junit', 'prometheus', 'nfd'];

/** Requirements of options. @throws UsageError where one cannot be read, or there is none */
export function readRequirements({
  require: texts = [],
  file,
}: Pick<CheckOptions, 'require' | 'file'>): readonly Requirement[] {
  const lines = file === undefined ? [] : readLines(file);
  const all = [...texts, ...lines].map((text) => {
    const read = parseRequirement(text);
    if (!read.ok) throw new UsageError(`requirement ${printable(read.error.text)}`);
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
