/** Scenario files: YAML that says what machine it is, which kernel runs, and what happens. docs/scenarios.md is the manual. */
import { err, ok, type Result } from '../../base/index.ts';
import { kernelVersion, parseKernelRelease } from '../../uapi/index.ts';
import { DescriptionError, Fields, type Located } from '../machine/located.ts';
import { parseYaml } from '../machine/read-machine-description.ts';
import { readStep } from './read-step.ts';
import type { ScenarioProblem } from './resolve.ts';
import type { Scenario } from './scenario.ts';
import { machineOf, SCENARIO_MARK, type ScenarioMachine } from './scenario-machine.ts';

/** A scenario and the machine it is played on: described in the file, or named by it. */
export interface ScenarioFile {
  readonly scenario: Scenario;
  readonly machine: ScenarioMachine;
}

/**
 * Reads a scenario file. Never throws.
 * @param name file name for messages
 */
export function readScenario(text: string, name: string): Result<ScenarioFile, ScenarioProblem> {
  const problem = (line: number, step: number | undefined, what: string) =>
    err({ line, step, text: `${name}:${line}: ${what}` });
  const parsed = parseYaml(text);
  if (!parsed.ok) return problem(parsed.error.line, undefined, parsed.error.text);
  try {
    return ok(readFile(parsed.value));
  } catch (error) {
    if (!(error instanceof DescriptionError)) throw error;
    const { line, path, message } = error;
    const number = /^steps\[(\d+)\]/.exec(path)?.[1];
    const step = number === undefined ? undefined : Number(number) + 1;
    const place = step === undefined ? path : `step ${step} ${path.replace(/^steps\[\d+\]\.?/, '')}`.trim();
    return problem(line, step, `${place === '' ? '' : `${place} `}${message}`);
  }
}

/** The sentence for a problem of a scenario that is played from the file called `name`. */
export function scenarioSentence(name: string, { line, text }: ScenarioProblem): string {
  return line === undefined ? `${name}: ${text}` : `${name}:${line}: ${text}`;
}

const KEYS = [SCENARIO_MARK, 'name', 'about', 'machine', 'kernel', 'iommu', 'cmdline', 'intended', 'lockdep', 'steps'];

function readFile(root: Located): ScenarioFile {
  if (!root.isMapping) root.fail('the scenario should be a mapping');
  const fields = Fields.of(root, KEYS);
  const mark = fields.get(SCENARIO_MARK) ?? root.fail(`begins without ${SCENARIO_MARK}: 1`);
  mark.choice(['1']);
  const machine = fields.get('machine') ?? root.fail('has no machine');
  const steps = fields.get('steps')?.list() ?? [];
  if (steps.length === 0) root.fail('has no steps');
  return {
    scenario: { ...readHead(fields), steps: steps.map((step, index) => readStep(step, index + 1)) },
    machine: machineOf(machine),
  };
}

/** A release, or the proposed mapping types by name, which stand on 7.3. */
function readKernel(at: Located): Pick<Scenario, 'kernel' | 'mappingTypes'> {
  const text = at.text();
  if (text === MAPPING_TYPES) return { kernel: kernelVersion(7, 3), mappingTypes: true };
  const kernel = parseKernelRelease(text);
  return kernel === undefined
    ? at.fail(`is "${text}", not a Linux release such as 7.3 or 6.19.14, nor ${MAPPING_TYPES}`)
    : { kernel };
}

const MAPPING_TYPES = 'mapping-types-rfc1';

function readHead(fields: Fields): Omit<Scenario, 'steps'> {
  const about = fields.read('about', (at) => at.text());
  const kernel = fields.read('kernel', readKernel);
  const iommu = fields.read('iommu', (at) => at.choice(['off', 'pt', 'dma', 'dma-fq'] as const));
  const cmdline = fields.read('cmdline', (at) => at.text());
  return {
    name: fields.read('name', (at) => at.text()) ?? 'scenario',
    intended: fields.read('intended', (at) => at.flag()) ?? false,
    ...(fields.read('lockdep', (at) => at.flag()) === true ? { lockdep: true } : {}),
    ...(about === undefined ? {} : { about }),
    ...kernel,
    ...(iommu === undefined ? {} : { iommu }),
    ...(cmdline === undefined ? {} : { cmdline }),
  };
}
