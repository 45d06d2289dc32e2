/** Machines that are described or come with the page, beside those that files show. */
import { err, ok } from '../../src/base/index.ts';
import {
  looksLikeMachineDescription,
  looksLikeScenario,
  readMachineDescription,
  readScenarioMachine,
  type ScenarioMachine,
} from '../../src/lab/index.ts';
import type { BesideFile, OpenInput } from '../protocol.ts';
import { EXAMPLES } from './examples.ts';
import { filesOf, type MachineRead, type ReadFiles } from './read-input.ts';

/** Reads every input that can be opened. */
export class InputReader {
  readonly #readFiles: ReadFiles;

  /** @param readFiles reads what is neither described nor shipped */
  constructor(readFiles: ReadFiles) {
    this.#readFiles = readFiles;
  }

  /** Reads the machine. Never throws. */
  async machine(input: OpenInput): Promise<MachineRead> {
    if (input.from === 'example') return readExample(input.name);
    if (!looksLikeScenario(input.bytes)) return this.#files(filesOf(input), input.machine ?? 0);
    const machine = readScenarioMachine(new TextDecoder().decode(input.bytes));
    if (!machine.ok) return err({ error: `${input.name}:${machine.error.line}: ${machine.error.text}.` });
    return this.ofScenario(machine.value, input.name, input.beside ?? []);
  }

  /**
   * The machine that a scenario describes or names. A page sees no folders: a named one is the file of that name which
   * came along, or which comes with the page.
   */
  async ofScenario(machine: ScenarioMachine, file: string, beside: readonly BesideFile[]): Promise<MachineRead> {
    if (machine.kind === 'described') return ok({ capture: machine.capture, more: 0 });
    const { path, line } = machine;
    const needs = baseName(path);
    const came = beside.find(({ name }) => baseName(name) === needs);
    if (came !== undefined) return this.#files([came], 0);
    const example = needs.replace(/\.ya?ml$/, '');
    if (Object.hasOwn(EXAMPLES, example)) return readExample(example);
    const error = `${file}:${line}: machine "${path}" is a file that this page does not have: drop "${needs}" too.`;
    return err({ error, needs });
  }

  async #files(files: readonly BesideFile[], machine: number): Promise<MachineRead> {
    const [first] = files;
    if (first === undefined || files.length > 1 || !looksLikeMachineDescription(first.bytes))
      return this.#readFiles(files, machine);
    return readDescription(new TextDecoder().decode(first.bytes), first.name);
  }
}

function readExample(name: string): MachineRead {
  const text = Object.hasOwn(EXAMPLES, name) ? EXAMPLES[name] : undefined;
  return text === undefined ? err({ error: `There is no example "${name}".` }) : readDescription(text, `${name}.yaml`);
}

function readDescription(text: string, name: string): MachineRead {
  const read = readMachineDescription(text, name);
  return read.ok ? ok({ capture: read.value, more: 0 }) : err({ error: `${read.error.text}.` });
}

function baseName(path: string): string {
  return path.split(/[/\\]/).at(-1) ?? path;
}
