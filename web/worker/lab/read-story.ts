/** A scenario and the machine it is played on. */
import { err, ok, type Result } from '../../../src/base/index.ts';
import type { MachineCapture } from '../../../src/capture/index.ts';
import { readScenario, type Scenario } from '../../../src/lab/index.ts';
import type { LabInput } from '../../lab-protocol.ts';
import type { OpenInput } from '../../protocol.ts';
import type { InputReader } from '../read-described.ts';
import type { InputRefusal } from '../read-input.ts';
import { SCENARIOS } from './scenarios.ts';

/** Ready to be played. */
export interface Story {
  readonly scenario: Scenario;
  /** File name for messages. */
  readonly file: string;
  readonly capture: MachineCapture;
  /** What shows the machine. */
  readonly machine: OpenInput;
}

/** Reads it. Never throws. */
export async function readStory(input: LabInput, reader: InputReader): Promise<Result<Story, InputRefusal>> {
  const file = input.from === 'bytes' ? input.name : `${input.name}.yaml`;
  const text = input.from === 'bytes' ? new TextDecoder().decode(input.bytes) : shipped(input.name);
  if (text === undefined) return err({ error: `There is no scenario "${input.name}".` });
  const read = readScenario(text, file);
  if (!read.ok) return err({ error: `${read.error.text}.` });
  const { scenario } = read.value;
  const on = input.from === 'scenario' ? input.on : undefined;
  const beside = input.from === 'bytes' ? (input.beside ?? []) : [];
  const machine = await (on === undefined ? reader.ofScenario(read.value.machine, file, beside) : reader.machine(on));
  if (!machine.ok) return machine;
  const own: OpenInput = { from: 'bytes', bytes: new TextEncoder().encode(text), name: file, beside };
  return ok({ scenario, file, capture: machine.value.capture, machine: on ?? own });
}

function shipped(name: string): string | undefined {
  return Object.hasOwn(SCENARIOS, name) ? SCENARIOS[name] : undefined;
}
