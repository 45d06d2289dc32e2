/** Steps of programs: regions of RDMA devices, address spaces of iommufd. The stories in examples/scenarios tell more. */
import { describe, expect, it } from 'vitest';
import type { MachineCapture } from '../../capture/index.ts';
import { readMachineDescription } from '../index.ts';
import { runScenario, type Step } from './index.ts';

function machine(iommu: string): MachineCapture {
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
        below: {kind: switch, acs: off, below: [{kind: gpu, bars: {0: 16M, 1: 1M 64 pref}, label: GPU0}, {kind: nic, label: NIC0}]}
`,
    'pair',
  );
  if (!read.ok) throw new Error(read.error.text);
  return read.value;
}

const EXPORT: Step = { action: 'export', device: 'GPU0', bar: 1, ranges: [{ offset: 0n, length: 0x1_0000n }], as: 'b' };
const ATTACH: Step = {
  action: 'attach',
  buffer: 'b',
  device: 'NIC0',
  importer: 'dynamic',
  maskBits: 64,
  onInvalidate: 'unmap',
  as: 'a',
};
const REGISTER = {
  action: 'reg-mr',
  buffer: 'b',
  device: 'NIC0',
  driver: 'mlx5',
  offset: 0x2000n,
  length: 0x8000n,
  address: 0x7f00_0000_2000n,
  access: ['local-write'],
  pageSizes: [0x1000n],
  as: 'r',
} as const satisfies Step;
const SPACE: Step = { action: 'ioas', device: 'NIC0', as: 's' };
const MAP_FILE = {
  action: 'map-file',
  space: 's',
  buffer: 'b',
  offset: 0n,
  length: 0x1_0000n,
  iova: 0x4000_0000n,
  access: ['read', 'write'],
} as const satisfies Step;
const UNMAP_FILE: Step = { action: 'unmap-file', space: 's', iova: 0x4000_0000n, length: 0x1_0000n };

function write(mapping: string, offset: bigint, length: bigint): Step {
  return { action: 'write', target: { kind: 'mapping', mapping, offset }, length, data: { seed: 1 } };
}

function run(steps: readonly Step[], iommu = 'none') {
  const result = runScenario({ name: 'test', steps }, machine(iommu));
  if (!result.ok) throw new Error(result.error.text);
  return result.value;
}

/** How the last step ended, and what else it did. */
function last(steps: readonly Step[], iommu = 'none'): [string, readonly string[]] {
  const event = run(steps, iommu).events.at(-1);
  const outcome = event?.outcome;
  const text = outcome?.kind === 'failed' ? outcome.errno : outcome?.kind === 'stopped' ? outcome.why : outcome?.kind;
  return [text ?? 'none', event?.effects ?? []];
}

describe('a region', () => {
  it('reaches its own part of the buffer, block by block', () => {
    const { events } = run([EXPORT, REGISTER, write('r', 0x800n, 0x1000n)]);
    expect(events[1]?.table).toMatchObject({ flow: 'bus-addr', nents: 8 });
    expect(events[1]?.table?.entries).toHaveLength(8);
    expect(events[2]?.transfer?.landings.map(({ end }) => end)).toMatchObject([{ bar: 1, offset: 0x2800n }]);
  });

  it('is described by the largest pages that the adapter knows', () => {
    const aligned = { offset: 0n, address: 0x7f00_0000_0000n, pageSizes: [0x1000n, 0x4000n] };
    expect(run([EXPORT, { ...REGISTER, ...aligned }]).events[1]?.table).toMatchObject({ nents: 2 });
  });

  it.each<[string, Partial<typeof REGISTER> | object, string]>([
    ['beyond the buffer', { offset: 0xf000n }, 'EINVAL'],
    ['of a driver that pins for good', { driver: 'efa' }, 'EOPNOTSUPP'],
    ['that the page sizes of the adapter cannot describe', { address: 0x7f00_0000_2001n }, 'EOPNOTSUPP'],
    ['written from elsewhere but not from here', { access: ['remote-atomic'] }, 'EINVAL'],
    ['only read from elsewhere', { access: ['remote-read'] }, 'done'],
  ])('%s: %s', (_, change, outcome) => {
    expect(last([EXPORT, { ...REGISTER, ...change } as Step])[0]).toBe(outcome);
  });

  it.each<[string, Step, string]>([
    ['that may only be read', write('r', 0n, 1n), 'not-sent: the region may only be read'],
    ['past its end', { ...write('r', 0x8000n, 1n), action: 'read' } as Step, 'not-sent: beyond the region'],
  ])('%s sends nothing', (_, step, why) => {
    expect(last([EXPORT, { ...REGISTER, access: [] }, step])[0]).toBe(why);
  });

  it('of mlx5 is faulted in again after a reset, of irdma it is empty for good', () => {
    const reset: Step = { action: 'reset', device: 'GPU0' };
    const { events } = run([EXPORT, REGISTER, reset, write('r', 0n, 1n)]);
    expect(events[2]?.effects).toEqual(['NIC0 loses its translation of r; it faults when it next needs it']);
    expect(events[3]?.effects).toEqual(['NIC0 faults, and its driver maps r again']);
    const pinned = { ...REGISTER, driver: 'irdma' };
    expect(last([EXPORT, pinned, reset])[1]).toEqual(['NIC0 loses its translation of r, for good']);
    expect(last([EXPORT, pinned, reset, write('r', 0n, 1n)])[0]).toBe('not-sent: the adapter has no translation');
  });

  it('keeps the buffer until it is deregistered, also by unplugging its device', () => {
    for (const end of [
      { action: 'dereg-mr', name: 'r' },
      { action: 'unplug', device: 'NIC0' },
    ] as Step[]) {
      const steps: Step[] = [EXPORT, REGISTER, { action: 'close-buffer', name: 'b' }];
      const held: Step = { action: 'expect', expect: { references: 1, mappings: 1 } };
      const gone: Step = { action: 'expect', expect: { references: 0, mappings: 0 } };
      expect(run([...steps, held, end, gone]).outcome).toBe('passed');
    }
  });

  it('is deregistered once', () => {
    const end: Step = { action: 'dereg-mr', name: 'r' };
    expect(last([EXPORT, REGISTER, end, end])).toEqual(['done', ['r is deregistered already']]);
  });

  it('does not let a reset wait', () => {
    expect(last([EXPORT, REGISTER, { action: 'reset', device: 'GPU0' }])[0]).toBe('done');
  });
});

describe('an address space', () => {
  const send: Step = {
    action: 'write',
    target: { kind: 'address', device: 'NIC0', address: 0x4000_3000n },
    length: 0x1000n,
    data: { seed: 1 },
  };

  it('needs an IOMMU', () => {
    expect(last([SPACE])[0]).toBe('ENODEV');
  });

  it('takes the whole IOMMU group of the device, and says so', () => {
    expect(last([SPACE], 'intel')).toEqual(['done', ['0000:02:01.0 of the same IOMMU group come along']]);
  });

  it.each<[string, readonly ('read' | 'write')[], string, string]>([
    ['reading', ['read'], 'done', 'iommu-fault'],
    ['writing', ['write'], 'iommu-fault', 'done'],
  ])('mapped for %s alone allows that alone', (_, access, read, written) => {
    const steps: Step[] = [EXPORT, SPACE, { ...MAP_FILE, access }];
    expect(last([...steps, { ...send, action: 'read' } as Step], 'intel')[0]).toMatch(new RegExp(`^${read}`));
    expect(last([...steps, send], 'intel')[0]).toMatch(new RegExp(`^${written}`));
  });

  it('holds the part of a buffer that was asked for, of a buffer that is open', () => {
    const part: Step = { ...MAP_FILE, offset: 0x2000n, length: 0xe000n };
    const event = run([EXPORT, SPACE, part, send], 'intel').events.at(-1);
    expect(event?.transfer?.landings.map(({ end }) => end)).toMatchObject([{ bar: 1, offset: 0x5000n }]);
    expect(last([EXPORT, SPACE, { action: 'close-buffer', name: 'b' }, MAP_FILE], 'intel')[0]).toBe('EBADF');
  });

  it.each(['intel', '{kind: intel, type: identity}'])('leads to the BAR, whatever Linux used before: %s', (iommu) => {
    const event = run([EXPORT, SPACE, MAP_FILE, send], iommu).events.at(-1);
    expect(event?.transfer?.landings.map(({ end }) => end)).toMatchObject([{ bar: 1, offset: 0x3000n }]);
  });

  it('loses what is revoked, for good, and says so once', () => {
    const revoke: Step = { action: 'revoke', device: 'GPU0' };
    const restore: Step = { action: 'restore', device: 'GPU0' };
    const { events } = run([EXPORT, SPACE, MAP_FILE, revoke, restore], 'intel');
    expect(events.map(({ effects }) => effects).slice(-2)).toEqual([
      ['b goes from s for good; its addresses stay taken'],
      [],
    ]);
    expect(last([EXPORT, SPACE, MAP_FILE, revoke, restore, send], 'intel')[0]).toMatch(/^iommu-fault/);
  });

  it('keeps the buffer until it is unmapped', () => {
    const steps: Step[] = [EXPORT, SPACE, MAP_FILE, { action: 'close-buffer', name: 'b' }];
    const held: Step = { action: 'expect', expect: { references: 1, mappedPages: 16 } };
    const gone: Step = { action: 'expect', expect: { references: 0, mappedPages: 0 } };
    expect(run([...steps, held, UNMAP_FILE, gone], 'intel').outcome).toBe('passed');
    expect(last([SPACE, UNMAP_FILE], 'intel')[0]).toBe('ENOENT');
    expect(last([...steps, { ...UNMAP_FILE, length: 0x1000n } as Step], 'intel')[0]).toBe('ENOENT');
  });

  it('loses nothing that was unmapped before', () => {
    const revoke: Step = { action: 'revoke', device: 'GPU0' };
    const { events } = run([EXPORT, SPACE, MAP_FILE, UNMAP_FILE, revoke], 'intel');
    expect(events.slice(-2).map(({ effects }) => effects)).toEqual([[], []]);
  });

  it('and drivers of the kernel keep each other out', () => {
    expect(last([EXPORT, REGISTER, SPACE], 'intel')[0]).toBe('EPERM');
    expect(last([EXPORT, ATTACH, SPACE], 'intel')[0]).toBe('EPERM');
    expect(last([EXPORT, SPACE, REGISTER], 'intel')[0]).toBe('EBUSY');
    expect(last([SPACE, { ...SPACE, as: 'other' }], 'intel')[0]).toBe('EPERM');
  });
});
