/** The machine of a scenario file, for who wants to see it without playing the scenario. */
import { err, ok, type Result } from '../../base/index.ts';
import type { MachineCapture } from '../../capture/index.ts';
import { DescriptionError, type Located } from '../machine/located.ts';
import { beginsWithKey, describedMachine, parseYaml } from '../machine/read-machine-description.ts';

/** Described in the file, or named by it: a path from the folder of the scenario. */
export type ScenarioMachine =
  | { readonly kind: 'described'; readonly capture: MachineCapture }
  | { readonly kind: 'path'; readonly path: string; readonly line: number };

/** The first key of every scenario. */
export const SCENARIO_MARK = 'peerpath-scenario';

/** Is this a scenario? It is one if its first line that is no comment begins with `peerpath-scenario:`. */
export function looksLikeScenario(bytes: Uint8Array): boolean {
  return beginsWithKey(bytes, SCENARIO_MARK);
}

/** Reads the machine alone; the problem has a line and a sentence. Never throws. */
export function readScenarioMachine(
  text: string,
): Result<ScenarioMachine, { readonly line: number; readonly text: string }> {
  const parsed = parseYaml(text);
  if (!parsed.ok) return parsed;
  try {
    const root = parsed.value;
    const machine = root.entries().find(([key]) => key === 'machine')?.[1];
    return ok(machineOf(machine ?? root.fail('has no machine')));
  } catch (error) {
    if (!(error instanceof DescriptionError)) throw error;
    const { line, path, message } = error;
    return err({ line, text: `${path === '' ? '' : `${path} `}${message}` });
  }
}

/** What stands behind `machine`. */
export function machineOf(machine: Located): ScenarioMachine {
  return machine.isMapping
    ? { kind: 'described', capture: describedMachine(machine) }
    : { kind: 'path', path: machine.text(), line: machine.line };
}
