import { describe, expect, test } from 'vitest';
import { bdf, capturedFunction, capturedMachine, configBytes } from '../../test/captured/captured-function.ts';
import { ABSENT, type ConfigSpace, known } from '../capture/index.ts';
import { formatBdf } from '../uapi/index.ts';
import { buildTopology, type PciFunction, upstreamBridge } from './index.ts';

/** Status with a capability list, first capability at 0x40. */
const WITH_CAPS = [
  [0x06, 0x10],
  [0x34, 0x40],
];
/** PCI Express endpoint, alone in the list. */
const EXPRESS = [0x40, 0x10, 0x00, 0x02, 0x00];

function bridge(secondary: number, subordinate: number, ...rows: number[][]): ConfigSpace {
  return configBytes(256, [0x0e, 1], [0x18, 0, secondary, subordinate], ...rows);
}

function only(config: ConfigSpace): { fn: PciFunction; findings: readonly string[] } {
  const topology = buildTopology(capturedMachine([capturedFunction('00:01.0', config)]));
  const [fn] = topology.functions;
  if (fn === undefined) throw new Error('no function');
  return { fn, findings: topology.findings.map((finding) => finding.code) };
}

describe('capabilities', () => {
  test('a capability list that loops ends with a finding and keeps what was found', () => {
    const { fn, findings } = only(configBytes(256, ...WITH_CAPS, [0x40, 0x10, 0x50, 0x42, 0x00], [0x50, 0x05, 0x40]));
    expect(findings).toEqual(['capability-loop']);
    expect(fn.pcie).toMatchObject({ state: 'known', value: { type: 4 } });
  });

  test('an extended list that loops, and one whose entries overlap, end with findings', () => {
    const looped = only(
      configBytes(4096, ...WITH_CAPS, EXPRESS, [0x100, 0x01, 0, 0x01, 0x14], [0x140, 0x0d, 0, 0x01, 0x10]),
    );
    expect(looped.findings).toEqual(['extended-capability-loop']);
    expect(looped.fn.acs.state).toBe('known');
    const overlapping = only(
      configBytes(4096, ...WITH_CAPS, EXPRESS, [0x100, 0x01, 0, 0x41, 0x10], [0x104, 0x0d, 0, 0x01, 0]),
    );
    expect(overlapping.findings).toEqual(['extended-capability-overlap']);
  });

  const cut: [string, ConfigSpace, string][] = [
    ['4096 bytes without it', configBytes(4096, ...WITH_CAPS, EXPRESS), 'absent'],
    ['256 bytes of a PCI Express function', configBytes(256, ...WITH_CAPS, EXPRESS), 'unreadable'],
    ['64 bytes with a capability list', configBytes(64, ...WITH_CAPS), 'unreadable'],
    ['a conventional function of 256 bytes', configBytes(256, [0x06, 0x10], [0x34, 0x40], [0x40, 0x01]), 'absent'],
    ['64 bytes without a capability list', configBytes(64), 'absent'],
  ];
  test.each(cut)('ACS of %s is told apart', (_, config, state) => {
    expect(only(config).fn.acs.state).toBe(state);
  });

  test('ACS registers are capability and control at +4 and +6', () => {
    const { fn } = only(configBytes(4096, ...WITH_CAPS, EXPRESS, [0x100, 0x0d, 0, 0x01, 0, 0x1f, 0x00, 0x1d, 0x00]));
    expect(fn.acs).toEqual(known({ offset: 0x100, cap: 0x1f, ctrl: 0x1d, egressVector: ABSENT }));
  });
});

describe('resources', () => {
  test('a 64-bit BAR takes two registers; without sizes only the address is told', () => {
    const { fn } = only(
      configBytes(64, [0x10, 0x0c, 0, 0, 0xe0, 0x01, 0, 0, 0], [0x18, 0x01, 0xc0, 0, 0], [0x1c, 0, 0, 0, 0xf0]),
    );
    expect(fn.unsizedBars).toEqual([
      { index: 0, busAddress: 0x1_e000_0000n, flags: 0x14220c },
      { index: 2, busAddress: 0xc000n, flags: 0x40101 },
      { index: 3, busAddress: 0xf000_0000n, flags: 0x40200 },
    ]);
  });

  test('the low bits of a BAR are its kind, not its address: two of ports, four of memory', () => {
    const { fn } = only(configBytes(64, [0x10, 0x08, 0, 0, 0xe0], [0x14, 0x0d, 0xc0, 0, 0]));
    expect(fn.unsizedBars?.map(({ index, busAddress }) => [index, busAddress])).toEqual([
      [0, 0xe000_0000n],
      [1, 0xc00cn],
    ]);
  });

  test('sizes that a BAR can be resized to: bit 4 is 1 MiB', () => {
    // BAR 2 of 2^9 MiB; it can have 2^8, 2^9 and 2^27.
    const rebar = [0x100, 0x15, 0, 0x01, 0, 0x00, 0x30, 0x00, 0x80, 0x22, 0x09, 0, 0];
    const { fn } = only(configBytes(4096, ...WITH_CAPS, EXPRESS, rebar));
    const mebibytes = [8n, 9n, 27n].map((exponent) => 1n << (20n + exponent));
    expect(fn.rebar).toEqual(known([{ bar: 2, size: 1n << 29n, supported: mebibytes }]));
  });

  const windows: [string, number[][], [number, bigint, bigint][]][] = [
    ['an open memory window', [[0x20, 0xe0, 0xfd, 0x30, 0xfe]], [[14, 0xfde0_0000n, 0xfe40_0000n]]],
    ['a memory window with base above limit: closed', [[0x20, 0xf0, 0xff, 0x00, 0x00]], []],
    [
      'a 64-bit prefetchable window',
      [[0x24, 0x01, 0x00, 0xf1, 0xff, 0x80, 0x03, 0, 0, 0x81, 0x03, 0, 0]],
      [[15, 0x380_0000_0000n, 0x382_0000_0000n]],
    ],
    [
      'a prefetchable window whose upper base is above its upper limit: upper halves do not count',
      [[0x24, 0x01, 0x00, 0xf1, 0x0f, 0x80, 0x03, 0, 0, 0, 0, 0, 0]],
      [[15, 0n, 0x1000_0000n]],
    ],
  ];
  test.each(windows)('%s', (_, rows, expected) => {
    const closed = [
      [0x20, 0xf0, 0xff, 0, 0],
      [0x24, 0xf1, 0xff, 1, 0],
      [0x1c, 0xf0, 0],
    ];
    const { fn } = only(bridge(1, 1, ...closed, ...rows));
    const found = fn.resources.filter((r) => r !== undefined).map((r) => [r.index, r.cpu.start, r.cpu.end]);
    expect(found).toEqual(expected);
  });

  test('Enhanced Allocation gives ranges at fixed addresses', () => {
    const entry = [0x04, 0x00, 0xff, 0x80, 0x02, 0x00, 0x00, 0xe0, 0xfc, 0xff, 0x0f, 0x00, 0x10, 0, 0, 0];
    const { fn } = only(configBytes(256, ...WITH_CAPS, [0x40, 0x14, 0x00, 0x01, 0x00], [0x44, ...entry]));
    expect(fn.resources[0]).toMatchObject({ cpu: { start: 0x10_e000_0000n, end: 0x10_e010_0000n } });
  });

  test('the bus address of a BAR follows the window above it, also where the BAR register was reset to 0', () => {
    const window = { range: { start: 0x2000_0000n, end: 0x2010_0000n }, flags: 0x200 };
    const list = Array.from({ length: 17 }, (_, i) => (i === 14 ? window : undefined));
    const port = capturedFunction('00:01.0', bridge(1, 1, [0x20, 0x00, 0x80, 0x00, 0x80]), { resources: known(list) });
    const bar = { range: { start: 0x2000_0000n, end: 0x2000_1000n }, flags: 0x40200 };
    const device = capturedFunction('01:00.0', configBytes(64), { resources: known([bar]) });
    const topology = buildTopology(capturedMachine([port, device]));
    expect(topology.byBdf.get(bdf('01:00.0'))?.resources[0]?.bus).toEqual({ start: 0x8000_0000n, end: 0x8000_1000n });
  });
});

describe('the tree from bus numbers', () => {
  const endpoint = configBytes(64);
  test('the bridge above is the one whose secondary bus it is, in the same domain', () => {
    const functions = [
      capturedFunction('00:01.0', bridge(1, 2)),
      capturedFunction('01:00.0', bridge(2, 2)),
      capturedFunction('02:00.0', endpoint),
      capturedFunction('10000:02:00.0', endpoint),
    ];
    const topology = buildTopology(capturedMachine(functions));
    const parents = topology.functions.map((fn) => (fn.parent === undefined ? '-' : formatBdf(fn.parent.bdf)));
    expect(parents).toEqual(['-', '0000:00:01.0', '0000:01:00.0', '-']);
    expect(topology.hostBridges.map(({ domain, bus }) => [domain, bus])).toEqual([
      [0, 0],
      [0x10000, 2],
    ]);
  });

  const damaged: [string, [string, ConfigSpace][], string][] = [
    ['leads to a bus not above its own', [['02:00.0', bridge(2, 2)]], 'bridge-bus-backwards'],
    [
      'leads where another leads already',
      [
        ['00:01.0', bridge(1, 1)],
        ['00:02.0', bridge(1, 1)],
      ],
      'bridge-bus-twice',
    ],
  ];
  test.each(damaged)('a bridge that %s is ignored, with a finding', (_, functions, code) => {
    const topology = buildTopology(capturedMachine(functions.map(([at, config]) => capturedFunction(at, config))));
    expect(topology.findings.map((finding) => finding.code)).toEqual([code]);
  });

  test('a function behind a bridge whose bus numbers are not in the input has no certain place', () => {
    const hidden = capturedFunction('00:01.0', configBytes(0), { classCode: known(0x060400) });
    const topology = buildTopology(capturedMachine([hidden, capturedFunction('01:00.0', endpoint)]));
    expect(topology.byBdf.get(bdf('01:00.0'))?.placement.certain).toBe(false);
    expect(topology.byBdf.get(bdf('00:01.0'))?.placement.certain).toBe(true);
  });

  const alone: [string, ConfigSpace, boolean][] = [
    [
      'a PCI Express endpoint: its port is not shown',
      configBytes(256, ...WITH_CAPS, [0x40, 0x10, 0, 0x02, 0x00]),
      false,
    ],
    [
      'a switch upstream port: what is above is not shown',
      configBytes(256, ...WITH_CAPS, [0x40, 0x10, 0, 0x52, 0x00]),
      false,
    ],
    ['a function whose capabilities are cut off', configBytes(64, ...WITH_CAPS), false],
    ['a root port', configBytes(256, ...WITH_CAPS, [0x40, 0x10, 0, 0x42, 0x01]), true],
    ['an integrated endpoint', configBytes(256, ...WITH_CAPS, [0x40, 0x10, 0, 0x92, 0x00]), true],
    ['a host bridge', configBytes(64, [0x0a, 0x00, 0x06]), true],
    ['a conventional function, which stands anywhere', configBytes(64), false],
    ['a switch downstream port', configBytes(256, ...WITH_CAPS, [0x40, 0x10, 0, 0x62, 0x01]), false],
  ];
  test.each(alone)('a bus that no bridge leads to, with %s', (_, config, certain) => {
    const topology = buildTopology(capturedMachine([capturedFunction('c1:00.0', config)]));
    expect(topology.functions[0]?.placement.certain).toBe(certain);
  });

  test('virtual functions belong to the physical one whose SR-IOV capability counts them, and hang where it hangs', () => {
    const sriov = [
      0x100, 0x10, 0, 0x01, 0, 0, 0, 0, 0, 0x09, 0, 0, 0, 0x04, 0, 0x04, 0, 2, 0, 0, 0, 0x80, 0, 2, 0, 0, 0, 0x34, 0x12,
    ];
    const functions = [
      capturedFunction('00:01.0', bridge(1, 2)),
      capturedFunction('01:00.0', configBytes(4096, ...WITH_CAPS, EXPRESS, sriov)),
      capturedFunction('01:10.0', endpoint),
      capturedFunction('01:10.2', endpoint),
    ];
    const topology = buildTopology(capturedMachine(functions));
    for (const at of ['01:10.0', '01:10.2']) {
      const vf = topology.byBdf.get(bdf(at));
      expect(vf?.physfn?.bdf).toBe(bdf('01:00.0'));
      expect(vf?.multiFunction).toBe(false);
      expect(vf?.ids.device).toEqual(known(0x1234));
      expect(vf === undefined ? undefined : upstreamBridge(vf)?.bdf).toBe(bdf('00:01.0'));
    }
  });

  test('parents that form a loop are cut, with a finding', () => {
    const a = capturedFunction('01:00.0', endpoint, { parent: known(bdf('02:00.0')) });
    const b = capturedFunction('02:00.0', endpoint, { parent: known(bdf('01:00.0')) });
    const topology = buildTopology(capturedMachine([a, b]));
    expect(topology.findings.map((finding) => finding.code)).toContain('tree-endless');
    expect(topology.functions).toHaveLength(2);
  });
});
