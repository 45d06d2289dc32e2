import { describe, expect, test } from 'vitest';
import { capturedFunction, capturedMachine, configBytes } from '../../test/captured/captured-function.ts';
import { makeUncertain } from '../../test/support/uncertain-places.ts';
import { rawText } from '../base/index.ts';
import { type CapturedFunction, type ConfigSpace, known, type MachineCapture } from '../capture/index.ts';
import { buildTopology, type PciFunction } from '../pci/index.ts';
import { kernelVersion, parseBdf } from '../uapi/index.ts';
import { calcMapTypeAndDist, findWhitelistEntry, type MachineChoices, p2pdmaMachine, type Verdict } from './index.ts';

const CAPS = [
  [0x06, 0x10],
  [0x34, 0x40],
];

/** A PCI Express function of `type`, with an ACS capability (all bits) whose control is `acs` where it is given. */
function express(type: number, acs?: number, ...rows: number[][]): ConfigSpace {
  const capability = acs === undefined ? [] : [[0x100, 0x0d, 0, 0x01, 0, 0x7f, 0, acs, 0]];
  return configBytes(4096, ...CAPS, [0x40, 0x10, 0, (type << 4) | 2, 0], ...capability, ...rows);
}

function port(type: number, secondary: number, subordinate: number, acs?: number): ConfigSpace {
  return express(type, acs, [0x0e, 1], [0x18, 0, secondary, subordinate]);
}

/** A host bridge at 00:00.0, a root port, a switch with two ports, an endpoint below each, one more root port. */
interface SwitchAcs {
  readonly root?: number;
  readonly up?: number;
  readonly a?: number;
  readonly b?: number;
  readonly endpoint?: number;
}

function machine(host: readonly [number, number], acs: SwitchAcs = {}): CapturedFunction[] {
  const [vendor, device] = host;
  const ids = [0, vendor & 0xff, vendor >> 8, device & 0xff, device >> 8];
  return [
    capturedFunction('00:00.0', configBytes(256, ids, [0x0a, 0x00, 0x06])),
    capturedFunction('00:01.0', port(4, 1, 4, acs.root)),
    capturedFunction('00:02.0', port(4, 5, 5)),
    capturedFunction('01:00.0', port(5, 2, 4, acs.up)),
    capturedFunction('02:00.0', port(6, 3, 3, acs.a)),
    capturedFunction('02:01.0', port(6, 4, 4, acs.b)),
    capturedFunction('03:00.0', express(0, acs.endpoint)),
    capturedFunction('04:00.0', express(0)),
    capturedFunction('05:00.0', express(0)),
  ];
}

function ask(
  functions: readonly CapturedFunction[],
  provider: string,
  client: string,
  choices: MachineChoices = {},
  facts: Partial<MachineCapture> = {},
): Verdict {
  const topology = buildTopology(capturedMachine(functions, facts));
  const find = (text: string) => topology.byBdf.get(parseBdf(text) ?? (0 as never));
  const [p, c] = [find(provider), find(client)];
  if (p === undefined || c === undefined) throw new Error('no such function');
  return calcMapTypeAndDist(p2pdmaMachine(topology, { cpu: 'other', ...choices }), p, c);
}

const UNLISTED = [0x8086, 0x29c0] as const;
const LISTED = [0x8086, 0x2030] as const;
const SAME_ONLY = [0x8086, 0x3c00] as const;
const RR = 0x04;
const DIRECT = 'PCI_P2PDMA_MAP_BUS_ADDR';
const THROUGH = 'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE';
const REFUSED = 'PCI_P2PDMA_MAP_NOT_SUPPORTED';

describe('map type and distance', () => {
  const A = '03:00.0';
  const B = '04:00.0';
  const FAR = '05:00.0';
  const cases: [string, readonly [number, number], SwitchAcs, string, string, string, number][] = [
    ['two endpoints below one switch are direct at distance 4', UNLISTED, {}, A, B, DIRECT, 4],
    ['a function and itself: distance 0', UNLISTED, {}, A, A, DIRECT, 0],
    ['a function that redirects is redirected against itself', UNLISTED, { endpoint: RR }, A, A, REFUSED, -1],
    ['an endpoint and its port: distance 1', UNLISTED, {}, A, '02:00.0', DIRECT, 1],
    ['a redirect at the port of the provider asks the host bridge', UNLISTED, { a: RR }, A, B, REFUSED, -1],
    ['the distance of a redirected pair stays', LISTED, { a: RR }, A, B, THROUGH, 4],
    ['a redirect at the port of the client counts too', LISTED, { b: RR }, A, B, THROUGH, 4],
    ['a redirect at the common bridge counts', LISTED, { up: RR }, A, B, THROUGH, 4],
    ['a redirect above the common bridge does not count', UNLISTED, { root: RR }, A, B, DIRECT, 4],
    ['source validation is no redirect', UNLISTED, { a: 0x01, b: 0x13 }, A, B, DIRECT, 4],
    ['completion redirect is one', UNLISTED, { a: 0x08 }, A, B, REFUSED, -1],
    ['egress control is one', UNLISTED, { a: 0x20 }, A, B, REFUSED, -1],
    ['two root ports share no bridge: every node counts', LISTED, {}, A, FAR, THROUGH, 6],
    ['two root ports below an unlisted host bridge', UNLISTED, {}, A, FAR, REFUSED, -1],
    ['an entry for one host bridge only, within it', SAME_ONLY, {}, A, FAR, THROUGH, 6],
  ];
  test.each(cases)('%s', (_, host, acs, provider, client, mapType, distance) => {
    const verdict = ask(machine(host, acs), provider, client);
    expect([verdict.mapType, verdict.distance]).toEqual([mapType, distance]);
  });

  test('a redirect names each port and its bits, the provider side first', () => {
    const verdict = ask(machine(UNLISTED, { a: 0x0d, b: 0x1d }), A, B);
    const reason = verdict.reasons.find((r) => r.code === 'acs-redirect');
    expect(reason?.code === 'acs-redirect' && reason.ports.map(({ port: { bdf }, bits }) => [bdf, bits])).toEqual([
      [parseBdf('02:00.0'), 0x0c],
      [parseBdf('02:01.0'), 0x0c],
    ]);
    expect(verdict.hops).toBe(4);
  });
});

describe('what a kernel does', () => {
  const releases: [string, [number, number], SwitchAcs, string, string, string][] = [
    ['before 4.20 nothing is supported', [4, 19], {}, '03:00.0', '04:00.0', REFUSED],
    ['4.20 knows direct pairs', [4, 20], {}, '03:00.0', '04:00.0', DIRECT],
    ['4.20 refuses any redirect', [4, 20], { a: RR }, '03:00.0', '04:00.0', REFUSED],
    ['5.3 refuses any redirect', [5, 3], { a: RR }, '03:00.0', '04:00.0', REFUSED],
    ['5.5 does not list Skylake-E', [5, 5], {}, '03:00.0', '05:00.0', REFUSED],
    ['5.6 lists Skylake-E', [5, 6], {}, '03:00.0', '05:00.0', THROUGH],
    ['5.6 asks the list for a redirected path', [5, 6], { a: RR }, '03:00.0', '04:00.0', THROUGH],
  ];
  test.each(releases)('%s', (_, [major, minor], acs, provider, client, mapType) => {
    const kernel = kernelVersion(major, minor);
    expect(ask(machine(LISTED, acs), provider, client, { kernel }).mapType).toBe(mapType);
  });

  test('CONFIG_PCI_P2PDMA off refuses every pair', () => {
    const config = known(new Map([['CONFIG_PCI_P2PDMA', 'n']]));
    const kernel = { ...capturedMachine([]).kernel, config };
    const verdict = ask(machine(LISTED), '03:00.0', '04:00.0', {}, { kernel });
    expect([verdict.mapType, verdict.reasons.map(({ code }) => code)]).toEqual([REFUSED, ['config-p2pdma-off']]);
  });

  const lists: [string, [number, number, number], number, number, boolean][] = [
    ['Zen root complexes until 5.8', [5, 8, 0], 0x1022, 0x1450, true],
    ['and not from 5.9', [5, 9, 0], 0x1022, 0x1450, false],
    ['Google wildcards from 7.1', [7, 1, 0], 0x1ae0, 0x1234, true],
    ['not in 7.0', [7, 0, 13], 0x1ae0, 0x1234, false],
    ['accelerators in 7.1.3 stable', [7, 1, 3], 0x8086, 0x0b25, true],
    ['not in 7.1.2', [7, 1, 2], 0x8086, 0x0b25, false],
    ['NVIDIA from 7.3', [7, 3, 0], 0x10de, 0x2f95, true],
    ['not in 7.2.12', [7, 2, 12], 0x10de, 0x2f95, false],
  ];
  test.each(lists)('the allowlist: %s', (_, [major, minor, patch], vendor, device, listed) => {
    expect(findWhitelistEntry(kernelVersion(major, minor, patch), vendor, device) !== undefined).toBe(listed);
  });

  test.each([
    [5, 2],
    [5, 3],
  ])(
    '%i.%i refuses listed host bridges while an IOMMU is in use, and is open where that is not known',
    (major, minor) => {
      const functions = machine([0x1022, 0x1450]);
      const kernel = kernelVersion(major, minor);
      const group = { id: 0, type: known(rawText('DMA')), reservedRegions: known([]), devices: [] };
      const without = ask(functions, '03:00.0', '05:00.0', { kernel }, { iommuGroups: known([]) });
      const inUse = ask(functions, '03:00.0', '05:00.0', { kernel }, { iommuGroups: known([group]) });
      const open = ask(functions, '03:00.0', '05:00.0', { kernel });
      expect([without.mapType, inUse.mapType, open.mapType]).toEqual([THROUGH, REFUSED, 'unknown']);
      expect(open.missing.map(({ fact }) => fact)).toEqual(['iommu']);
    },
  );
});

describe('what stays open', () => {
  test('a processor that is not known, where it would decide', () => {
    const open = ask(machine(UNLISTED), '03:00.0', '05:00.0', { cpu: undefined });
    expect([open.mapType, open.candidates, open.missing.map(({ fact }) => fact)]).toEqual([
      'unknown',
      [THROUGH, REFUSED],
      ['cpu'],
    ]);
    expect(ask(machine(LISTED), '03:00.0', '05:00.0', { cpu: undefined }).mapType).toBe(THROUGH);
    expect(ask(machine(UNLISTED), '03:00.0', '04:00.0', { cpu: undefined }).mapType).toBe(DIRECT);
  });

  test('an AMD root complex of Zen processors tells the processor, and says so', () => {
    const verdict = ask(machine([0x1022, 0x1480]), '03:00.0', '05:00.0', { cpu: undefined });
    expect(verdict.mapType).toBe(THROUGH);
    expect(verdict.reasons.at(-1)).toMatchObject({ code: 'cpu-zen', inferredFrom: { bdf: 0 } });
  });

  test('ACS that is not readable, with both answers', () => {
    const functions = machine(LISTED).map((fn) =>
      fn.bdf === parseBdf('02:00.0') ? { ...fn, config: configBytes(256, ...cut(fn.config)) } : fn,
    );
    const verdict = ask(functions, '03:00.0', '04:00.0');
    expect([verdict.mapType, verdict.candidates, verdict.distance]).toEqual(['unknown', [DIRECT, THROUGH], undefined]);
    expect(verdict.missing).toMatchObject([{ fact: 'acs-control', device: { bdf: parseBdf('02:00.0') } }]);
  });

  test('ACS that is not readable does not matter where another port redirects, or where no bridge is shared', () => {
    const hidden = (acs: SwitchAcs) =>
      machine(LISTED, acs).map((fn) =>
        fn.bdf === parseBdf('02:00.0') ? { ...fn, config: configBytes(256, ...cut(fn.config)) } : fn,
      );
    expect(ask(hidden({ b: RR }), '03:00.0', '04:00.0').mapType).toBe(THROUGH);
    expect(ask(hidden({}), '03:00.0', '05:00.0').mapType).toBe(THROUGH);
  });

  test('where no bridge is shared, the processor is all that is missing: ACS decides nothing there', () => {
    const hidden = machine(UNLISTED).map((fn) =>
      fn.bdf === parseBdf('02:00.0') ? { ...fn, config: configBytes(256, ...cut(fn.config)) } : fn,
    );
    const open = ask(hidden, '03:00.0', '05:00.0', { cpu: undefined });
    expect([open.mapType, open.missing.map(({ fact }) => fact)]).toEqual(['unknown', ['cpu']]);
  });

  test('a place in the tree: every answer but that of a function and itself, and the place is named', () => {
    const topology = buildTopology(capturedMachine(machine(UNLISTED)));
    const find = (text: string) => topology.functions.find(({ bdf }) => bdf === parseBdf(text)) as PciFunction;
    makeUncertain([find('02:00.0')]);
    const asked = p2pdmaMachine(topology, { cpu: 'other' });
    const pair = calcMapTypeAndDist(asked, find('03:00.0'), find('04:00.0'));
    expect([pair.mapType, pair.candidates, pair.hops, pair.distance]).toEqual([
      'unknown',
      [DIRECT, THROUGH, REFUSED],
      undefined,
      undefined,
    ]);
    expect(pair.missing).toEqual([{ fact: 'placement', device: find('02:00.0'), why: 'open for a test' }]);
    expect(pair.reasons.map(({ code }) => code)).toEqual(['place-uncertain']);
    const own = calcMapTypeAndDist(asked, find('03:00.0'), find('03:00.0'));
    expect([own.mapType, own.distance, own.missing]).toEqual([DIRECT, 0, []]);
    expect(calcMapTypeAndDist(asked, find('04:00.0'), find('02:01.0')).mapType).toBe(DIRECT);
  });

  test('the type of a first device above 00.0, which decides whether it stands for the host bridge', () => {
    const [, root] = machine(LISTED);
    if (root === undefined) throw new Error('no root port');
    const first = (config: ConfigSpace): CapturedFunction[] => [
      capturedFunction('00:00.1', config),
      ...machine(LISTED).slice(1),
    ];
    const ids = [0, 0x86, 0x80, 0x30, 0x20];
    const cutShort = first(configBytes(64, ids, ...CAPS));
    const source = { source: { kind: 'generated', name: 'a test' } } as const;
    const open = ask(cutShort, '03:00.0', '05:00.0', {}, source);
    expect([open.mapType, open.missing.map(({ fact }) => fact)]).toEqual(['unknown', ['host-bridge-type']]);
    const port = first(express(4, undefined, ids));
    expect(ask(port, '03:00.0', '05:00.0', {}, source).mapType).toBe(THROUGH);
    expect(ask(port, '03:00.0', '05:00.0', { kernel: kernelVersion(5, 18) }, source).mapType).toBe(REFUSED);
    expect(ask(port, '03:00.0', '05:00.0', { kernel: kernelVersion(5, 19) }, source).mapType).toBe(THROUGH);
    expect(ask(first(express(9, undefined, ids)), '03:00.0', '05:00.0', {}, source).mapType).toBe(REFUSED);
  });

  test('a paste with 00:00.0 hides no first device of another root bus', () => {
    const ids = [0, 0x86, 0x80, 0x30, 0x20];
    const other = [
      capturedFunction('80:02.0', express(4, undefined, ids, [0x0e, 1], [0x18, 0, 0x81, 0x81])),
      capturedFunction('81:00.0', express(0)),
      // Nothing is missing either where functions above 0 have their function 0.
      capturedFunction('81:00.1', express(0)),
    ];
    const [host, ...rest] = machine(LISTED);
    if (host === undefined) throw new Error('no host bridge');
    expect(ask([host, ...rest, ...other], '03:00.0', '81:00.0').mapType).toBe(THROUGH);
    const hidden = ask([...rest, ...other], '81:00.0', '03:00.0');
    expect([hidden.mapType, hidden.missing.length]).toEqual(['unknown', 2]);
  });

  test.each([
    ['lspci-hex', 'unknown'],
    ['lspci-text', 'unknown'],
    ['report', 'unknown'],
    ['generated', REFUSED],
  ] as const)('a source of kind %s without 00:00.0: %s', (kind, mapType) => {
    const source = { source: { kind, name: 'a test' } };
    expect(ask(machine(LISTED).slice(1), '03:00.0', '05:00.0', {}, source).mapType).toBe(mapType);
  });

  test('a host bridge whose ids are not known is not taken for one that is not listed', () => {
    const [, ...rest] = machine(UNLISTED);
    const nameless = capturedFunction('00:00.0', configBytes(0));
    expect(ask([nameless, ...rest], '03:00.0', '05:00.0').mapType).toBe('unknown');
  });

  test('host bridges that are trusted by themselves alone are not trusted with each other', () => {
    const [vendor, device] = SAME_ONLY;
    const ids = [0, vendor & 0xff, vendor >> 8, device & 0xff, device >> 8];
    const other = [
      capturedFunction('80:00.0', configBytes(256, ids, [0x0a, 0x00, 0x06])),
      capturedFunction('80:01.0', port(4, 0x81, 0x81)),
      capturedFunction('81:00.0', express(0)),
    ];
    const two = [...machine(SAME_ONLY), ...other];
    expect([ask(two, '03:00.0', '05:00.0').mapType, ask(two, '03:00.0', '81:00.0').mapType]).toEqual([
      THROUGH,
      REFUSED,
    ]);
  });

  test('a paste that lacks some other function hides no first device that it has', () => {
    const lacking = [...machine(LISTED), capturedFunction('05:01.1', express(0))];
    expect(ask(lacking, '03:00.0', '05:00.0').mapType).toBe(THROUGH);
  });

  test('a paste without 00:00.0 may hide the first device of a root bus', () => {
    const verdict = ask(machine(LISTED).slice(1), '03:00.0', '05:00.0');
    expect(verdict.mapType).toBe('unknown');
    expect(verdict.missing).toMatchObject([{ fact: 'host-bridge-first' }]);
  });
});

/** The first 256 bytes as rows. */
function cut(config: ConfigSpace): number[][] {
  return [[0, ...config.bytes.subarray(0, 256)]];
}
