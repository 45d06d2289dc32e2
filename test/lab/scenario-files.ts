/** The scenarios that ship, and the machines they are played on. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { MachineCapture } from '../../src/capture/index.ts';
import { readMachineDescription, readScenario, type Scenario } from '../../src/lab/index.ts';

const FOLDER = 'examples/scenarios';

/** Paths of all scenario files. */
export const SCENARIO_FILES: readonly string[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => join(FOLDER, name));

/** Reads a file with its machine. */
export function loadScenario(path: string): { readonly scenario: Scenario; readonly capture: MachineCapture } {
  const read = readScenario(readFileSync(path, 'utf8'), path);
  if (!read.ok) throw new Error(`${path}: ${read.error.text}`);
  const { scenario, machine } = read.value;
  if (machine.kind === 'described') return { scenario, capture: machine.capture };
  const described = readMachineDescription(readFileSync(join(dirname(path), machine.path), 'utf8'), machine.path);
  if (!described.ok) throw new Error(described.error.text);
  return { scenario, capture: described.value };
}
