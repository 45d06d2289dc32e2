import { describe, expect, test } from 'vitest';
import { peerpath } from './run-peerpath.ts';

const STORY = 'examples/scenarios/gpu-nic-one-switch.yaml';

/** A story on standard input. */
function story(steps: string, machine = 'examples/machines/vm-passthrough.yaml'): string {
  return `peerpath-scenario: 1\nmachine: ${machine}\nsteps:\n${steps}\n`;
}

describe('peerpath lab', () => {
  test('prints the timeline of a story that passes, exit code 0', () => {
    const run = peerpath(['lab', STORY]);
    expect(run.stderr).toBe('');
    expect(run.stdout).toMatch(/^Passed: 10 steps, every expectation holds\.\ngpu-nic-one-switch\n/);
    expect(run.code).toBe(0);
  });

  test('finds a machine by a path from the folder of its story', () => {
    const run = peerpath(['lab', 'examples/scenarios/bus-offset-arm.yaml']);
    expect([run.code, run.stderr]).toEqual([0, '']);
  });

  test('prints no control characters of a story', () => {
    const run = peerpath(['lab', '-'], story('  - {reset: GPU0, note: "a\\e[2Jb"}'));
    expect(run.stdout).toMatch(/a\?\[2Jb/);
    expect(run.stdout).not.toContain('\u001b');
  });

  test('--json is one document with its schema first', () => {
    const document = JSON.parse(peerpath(['lab', '--json', STORY]).stdout) as Record<string, unknown>;
    expect(Object.keys(document).slice(0, 2)).toEqual(['schema', 'scenario']);
    expect(document).toMatchObject({ schema: 'peerpath.lab/1', outcome: 'passed', steps: { total: 10, taken: 10 } });
  });

  test('what was expected and what happened, exit code 1', () => {
    const run = peerpath(['lab', '-'], story('  - {reset: GPU0, expect: {errno: EINVAL}}\n  - {reset: GPU0}'));
    expect(run.stdout).toMatch(/✗ errno: expected EINVAL, found done\n/);
    expect(run.stdout).toMatch(
      /^Failed at step 1 \(reset\): expected errno EINVAL, found done\. 1 step was not taken\.\n/,
    );
    expect(run.code).toBe(1);
  });

  const refused: [string, string, RegExp][] = [
    ['a step that is none', story('  - {dance: GPU0}'), /standard input:4: step 1 has no action/],
    [
      'a device that is not there',
      story('  - {reset: GPU0}\n  - {reset: GPU5}'),
      /standard input:5: step 2 \(reset\) names "GPU5"/,
    ],
    [
      'a machine that is not there',
      story('  - {reset: GPU0}', 'nowhere.yaml'),
      /standard input:2: machine nowhere\.yaml: does not exist/,
    ],
    [
      'a machine that is none',
      story('  - {reset: GPU0}', 'package.json'),
      /standard input:2: machine package\.json: is no capture/,
    ],
    ['no YAML', 'peerpath-scenario: 1\na: [', /standard input:2: not YAML/],
    ['no scenario', 'a: 1', /standard input: is no scenario, which begins with "peerpath-scenario: 1"/],
  ];
  test.each(refused)('%s: 2, one sentence, nothing on standard output', (_, text, sentence) => {
    const run = peerpath(['lab', '-'], text);
    expect(run.code).toBe(2);
    expect(run.stdout).toBe('');
    expect(run.stderr).toMatch(sentence);
    expect(run.stderr.trim().split('\n')).toHaveLength(1);
  });

  test('a file that is not there: 2', () => {
    expect(peerpath(['lab', 'nowhere.yaml'])).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('described machines', () => {
  test('are machines for every command', () => {
    expect(peerpath(['explain', 'GPU0', 'NIC0', 'examples/machines/dual-socket-allowlisted.yaml']).code).toBe(0);
    expect(peerpath(['examples/machines/vm-passthrough.yaml']).code).toBe(0);
  });

  test('that are wrong are refused in one sentence with the line', () => {
    const run = peerpath(['matrix', '-'], 'peerpath-machine: 1\nhost-bridges: [{devices: [toaster]}]\n');
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toMatch(/^peerpath: standard input:2: host-bridges\[0\]\.devices\[0\] [^\n]*\n$/);
  });
});
