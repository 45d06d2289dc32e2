import { describe, expect, it } from 'vitest';
import { readMachineDescription } from '../index.ts';
import { openScenario, readScenario, scenarioSentence } from './index.ts';

const MACHINE =
  'machine: {host-bridges: [{devices: [{kind: gpu, label: GPU0}, {kind: nic, label: NIC0}]}], iommu: none}';

function scenario(steps: string): string {
  return `peerpath-scenario: 1\n${MACHINE}\nsteps:\n${steps}`;
}

/** The sentence with which a file is refused, before anything runs; "accepted" when it is not. */
function refusal(text: string): string {
  const read = readScenario(text, 'story.yaml');
  if (!read.ok) return read.error.text;
  const { machine } = read.value;
  if (machine.kind !== 'described') return `machine ${machine.path}, line ${machine.line}`;
  const opened = openScenario(read.value.scenario, machine.capture);
  return opened.ok ? 'accepted' : scenarioSentence('story.yaml', opened.error);
}

describe('readScenario', () => {
  it('knows devices by label, whatever its capitals, by kind and by address; a name of two devices is refused', () => {
    for (const name of ['GPU0', 'gpu0', 'nic0', '0000:00:00.0'])
      expect(refusal(scenario(`  - reset: "${name}"\n`))).toBe('accepted');
    const two = scenario('  - reset: X\n').replace('GPU0', 'X').replace('NIC0', 'X');
    expect(refusal(two)).toBe(
      'story.yaml:4: step 1 (reset) names "X", which is what 2 devices are called (0000:00:00.0, 0000:00:01.0)',
    );
  });

  it('reads steps with their lines, and a machine by path', () => {
    const read = readScenario(
      'peerpath-scenario: 1\nkernel: 7.3\nmachine: a.yaml\nsteps:\n  - reset: GPU0\n  - {elapse: 20}\n',
      'story.yaml',
    );
    expect(read.ok && read.value).toEqual({
      scenario: {
        name: 'scenario',
        intended: false,
        kernel: expect.objectContaining({ major: 7, minor: 3 }),
        steps: [
          { action: 'reset', device: 'GPU0', line: 5 },
          { action: 'elapse', milliseconds: 20, line: 6 },
        ],
      },
      machine: { kind: 'path', path: 'a.yaml', line: 3 },
    });
  });

  it.each([
    ['0+4K', 0n, 0x1000n],
    ['0x10000+5T', 0x1_0000n, 5n << 40n],
    ['1G+4096', 1n << 30n, 0x1000n],
  ])('reads the range %s', (text, offset, length) => {
    const read = readScenario(scenario(`  - {export: GPU0, bar: 1, ranges: ${text}, as: b}`), 'story.yaml');
    expect(read.ok && read.value.scenario.steps[0]).toMatchObject({ ranges: [{ offset, length }] });
  });

  it.each([
    ['no YAML', 'a: [', /^story\.yaml:1: not YAML/],
    ['another file', 'name: x\n', /^story\.yaml:1: begins without peerpath-scenario: 1$/],
    ['a key of no scenario', 'peerpath-scenario: 1\nmachina: x\n', /^story\.yaml:2: machina is not known here/],
    ['no steps', `peerpath-scenario: 1\n${MACHINE}\n`, /^story\.yaml:1: has no steps$/],
    [
      'a wrong machine',
      'peerpath-scenario: 1\nmachine: {host-bridges: [{devices: [toast]}]}\nsteps: [{reset: A}]',
      /:2: machine\.host-bridges\[0\].*toast/,
    ],
    ['a step of no action', scenario('  - {repeat: GPU0}'), /^story\.yaml:4: step 1 has no action \(one of verdict, /],
    [
      'a step of a word that every object knows',
      scenario('  - {constructor: GPU0}'),
      /^story\.yaml:4: step 1 has no action \(one of verdict, /,
    ],
    ['a key of another action', scenario('  - {reset: GPU0, bar: 1}'), /^story\.yaml:4: step 1 bar is not known here/],
    ['two actions', scenario('  - {reset: GPU0, revoke: GPU0}'), /^story\.yaml:4: step 1 revoke is not known here/],
    ['a missing key', scenario('  - {reset: GPU0}\n  - {map: a}'), /^story\.yaml:5: step 2 does not say "as"$/],
    [
      'a range of one number',
      scenario('  - {export: GPU0, bar: 1, ranges: 4K, as: b}'),
      /:4: step 1 ranges is "4K", not a range/,
    ],
    [
      'more than can be moved',
      scenario('  - {peek: GPU0, bar: 1, length: 65G}'),
      /:4: step 1 moves more than 64G at once$/,
    ],
    ['an unknown errno', scenario('  - {reset: GPU0, expect: {errno: EWHAT}}'), /:4: step 1 expect\.errno is "EWHAT"/],
    ['an empty expectation', scenario('  - {reset: GPU0, expect: {}}'), /:4: step 1 expect expects nothing$/],
    [
      'a device that is not there',
      scenario('  - {reset: GPU7}'),
      /:4: step 1 \(reset\) names "GPU7", .*\(devices: GPU0, NIC0\)$/,
    ],
    [
      'a name that nothing makes',
      scenario('  - {map: a, as: m}'),
      /:4: step 1 \(map\) uses "a", which no step before it makes$/,
    ],
    [
      'a name that a failing step would make',
      scenario('  - {export: GPU0, bar: 9, ranges: 0+4K, as: b}'),
      /:4: step 1 bar is "9", not a whole number from 0 to 8$/,
    ],
    [
      'what a step that fails does not make',
      scenario(
        '  - {export: GPU0, bar: 5, ranges: 0+4K, as: b, expect: {errno: ENODEV}}\n  - {attach: b, device: NIC0, as: a}',
      ),
      /:5: step 2 \(attach\) uses "b", which no step before it makes$/,
    ],
    [
      'a name of another kind',
      scenario('  - {export: GPU0, bar: 1, ranges: 0+4K, as: b}\n  - {unmap: b}'),
      /:5: step 2 \(unmap\) uses "b" as a mapping, and it is a buffer$/,
    ],
    [
      'a name twice',
      scenario('  - {export: GPU0, bar: 1, ranges: 0+4K, as: b}\n  - {export: GPU0, bar: 1, ranges: 0+4K, as: b}'),
      /:5: step 2 \(export\) makes "b", which a step before it has made$/,
    ],
  ])('refuses %s in one sentence', (_, text, sentence) => {
    const refused = refusal(text);
    expect(refused).toMatch(sentence);
    expect(refused).not.toMatch(/\n/);
  });
});

describe('openScenario', () => {
  it('refuses a machine of which nobody knows whether an IOMMU runs, where the boot is another', () => {
    const machine = readMachineDescription('peerpath-machine: 1\nhost-bridges: [{devices: [gpu]}]\n', 'bare');
    const opened = machine.ok ? openScenario({ name: 'x', cmdline: '', steps: [] }, machine.value) : undefined;
    expect(opened).toMatchObject({ ok: false, error: { line: undefined, text: expect.stringMatching(/IOMMU/) } });
  });
});
