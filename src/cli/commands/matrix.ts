/** `peerpath matrix`: all pairs. */
import { answerAllPairs } from '../../analyze.ts';
import { pairChanges } from '../../diagnose/index.ts';
import type { MapTypeMatrix } from '../../p2pdma/index.ts';
import { deviceKind, isEndpointKind, type PciFunction } from '../../pci/index.ts';
import {
  type MatrixWhatIf,
  matrixJson,
  matrixText,
  matrixWhatIfLines,
  type Paint,
  selectFunctions,
} from '../../report/index.ts';
import { UsageError } from '../exit-code.ts';
import { type MachineOptions, type OpenMachine, openMachine } from '../open-machine.ts';
import { terminalWidth } from '../output.ts';
import { chosenFormat, printReport } from '../print-sheet.ts';

/** Options of `matrix` beside those of the machine. */
export interface MatrixOptions extends MachineOptions {
  readonly all?: boolean;
  readonly only?: readonly string[];
}

/** Two bytes a pair: 200 MB. */
const MOST_FUNCTIONS = 10_000;
/** Some 100 bytes a pair. */
const MOST_IN_JSON = 2_000;

function tooMany(count: number, limit: number): UsageError {
  return new UsageError(`${count} devices make ${count * count} pairs; choose at most ${limit} devices with --only`);
}

/** Prints the matrix of the endpoints, of all functions, or of those chosen. */
export async function matrixCommand(source: string | undefined, options: MatrixOptions): Promise<void> {
  const machine = await openMachine(source, options);
  const { analysis, names } = machine;
  const functions = chosenFunctions(machine, options);
  const limit = chosenFormat(options) === 'json' ? MOST_IN_JSON : MOST_FUNCTIONS;
  if (functions.length > limit) throw tooMany(functions.length, limit);
  const matrix = answerAllPairs(analysis, functions);
  const whatIf = matrixWhatIf(machine, matrix, functions);
  const text = (paint: Paint): string => {
    const changes = whatIf === undefined ? [] : matrixWhatIfLines(whatIf, functions, names, paint);
    const table = { functions, names, width: terminalWidth(), paint, before: whatIf?.before };
    return [...changes, ...(changes.length > 0 ? [''] : []), matrixText(analysis.machine, matrix, table)].join('\n');
  };
  const json = (): object => matrixJson(analysis, matrix, functions, names, whatIf);
  printReport({ title: 'peerpath matrix', text, drawing: 'All pairs' }, json, options);
}

function matrixWhatIf(
  { present, whatIf }: OpenMachine,
  matrix: MapTypeMatrix,
  functions: readonly PciFunction[],
): MatrixWhatIf | undefined {
  if (whatIf === undefined) return undefined;
  const before = answerAllPairs(present, functions);
  return { report: whatIf, before, changes: pairChanges(before, matrix, functions) };
}

function chosenFunctions({ analysis, names }: OpenMachine, options: MatrixOptions): readonly PciFunction[] {
  const { functions } = analysis.topology;
  if (options.only !== undefined) {
    const chosen = new Set<PciFunction>();
    for (const text of options.only.flatMap((list) => list.split(','))) {
      const found = selectFunctions(analysis.topology, names, text);
      if (found.length === 0)
        throw new UsageError(`--only ${text}: no such device in this machine (peerpath devices lists them)`);
      for (const fn of found) chosen.add(fn);
    }
    return [...chosen];
  }
  return options.all === true ? functions : functions.filter((fn) => isEndpointKind(deviceKind(fn)));
}
