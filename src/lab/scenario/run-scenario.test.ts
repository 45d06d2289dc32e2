import { describe, expect, it } from 'vitest';
import type { MachineCapture } from '../../capture/index.ts';
import { readMachineDescription } from '../index.ts';
import { openScenario, runScenario, type Scenario, type Step, scenarioJson, scenarioText } from './index.ts';

function machine(iommu: string, acs = 'off'): MachineCapture {
  const read = readMachineDescription(
    `peerpath-machine: 1
name: pair
kernel: 7.3.4
cpu: {vendor: GenuineIntel, family: 6}
iommu: ${iommu}
host-bridges:
  - id: 8086:09a2
    devices:
      - kind: root-port
        below: {kind: switch, acs: ${acs}, below: [{kind: gpu, bars: {0: 16M, 1: 1M 64 pref}, label: GPU0}, {kind: nic, label: NIC0}]}
`,
    'pair',
  );
  if (!read.ok) throw new Error(read.error.text);
  return read.value;
}

const EXPORT: Step = { action: 'export', device: 'GPU0', bar: 1, ranges: [{ offset: 0n, length: 0x2000n }], as: 'b' };
const ATTACH: Step = {
  action: 'attach',
  buffer: 'b',
  device: 'NIC0',
  importer: 'dynamic',
  maskBits: 64,
  onInvalidate: 'unmap',
  as: 'a',
};
const MAP: Step = { action: 'map', attachment: 'a', as: 'm' };

function write(offset: bigint, length: bigint): Step {
  return { action: 'write', target: { kind: 'mapping', mapping: 'm', offset }, length, data: { seed: 1 } };
}

function run(steps: readonly Step[], options: Partial<Scenario> = {}, capture = machine('none')) {
  const result = runScenario({ name: 'test', steps, ...options }, capture);
  if (!result.ok) throw new Error(result.error.text);
  return result.value;
}

describe('a run', () => {
  it('takes one step at a time', () => {
    const opened = openScenario({ name: 'test', steps: [EXPORT, ATTACH] }, machine('none'));
    if (!opened.ok) throw new Error(opened.error.text);
    const stepwise = opened.value;
    expect(stepwise.state).toBe('running');
    expect(stepwise.next().value).toMatchObject({ number: 1, outcome: { kind: 'done' }, ok: true });
    expect(stepwise.state).toBe('running');
    expect(stepwise.next().value?.number).toBe(2);
    expect(stepwise.state).toBe('passed');
    expect(stepwise.next()).toEqual({ done: true, value: undefined });
  });

  it('ends at the first expectation that does not hold, and says what was not done', () => {
    const result = run([EXPORT, { ...ATTACH, expect: { errno: 'ENODEV' } } as Step, { ...EXPORT, as: 'c' } as Step]);
    expect(result.outcome).toBe('failed');
    expect(result.events).toHaveLength(2);
    expect(scenarioText(result)).toMatch(
      /Failed at step 2 \(attach\): expected errno ENODEV, found done\. 1 step was not taken\.$/,
    );
    expect(scenarioJson(result)).toMatchObject({ outcome: 'failed', steps: { total: 3, taken: 2 } });
  });

  it('fails at a step that does not succeed, though nothing was said of it', () => {
    const result = run([{ ...EXPORT, bar: 5 } as Step, ATTACH]);
    expect(result.events.at(-1)?.checks).toEqual([
      { what: 'outcome', expected: 'done', found: expect.stringMatching(/^ENODEV \(/), ok: false },
    ]);
  });

  it('names the call that still waits', () => {
    const keeps: Step = { ...ATTACH, onInvalidate: 'keep' } as Step;
    const result = run([EXPORT, keeps, MAP, { action: 'reset', device: 'GPU0', expect: { waits: true } }]);
    expect(scenarioText(result)).toMatch(/Still waiting: reset of GPU0\.\nPassed/);
    expect(scenarioJson(result)).toMatchObject({ waiting: ['reset of GPU0'] });
  });

  it('gives the memory lock to calls in their order', () => {
    const keeps: Step = { ...ATTACH, onInvalidate: 'keep' } as Step;
    const second: Step = { ...EXPORT, as: 'later', expect: { waits: true } } as Step;
    const result = run([
      EXPORT,
      keeps,
      MAP,
      { action: 'reset', device: 'GPU0', expect: { waits: true } },
      second,
      { action: 'close-buffer', name: 'b' },
      { action: 'detach', name: 'a' },
      { action: 'close-buffer', name: 'later' },
      { action: 'expect', expect: { references: 0, mappings: 0 } },
    ]);
    expect(result.outcome).toBe('passed');
    expect(result.events[6]?.effects).toEqual(['reset of GPU0 returns', 'export of later returns']);
  });
});

describe('bytes', () => {
  it.each([
    ['within the table', 0x1800n, 0x800n, 'done'],
    ['past its end', 0x1800n, 0x1000n, 'stopped'],
  ])('%s', (_, offset, length, kind) => {
    expect(run([EXPORT, ATTACH, MAP, write(offset, length)]).events.at(-1)?.outcome.kind).toBe(kind);
  });

  it.each([
    ['as it was booted, with redirect', {}, 'host-bridge', 'iova'],
    ['booted without its IOMMU, where Linux sets no redirect', { iommu: 'off' }, 'switch', 'bus-addr'],
  ] as const)('take the way of the registers that the kernel looks at: %s', (_, options, via, flow) => {
    const steps = [
      EXPORT,
      ATTACH,
      { ...MAP, expect: { flow } },
      { ...write(0n, 64n), expect: { via, reaches: 'GPU0' } },
    ];
    expect(run(steps as Step[], options, machine('intel', 'linux')).outcome).toBe('passed');
  });

  it.each([
    [20, 'EIO'],
    [24, undefined],
  ] as const)('a driver that says its device has %i address lines gets %s', (maskBits, errno) => {
    const [, event] = run([EXPORT, { ...ATTACH, maskBits } as Step]).events;
    expect(event?.outcome).toMatchObject(errno === undefined ? { kind: 'done' } : { kind: 'failed', errno });
  });

  it('that nobody answers read as ones', () => {
    const read: Step = {
      ...write(0n, 8n),
      action: 'read',
      expect: { stopped: 'no-answer', data: { bytes: Uint8Array.of(0xff) } },
    } as Step;
    expect(run([EXPORT, ATTACH, MAP, { action: 'revoke', device: 'GPU0' }, read]).outcome).toBe('passed');
  });

  it.each([
    [0xf_f000n, 'done'],
    [0xf_f001n, 'stopped'],
  ])('of the processor stay in the BAR: a page at %i is %s', (offset, kind) => {
    const poke: Step = { action: 'poke', device: 'GPU0', bar: 1, offset, length: 0x1000n, data: { seed: 1 } };
    expect(run([poke]).events[0]?.outcome.kind).toBe(kind);
  });

  it('are counted in requests of 4 KiB that cross no border', () => {
    const event = run([EXPORT, ATTACH, MAP, write(0xff0n, 0x1000n)]).events.at(-1);
    expect(event?.transfer).toMatchObject({ packets: 2n, length: 0x1000n, landings: [{ length: 0x1000n }] });
  });
});
