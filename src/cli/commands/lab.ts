/** `peerpath lab FILE`: play a scenario. */
import { dirname, isAbsolute, join } from 'node:path';
import { decodeUtf8, printable } from '../../base/index.ts';
import type { MachineCapture } from '../../capture/index.ts';
import {
  looksLikeMachineDescription,
  looksLikeScenario,
  readScenario,
  runScenario,
  type ScenarioFile,
  scenarioJson,
  scenarioSentence,
} from '../../lab/index.ts';
import { readMachine, readSource } from '../../node/index.ts';
import { scenarioSheet } from '../../report/index.ts';
import { EXIT, UsageError } from '../exit-code.ts';
import type { FormatOptions } from '../options.ts';
import { printSheet } from '../output.ts';
import { withProgress } from '../progress.ts';
import { terminalOfErrors } from '../terminal.ts';

/** Prints the timeline of a scenario; exit code 1 where an expectation does not hold. @throws UsageError for bad files. */
export async function labCommand(file: string, options: FormatOptions): Promise<void> {
  const bytes = await readSource(file);
  if (!bytes.ok) throw new UsageError(bytes.error.text);
  const name = file === '-' ? 'standard input' : file;
  if (!looksLikeScenario(bytes.value)) throw new UsageError(`${name}: ${whatElse(bytes.value, file)}`);
  const read = readScenario(decodeUtf8(bytes.value), name);
  if (!read.ok) throw new UsageError(read.error.text);
  const machine = await machineOf(file, name, read.value);
  const result = withProgress(`playing ${printable(name)}`, terminalOfErrors(), (report) =>
    runScenario(read.value.scenario, machine, report),
  );
  if (!result.ok) throw new UsageError(scenarioSentence(name, result.error));
  printSheet(scenarioSheet(result.value), () => scenarioJson(result.value), options);
  process.exitCode = result.value.outcome === 'passed' ? EXIT.answered : EXIT.no;
}

function whatElse(bytes: Uint8Array, file: string): string {
  if (looksLikeMachineDescription(bytes))
    return `describes a machine and nothing to be played on it; ask it with: peerpath matrix ${file}`;
  return `is no scenario, which begins with "peerpath-scenario: 1"; if it shows a machine, ask it with: peerpath matrix ${file}`;
}

/** The machine in the file, or the one it names by a path from its own folder. */
async function machineOf(file: string, name: string, { machine }: ScenarioFile): Promise<MachineCapture> {
  if (machine.kind === 'described') return machine.capture;
  const { path, line } = machine;
  const read = await readMachine(isAbsolute(path) ? path : join(dirname(file), path));
  if (!read.ok) throw new UsageError(`${name}:${line}: machine ${read.error.text}`);
  return read.value;
}
