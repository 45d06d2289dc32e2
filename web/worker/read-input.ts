/** The machine of an input: captured, described, shipped, or that of a scenario. */
import { readInput } from '../../src/archive/index.ts';
import { err, ok, type Result } from '../../src/base/index.ts';
import type { MachineCapture } from '../../src/capture/index.ts';
import {
  looksLikeMachineDescription,
  looksLikeScenario,
  readMachineDescription,
  readScenarioMachine,
  type ScenarioMachine,
} from '../../src/lab/index.ts';
import type { BesideFile, OpenInput } from '../protocol.ts';
import { EXAMPLES } from './examples.ts';

/** Why an input cannot be opened. `needs`: the file that a scenario names. */
export interface InputRefusal {
  readonly error: string;
  readonly needs?: string;
}

/** A machine, or why there is none. */
export type MachineRead = Result<MachineCapture, InputRefusal>;

/** Reads the machine. Never throws. */
export async function readMachineInput(input: OpenInput): Promise<MachineRead> {
  if (input.from === 'example') return readExample(input.name);
  if (!looksLikeScenario(input.bytes)) return readMachineBytes(input);
  const machine = readScenarioMachine(new TextDecoder().decode(input.bytes));
  if (!machine.ok) return err({ error: `${input.name}:${machine.error.line}: ${machine.error.text}.` });
  return scenarioMachine(machine.value, input.name, input.beside ?? []);
}

/**
 * The machine that a scenario describes or names. A page sees no folders: a named one is the file of that name which
 * came along, or which comes with the page.
 */
export async function scenarioMachine(
  machine: ScenarioMachine,
  file: string,
  beside: readonly BesideFile[],
): Promise<MachineRead> {
  if (machine.kind === 'described') return ok(machine.capture);
  const { path, line } = machine;
  const needs = baseName(path);
  const came = beside.find(({ name }) => baseName(name) === needs);
  if (came !== undefined) return readMachineBytes(came);
  const example = needs.replace(/\.ya?ml$/, '');
  if (Object.hasOwn(EXAMPLES, example)) return readExample(example);
  const error = `${file}:${line}: machine "${path}" is a file that this page does not have: drop "${needs}" too.`;
  return err({ error, needs });
}

function readExample(name: string): MachineRead {
  const text = Object.hasOwn(EXAMPLES, name) ? EXAMPLES[name] : undefined;
  return text === undefined ? err({ error: `There is no example "${name}".` }) : readDescription(text, `${name}.yaml`);
}

async function readMachineBytes({ bytes, name }: BesideFile): Promise<MachineRead> {
  if (looksLikeMachineDescription(bytes)) return readDescription(new TextDecoder().decode(bytes), name);
  const read = await readInput(bytes, name);
  return read.ok ? read : err({ error: `${read.error.text}.` });
}

function readDescription(text: string, name: string): MachineRead {
  const read = readMachineDescription(text, name);
  return read.ok ? read : err({ error: read.error.sentence });
}

function baseName(path: string): string {
  return path.split(/[/\\]/).at(-1) ?? path;
}
