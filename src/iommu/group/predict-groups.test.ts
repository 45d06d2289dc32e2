import { describe, expect, it } from 'vitest';
import {
  functionAt,
  type SmallFunction,
  type SmallMachine,
  smallTopology,
} from '../../../test/support/small-machine.ts';
import { capturedAcsView, type PciFunction } from '../../pci/index.ts';
import { formatBdf } from '../../uapi/index.ts';
import type { Grouping } from './grouping.ts';
import { groupMembers, predictGroups } from './predict-groups.ts';

const ON = [0x5f, 0x1d] as const;
const OFF = [0x5f, 0] as const;
const root = (bdf: string, secondary: number, acs?: readonly [number, number]): SmallFunction => ({
  bdf,
  type: 4,
  secondary,
  ...(acs && { acs }),
});
const up = (bdf: string, secondary: number): SmallFunction => ({ bdf, type: 5, secondary });
const down = (bdf: string, secondary: number, acs?: readonly [number, number]): SmallFunction => ({
  ...root(bdf, secondary, acs),
  type: 6,
});
const endpoint = (bdf: string, changes: Partial<SmallFunction> = {}): SmallFunction => ({ bdf, type: 0, ...changes });

function predict(fns: readonly SmallFunction[], machine: SmallMachine = {}) {
  const topology = smallTopology(fns, machine);
  return {
    topology,
    prediction: predictGroups(topology, capturedAcsView(topology, { amdIommu: false, requested: true })),
  };
}

/** Members by group number: `02:00.0 03:00.0`, the domain left out where it is 0. */
function show(groups: Grouping): string[] {
  return groups.groups.map(({ members }) => members.map(({ fn }) => name(fn)).join(' '));
}

function name(fn: PciFunction): string {
  return formatBdf(fn.bdf).replace(/^0000:/, '');
}

function groupsOf(fns: readonly SmallFunction[], machine: SmallMachine = {}): string[] {
  const { prediction } = predict(fns, machine);
  if (prediction.state !== 'known') throw new Error('groups are not known');
  return show(prediction.groups);
}

/** Root port 00:01.0, switch 01:00.0 with two downstream ports and an endpoint below each. */
function oneSwitch(above: readonly [number, number], left: typeof above | undefined, right: typeof above | undefined) {
  return [
    root('00:01.0', 1, above),
    up('01:00.0', 2),
    down('02:00.0', 3, left),
    down('02:01.0', 4, right),
    endpoint('03:00.0'),
    endpoint('04:00.0'),
  ];
}

describe('predictGroups, switches', () => {
  it.each([
    [
      'ports that isolate: everybody alone',
      oneSwitch(ON, ON, ON),
      ['00:01.0', '01:00.0', '02:00.0', '02:01.0', '03:00.0', '04:00.0'],
    ],
    [
      'one port without redirect takes in what is below it',
      oneSwitch(ON, OFF, ON),
      ['00:01.0', '01:00.0', '02:00.0 03:00.0', '02:01.0', '04:00.0'],
    ],
    [
      'ports without ACS take in what is below each, not each other',
      oneSwitch(ON, undefined, undefined),
      ['00:01.0', '01:00.0', '02:00.0 03:00.0', '02:01.0 04:00.0'],
    ],
    [
      'a failing port high up takes in all below it',
      oneSwitch(OFF, ON, ON),
      ['00:01.0 01:00.0 02:00.0 02:01.0 03:00.0 04:00.0'],
    ],
    [
      'one bit missing is enough',
      oneSwitch(ON, [0x5f, 0x1c], ON),
      ['00:01.0', '01:00.0', '02:00.0 03:00.0', '02:01.0', '04:00.0'],
    ],
    [
      'a bit that the port cannot have is not missed',
      oneSwitch(ON, [0x0c, 0x0c], ON),
      ['00:01.0', '01:00.0', '02:00.0', '02:01.0', '03:00.0', '04:00.0'],
    ],
  ] as const)('%s', (_rule, fns, expected) => {
    expect(groupsOf(fns)).toEqual(expected);
  });

  it('says how each function got into its group', () => {
    const { topology, prediction } = predict(oneSwitch(ON, OFF, ON));
    const members = prediction.state === 'known' ? prediction.groups.of(functionAt(topology, '03:00.0'))?.members : [];
    expect(members?.map(({ reason }) => reason)).toEqual([
      { rule: 'first' },
      { rule: 'bridge', at: functionAt(topology, '02:00.0') },
    ]);
  });
});

describe('predictGroups, slots', () => {
  it.each([
    ['functions without ACS share', [endpoint('00:03.0', { multi: true }), endpoint('00:03.1')], ['00:03.0 00:03.1']],
    [
      'functions with ACS do not',
      [endpoint('00:03.0', { multi: true, acs: ON }), endpoint('00:03.1', { acs: ON })],
      ['00:03.0', '00:03.1'],
    ],
    [
      'one with ACS stands apart',
      [endpoint('00:03.0', { multi: true }), endpoint('00:03.1', { acs: ON }), endpoint('00:03.2')],
      ['00:03.0 00:03.2', '00:03.1'],
    ],
    [
      'also when it is the first',
      [endpoint('00:03.0', { multi: true, acs: ON }), endpoint('00:03.1'), endpoint('00:03.2')],
      ['00:03.0', '00:03.1 00:03.2'],
    ],
    ['conventional functions share too', [{ bdf: '00:1f.0', multi: true }, { bdf: '00:1f.2' }], ['00:1f.0 00:1f.2']],
    [
      'slots do not share',
      [endpoint('00:03.0', { multi: true }), endpoint('00:04.0', { multi: true })],
      ['00:03.0', '00:04.0'],
    ],
    [
      'root ports without ACS in one slot share, with all below',
      [root('00:01.0', 1), root('00:01.1', 2), endpoint('01:00.0'), endpoint('02:00.0')].map((fn, i) =>
        i === 0 ? { ...fn, multi: true } : fn,
      ),
      ['00:01.0 00:01.1 01:00.0 02:00.0'],
    ],
  ] as const)('%s', (_rule, fns, expected) => {
    expect(groupsOf(fns)).toEqual(expected);
  });
});

describe('predictGroups, conventional PCI', () => {
  it('puts everything behind a PCIe-to-PCI bridge into its group: they share a requester id', () => {
    const fns = [
      root('00:05.0', 1, ON),
      { bdf: '01:00.0', type: 7, secondary: 2 },
      { bdf: '02:01.0' },
      { bdf: '02:02.0' },
    ];
    expect(groupsOf(fns)).toEqual(['00:05.0', '01:00.0 02:01.0 02:02.0']);
  });

  it('puts everything behind a conventional bridge on the root bus into its group', () => {
    const fns = [
      { bdf: '00:1e.0', secondary: 1 },
      { bdf: '01:00.0', secondary: 2 },
      { bdf: '02:01.0' },
      { bdf: '01:05.0' },
    ];
    expect(groupsOf(fns)).toEqual(['00:1e.0 01:00.0 01:05.0 02:01.0']);
  });
});

describe('predictGroups, who is asked and in which order', () => {
  it('leaves out the PCI function of an AMD IOMMU', () => {
    const { topology, prediction } = predict([{ bdf: '00:00.2', classCode: 0x080600 }, endpoint('00:03.0')]);
    expect(groupMembers(prediction, functionAt(topology, '00:00.2'))).toEqual({
      atLeast: undefined,
      atMost: undefined,
    });
    expect(groupsOf([{ bdf: '00:00.2', classCode: 0x080600 }, endpoint('00:03.0')])).toEqual(['00:03.0']);
  });

  it('leaves out the root complex function before an AMD IOMMU in its slot, and nothing else', () => {
    const fns = [
      { bdf: '60:00.0', classCode: 0x060000, multi: true },
      { bdf: '60:00.2', classCode: 0x080600 },
      { bdf: '60:00.3', classCode: 0x080700 },
      { bdf: '60:01.0', classCode: 0x060000 },
      { bdf: '61:00.0', classCode: 0x060000 },
    ];
    expect(groupsOf(fns)).toEqual(['60:00.3', '60:01.0', '61:00.0']);
  });

  it('numbers a bus before the buses below it, and these bridge by bridge', () => {
    const fns = [
      root('00:04.0', 1, ON),
      root('00:05.0', 3, ON),
      up('01:00.0', 2),
      down('02:00.0', 4, ON),
      endpoint('03:00.0'),
      endpoint('04:00.0'),
      endpoint('00:1f.0'),
    ];
    expect(groupsOf(fns)).toEqual(['00:04.0', '00:05.0', '00:1f.0', '01:00.0', '02:00.0', '04:00.0', '03:00.0']);
  });

  it('numbers host bridges in the order of the firmware', () => {
    const fns = [endpoint('00:03.0'), endpoint('40:03.0'), endpoint('80:03.0')];
    expect(groupsOf(fns, { instances: { 0: 0, 128: 1, 64: 2 } })).toEqual(['00:03.0', '80:03.0', '40:03.0']);
  });

  it.each([
    ['no instance', {}, ['host-bridge-order']],
    ['two of the same instance', { 0: 0, 64: 0 }, ['host-bridge-order']],
    ['all instances', { 0: 0, 64: 1 }, []],
  ])('marks the order of host bridges as inferred with %s', (_what, instances, inferred) => {
    const fns = [endpoint('00:03.0'), endpoint('40:03.0')];
    expect(predict(fns, { instances }).prediction.inferred).toEqual(inferred);
  });

  it('numbers virtual functions last, each alone below an isolating port', () => {
    const fns = [
      root('00:04.0', 1, ON),
      root('00:05.0', 2, ON),
      endpoint('01:00.0'),
      endpoint('01:00.4', { physfn: '01:00.0' }),
      endpoint('01:00.5', { physfn: '01:00.0' }),
      endpoint('02:00.0'),
    ];
    expect(groupsOf(fns)).toEqual(['00:04.0', '00:05.0', '01:00.0', '02:00.0', '01:00.4', '01:00.5']);
  });

  it('puts virtual functions to their physical function below a port that does not isolate, on an extra bus too', () => {
    const fns = [root('00:04.0', 1, OFF), endpoint('01:00.0'), endpoint('02:00.0', { physfn: '01:00.0' })];
    expect(groupsOf(fns)).toEqual(['00:04.0 01:00.0 02:00.0']);
  });

  it('puts functions of a VMD domain to the VMD endpoint', () => {
    const vmd = { bdf: '00:0e.0', type: 9, vendor: 0x8086, device: 0x28c0 };
    const fns = [vmd, endpoint('00:03.0'), root('10000:e0:00.0', 0xe1, ON), endpoint('10000:e1:00.0')];
    expect(groupsOf(fns)).toEqual(['00:03.0', '00:0e.0 10000:e0:00.0 10000:e1:00.0']);
  });
});

describe('predictGroups, with facts missing', () => {
  const cut = { readable: 256 };

  it('gives the extremes when a port is not known, and names it', () => {
    const { topology, prediction } = predict([
      { ...root('00:04.0', 1, ON), ...cut },
      endpoint('01:00.0'),
      endpoint('00:05.0'),
    ]);
    if (prediction.state !== 'unknown') throw new Error('groups are known');
    expect(show(prediction.finest)).toEqual(['00:04.0', '00:05.0', '01:00.0']);
    expect(show(prediction.coarsest)).toEqual(['00:04.0 01:00.0', '00:05.0']);
    expect(prediction.missing.map(({ fn, fact }) => [name(fn), fact])).toEqual([['00:04.0', 'acs']]);
    const members = groupMembers(prediction, functionAt(topology, '01:00.0'));
    expect([members.atLeast?.map(name), members.atMost?.map(name)]).toEqual([['01:00.0'], ['00:04.0', '01:00.0']]);
  });

  it('knows the groups where what is missing does not matter', () => {
    const fns = [root('00:04.0', 1, OFF), up('01:00.0', 2), { ...down('02:00.0', 3, ON), ...cut }, endpoint('03:00.0')];
    expect(groupsOf(fns)).toEqual(['00:04.0 01:00.0 02:00.0 03:00.0']);
    expect(groupsOf([{ ...root('00:04.0', 1, ON), ...cut }])).toEqual(['00:04.0']);
  });

  it('does not know the groups of a VMD domain with two VMD endpoints', () => {
    const vmd = (bdf: string) => ({ bdf, type: 9, vendor: 0x8086, device: 0x28c0 });
    const { prediction } = predict([vmd('00:0e.0'), vmd('00:0f.0'), endpoint('10000:e0:00.0')]);
    expect(prediction.state === 'unknown' && prediction.missing.map(({ fact }) => fact)).toEqual(['real-dma-device']);
  });
});
