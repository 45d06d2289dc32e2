/** Every scenario that ships is played to its end, and its expectations are not empty words. */
import { describe, expect, test } from 'vitest';
import { type Expectation, runScenario, type Scenario, scenarioJson, scenarioText } from '../../src/lab/index.ts';
import { loadScenario, SCENARIO_FILES } from './scenario-files.ts';

test('at least twelve stories ship', () => {
  expect(SCENARIO_FILES.length).toBeGreaterThanOrEqual(12);
});

describe.each(SCENARIO_FILES)('%s', (path) => {
  const { scenario, capture } = loadScenario(path);

  test('passes, and says so', () => {
    const run = runScenario(scenario, capture);
    if (!run.ok) throw new Error(run.error.text);
    const text = scenarioText(run.value);
    expect(text).not.toMatch(/✗/);
    expect(run.value.outcome).toBe('passed');
    expect(text).toMatch(/Passed: \d+ steps, every expectation holds\.$/);
    expect(path).toBe(`examples/scenarios/${scenario.name}.yaml`);
    expect(scenario.about).toMatch(/\.$/);
    expect(JSON.stringify(scenarioJson(run.value))).toMatch(/^\{"schema":"peerpath\.lab\/1",/);
  });

  test('fails where any one of its expectations is another', () => {
    const run = runScenario(scenario, capture);
    const total = run.ok ? run.value.events.length : 0;
    for (let index = 0; index < total; index++) {
      for (const key of Object.keys(scenario.steps[index]?.expect ?? {}) as (keyof Expectation)[]) {
        const changed = runScenario(withOther(scenario, index, key), capture);
        if (!changed.ok) continue; // names that are no longer made are refused before anything runs
        expect([key, changed.value.outcome, changed.value.events.length]).toEqual([key, 'failed', index + 1]);
        expect(scenarioText(changed.value)).toMatch(new RegExp(`Failed at step ${index + 1} `));
      }
    }
  });
});

const OTHERS: { readonly [Key in keyof Required<Expectation>]: readonly Required<Expectation>[Key][] } = {
  errno: ['EPERM'],
  waits: [true, false],
  flow: ['direct', 'iova'],
  entries: [77],
  table: [[[1n, 1n]]],
  reaches: ['elsewhere'],
  via: ['switch', 'host-bridge'],
  stopped: ['conflict'],
  data: [{ seed: 12345 }],
  mapType: ['PCI_P2PDMA_MAP_BUS_ADDR', 'PCI_P2PDMA_MAP_NOT_SUPPORTED'],
  distance: [99],
  defects: [['another']],
  mappings: [99],
  references: [99],
  warns: [99],
  mappedPages: [99],
};

/** The scenario with one expectation of one step changed to something else. */
function withOther(scenario: Scenario, index: number, key: keyof Expectation): Scenario {
  const steps = scenario.steps.map((step, at) => {
    if (at !== index || step.expect === undefined) return step;
    const other = OTHERS[key].find((value) => value !== step.expect?.[key]);
    return { ...step, expect: { ...step.expect, [key]: other } };
  });
  return { ...scenario, steps };
}
