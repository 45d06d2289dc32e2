/** `peerpath fix`: the least change that makes wanted pairs direct. */
import { defaultWants, makePlan, type Plan, type Want } from '../../diagnose/index.ts';
import { kernelJson, PLAIN, planJson, planSheet, whatIfLines } from '../../report/index.ts';
import { EXIT } from '../exit-code.ts';
import { type MachineOptions, type OpenMachine, openMachine } from '../open-machine.ts';
import { printSheet } from '../print-sheet.ts';
import { readWant, someFunctions } from '../read-want.ts';
import { requireWeighable } from '../weighable.ts';

/** Options of `fix` beside those of the machine. */
export interface FixOptions extends MachineOptions {
  readonly want?: readonly string[];
  readonly keepIsolated?: readonly string[];
  readonly supported?: boolean;
}

/** Prints the plan; exit code 1 where something wanted cannot be had, 3 where the input leaves it open. */
export async function fixCommand(source: string | undefined, options: FixOptions): Promise<void> {
  const machine = await openMachine(source, options);
  const { analysis, names, whatIf } = machine;
  const plan = makePlan(analysis.situation, {
    wants: chosenWants(machine, options.want),
    goal: options.supported === true ? 'supported' : 'direct',
    keepIsolated: (options.keepIsolated ?? []).flatMap((text) => someFunctions(machine, text, '--keep-isolated')),
  });
  const context = whatIf === undefined ? [] : whatIfLines(whatIf, names, PLAIN);
  const sheet = planSheet(plan, analysis.machine, names, context);
  printSheet(sheet, () => planJson(plan, kernelJson(analysis.machine)), options);
  process.exitCode = exitCode(plan);
}

function chosenWants(machine: OpenMachine, texts: readonly string[] | undefined): readonly Want[] {
  if (texts === undefined) {
    requireWeighable(machine.analysis.topology, 'name pairs with --want');
    return defaultWants(machine.analysis.machine);
  }
  const wants = texts.flatMap((text) => readWant(machine, text, '--want'));
  return [...new Map(wants.map((want) => [`${want.provider.index} ${want.client.index}`, want])).values()];
}

function exitCode({ impossible, givenUp, open }: Plan): number {
  if (impossible.length > 0 || givenUp.length > 0) return EXIT.no;
  return open.length > 0 ? EXIT.unknown : EXIT.answered;
}
