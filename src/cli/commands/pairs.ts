/** `peerpath matrix` and `explain`: all pairs, and one. */
import { answerAllPairs, answerPair } from '../../analyze.ts';
import { type Focus, focusOf, openPairs, pairChanges } from '../../diagnose/index.ts';
import type { MapTypeMatrix } from '../../p2pdma/index.ts';
import type { PciFunction } from '../../pci/index.ts';
import {
  explainJson,
  explainSheet,
  type MatrixAnswer,
  type MatrixForm,
  matrixJson,
  matrixSheet,
} from '../../report/index.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import {
  answersByLabels,
  type OpenMachine,
  openMachine,
  pickFunction,
  refuseFileAsDevice,
  someFunctions,
} from '../open-machine.ts';
import type { MachineOptions } from '../options.ts';
import { chosenFormat, printSheet } from '../output.ts';

/** Options of `matrix` beside those of the machine. */
export interface MatrixOptions extends MachineOptions, MatrixForm {
  readonly all?: boolean;
  readonly only?: readonly string[];
}

/** Two bytes a pair: 200 MB. */
const MOST_FUNCTIONS = 10_000;
/** Open pairs are looked at one by one. */
const MOST_EXAMINED = 512;
/** Some 100 bytes a pair. */
const MOST_IN_JSON = 2_000;

function tooMany(count: number, limit: number): UsageError {
  return new UsageError(`${count} devices make ${count * count} pairs; choose at most ${limit} devices with --only`);
}

/** Prints the matrix of the endpoints, of all functions, or of those chosen. */
export async function matrixCommand(sources: readonly string[], options: MatrixOptions): Promise<void> {
  const machine = await openMachine(sources, options);
  if (answersByLabels(machine, options)) return;
  const { devices: functions, left } = chosenFunctions(machine, options);
  const limit = chosenFormat(options) === 'json' ? MOST_IN_JSON : MOST_FUNCTIONS;
  if (functions.length > limit) throw tooMany(functions.length, limit);
  const matrix = answerAllPairs(machine.analysis, functions);
  const before = presentAnswers(machine, matrix, functions);
  const open = functions.length > MOST_EXAMINED ? undefined : openPairs(machine.analysis.machine, functions);
  const answer: MatrixAnswer = { functions, matrix, before, open, left };
  printSheet(matrixSheet(machine, answer, options), () => matrixJson(machine, answer), options);
}

function presentAnswers(
  { present, whatIf }: OpenMachine,
  matrix: MapTypeMatrix,
  functions: readonly PciFunction[],
): MatrixAnswer['before'] {
  if (whatIf === undefined) return undefined;
  const before = answerAllPairs(present, functions);
  return { matrix: before, changes: pairChanges(before, matrix, functions) };
}

function chosenFunctions(machine: OpenMachine, options: MatrixOptions): Focus {
  const { functions } = machine.analysis.topology;
  if (options.only !== undefined) {
    return { devices: someFunctions(machine, options.only.join(','), '--only'), left: new Map() };
  }
  return options.all === true ? { devices: functions, left: new Map() } : focusOf(functions);
}

/** Prints the answer for one pair; the exit code tells it too. */
export async function explainCommand(
  provider: string,
  client: string,
  sources: readonly string[],
  options: MachineOptions,
): Promise<void> {
  refuseFileAsDevice('explain PROVIDER CLIENT', client, sources);
  const machine = await openMachine(sources, options);
  const pair = [pickFunction(machine, provider), pickFunction(machine, client)] as const;
  const answer = answerPair(machine.analysis, ...pair);
  const present = machine.whatIf === undefined ? undefined : answerPair(machine.present, ...pair);
  printSheet(explainSheet(machine, answer, present), () => explainJson(machine, answer, present), options);
  const { mapType } = answer.verdict;
  process.exitCode =
    mapType === 'unknown' ? EXIT.unknown : mapType === 'PCI_P2PDMA_MAP_NOT_SUPPORTED' ? EXIT.no : EXIT.answered;
}
