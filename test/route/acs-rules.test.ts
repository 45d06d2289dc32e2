/** Hand-worked packets, one table for each rule: what each bit of ACS does to a request. */
import { describe, expect, test } from 'vitest';
import { mapFact } from '../../src/capture/index.ts';
import { capturedAcsView, type PciTopology } from '../../src/pci/index.ts';
import { type RouteOptions, Router, type Tlp } from '../../src/route/index.ts';
import { describeEnd, rulesOf } from './describe-route.ts';
import { at, type HandFunction, handTopology } from './hand-machine.ts';

const SV = 0x01;
const TB = 0x02;
const RR = 0x04;
const CR = 0x08;
const UF = 0x10;
const EC = 0x20;
const DT = 0x40;
const ALL = 0x7f | (4 << 8);

/**
 *     00:01.0 root port - 01:00.0 up - 02:00.0 down (port 1) - 03:00.0 endpoint, BAR0 80000000
 *                                    - 02:01.0 down (port 2) - 04:00.0 endpoint, BAR0 81000000
 *                                    - 02:02.0 down (port 3) - nothing
 *     00:02.0 root port - 06:00.0 endpoint, BAR0 90000000
 */
function switchMachine(changes: Readonly<Record<string, Partial<HandFunction>>> = {}): PciTopology {
  const functions: HandFunction[] = [
    { bdf: '0000:00:01.0', type: 4, buses: [0, 1, 5], memory: [0x8000_0000n, 0x83ff_ffffn], acs: [ALL, UF] },
    {
      bdf: '0000:00:02.0',
      type: 4,
      buses: [0, 6, 6],
      memory: [0x9000_0000n, 0x90ff_ffffn],
      acs: [ALL, 0],
      portNumber: 2,
    },
    { bdf: '0000:01:00.0', type: 5, buses: [1, 2, 5], memory: [0x8000_0000n, 0x83ff_ffffn], parent: '0000:00:01.0' },
    {
      bdf: '0000:02:00.0',
      type: 6,
      buses: [2, 3, 3],
      memory: [0x8000_0000n, 0x80ff_ffffn],
      acs: [ALL, 0],
      portNumber: 1,
      parent: '0000:01:00.0',
    },
    {
      bdf: '0000:02:01.0',
      type: 6,
      buses: [2, 4, 4],
      memory: [0x8100_0000n, 0x81ff_ffffn],
      acs: [ALL, 0],
      portNumber: 2,
      parent: '0000:01:00.0',
    },
    {
      bdf: '0000:02:02.0',
      type: 6,
      buses: [2, 5, 5],
      memory: [0x8200_0000n, 0x82ff_ffffn],
      acs: [ALL, 0],
      portNumber: 3,
      parent: '0000:01:00.0',
    },
    { bdf: '0000:03:00.0', type: 0, bars: [[0x8000_0000n, 0x10_0000n]], ats: true, parent: '0000:02:00.0' },
    { bdf: '0000:04:00.0', type: 0, bars: [[0x8100_0000n, 0x10_0000n]], parent: '0000:02:01.0' },
    { bdf: '0000:06:00.0', type: 0, bars: [[0x9000_0000n, 0x10_0000n]], parent: '0000:00:02.0' },
  ];
  return handTopology(functions.map((fn) => ({ ...fn, ...changes[fn.bdf.slice(5)] })));
}

function send(
  topology: PciTopology,
  tlp: Partial<Tlp> & { address: bigint },
  options: RouteOptions = {},
): ReturnType<Router['route']> {
  return new Router(topology, options).route({ requester: at(topology, '0000:03:00.0'), kind: 'read', ...tlp });
}

const PEER = 0x8100_0010n;

describe('a request to a peer behind the same switch', () => {
  const direct = '0000:04:00.0 BAR0 +0x10';
  test.each([
    // control of 02:00.0, vector, address type, rule that decides at 02:00.0, end
    [0, 0, 'untranslated', 'peer-direct', direct],
    [SV, 0, 'untranslated', 'peer-direct', direct],
    [SV | UF | CR, 0, 'untranslated', 'peer-direct', direct],
    [RR, 0, 'untranslated', 'acs-request-redirect', direct],
    [RR | DT, 0, 'untranslated', 'acs-request-redirect', direct],
    [EC, 0, 'untranslated', 'acs-egress-direct', direct],
    [EC, 1 << 3, 'untranslated', 'acs-egress-direct', direct],
    [EC, 1 << 2, 'untranslated', 'acs-egress-blocked', 'acs-violation at 0000:02:00.0'],
    [EC | RR, 0, 'untranslated', 'acs-egress-direct', direct],
    [EC | RR, 1 << 2, 'untranslated', 'acs-egress-redirect', direct],
    [0, 0, 'translated', 'peer-direct', direct],
    [RR, 0, 'translated', 'acs-request-redirect', direct],
    [RR | DT, 0, 'translated', 'acs-direct-translated', direct],
    [EC | RR | DT, 1 << 2, 'translated', 'acs-direct-translated', direct],
    [TB, 0, 'translated', 'acs-translation-blocking', 'acs-violation at 0000:02:00.0'],
    [TB | DT, 0, 'translated', 'acs-translation-blocking', 'acs-violation at 0000:02:00.0'],
    [TB, 0, 'untranslated', 'peer-direct', direct],
  ] as const)('control %d, vector %d, %s: %s', (ctrl, egressVector, addressType, rule, end) => {
    const topology = switchMachine({ '02:00.0': { acs: [ALL, ctrl], egressVector } });
    const route = send(topology, { address: PEER, addressType });
    expect(describeEnd(route.end)).toBe(end);
    expect(rulesOf(route)).toContain(`0000:02:00.0 ${rule}`);
  });

  test('the hop names the register that decides', () => {
    const topology = switchMachine({ '02:00.0': { acs: [ALL, RR] } });
    const hop = send(topology, { address: PEER }).hops.find(({ rule }) => rule === 'acs-request-redirect');
    expect(hop?.register).toBe('ACSCtl ReqRedir of 0000:02:00.0 [+0x106]');
  });

  test('the way up and back passes every port, the root complex, and says that it is assumed', () => {
    const topology = switchMachine({ '02:00.0': { acs: [ALL, RR] } });
    const route = send(topology, { address: PEER });
    expect(rulesOf(route)).toEqual([
      '0000:03:00.0 sends',
      '0000:02:00.0 acs-request-redirect',
      '0000:01:00.0 forward-up',
      '0000:00:01.0 acs-upstream-forwarding',
      '0000:00 iommu-off',
      '0000:00 host-bridge-window',
      '0000:00 root-complex-p2p',
      '0000:00:01.0 forward-down',
      '0000:01:00.0 forward-down',
      '0000:02:01.0 forward-down',
      '0000:04:00.0 bar',
    ]);
    expect(route.assumptions).toEqual(['root-complex-p2p']);
  });

  test('source validation stops a requester whose bus is not behind the port', () => {
    const topology = switchMachine({ '02:00.0': { acs: [ALL, SV], buses: [2, 7, 7] } });
    expect(describeEnd(send(topology, { address: PEER }).end)).toBe('acs-violation at 0000:02:00.0');
  });

  test('redirect bits of the provider side and of the common port do not turn a request', () => {
    const topology = switchMachine({ '02:01.0': { acs: [ALL, RR | CR] }, '00:01.0': { acs: [ALL, RR | CR | UF] } });
    expect(rulesOf(send(topology, { address: PEER }))).toContain('0000:02:00.0 peer-direct');
  });

  test('an address that no port of the switch claims stops at the upstream port unless redirected', () => {
    const hole = 0x83ff_0000n;
    expect(describeEnd(send(switchMachine(), { address: hole }).end)).toBe('unsupported-request at 0000:01:00.0');
    const redirected = switchMachine({ '02:00.0': { acs: [ALL, 0x1000] } });
    expect(rulesOf(send(redirected, { address: hole }))).toContain('0000:02:00.0 acs-unclaimed-redirect');
    expect(rulesOf(send(redirected, { address: 0x10_0000n }))).toContain('0000:02:00.0 forward-up');
  });
});

describe('a request redirected below a root port', () => {
  const redirect = { '02:00.0': { acs: [ALL, RR] } } as const;
  test.each([
    // capability and control of the root port, end
    [undefined, '0000:04:00.0 BAR0 +0x10'],
    [[ALL & ~UF, 0], '0000:04:00.0 BAR0 +0x10'],
    [[ALL, UF], '0000:04:00.0 BAR0 +0x10'],
    [[ALL, 0], 'unsupported-request at 0000:00:01.0'],
  ] as const)('ACS %j of the root port: %s', (acs, end) => {
    const { '02:00.0': port } = redirect;
    const topology = switchMachine({ '02:00.0': port, '00:01.0': { acs: acs as never } });
    expect(describeEnd(send(topology, { address: PEER }).end)).toBe(end);
  });

  test.each([
    ['all', '0000:04:00.0 BAR0 +0x10'],
    ['same-host-bridge', '0000:04:00.0 BAR0 +0x10'],
    ['none', 'root-complex at 0000:00'],
  ] as const)('root complex peer-to-peer %s: %s, not assumed', (rootComplexP2P, end) => {
    const route = send(switchMachine(redirect), { address: PEER }, { rootComplexP2P });
    expect(describeEnd(route.end)).toBe(end);
    expect(route.assumptions).toEqual([]);
  });
});

describe('egress control of a root port', () => {
  test.each([
    [EC, 1 << 2, 'acs-violation at 0000:00:01.0'],
    [EC, 0, '0000:06:00.0 BAR0 +0x0'],
    [EC | RR, 1 << 2, '0000:06:00.0 BAR0 +0x0'],
  ] as const)('control %d, vector %d: %s', (ctrl, egressVector, end) => {
    const topology = switchMachine({ '00:01.0': { acs: [ALL, ctrl], egressVector } });
    expect(describeEnd(send(topology, { address: 0x9000_0000n }).end)).toBe(end);
  });
});

describe('completions of a read', () => {
  const DIRECT = [
    '0000:04:00.0 completes',
    '0000:02:01.0 completion-direct',
    '0000:02:00.0 completion-down',
    '0000:03:00.0 completion-returns',
  ];
  test.each([
    // control of the port above the completer, relaxed ordering, rules
    [0, false, DIRECT],
    [RR | SV, false, DIRECT],
    [CR, true, DIRECT],
    [
      CR,
      false,
      [
        '0000:04:00.0 completes',
        '0000:02:01.0 acs-completion-redirect',
        '0000:01:00.0 completion-up',
        '0000:00:01.0 acs-upstream-forwarding',
        '0000:00 root-complex-p2p',
        '0000:00:01.0 completion-down',
        '0000:01:00.0 completion-down',
        '0000:02:00.0 completion-down',
        '0000:03:00.0 completion-returns',
      ],
    ],
  ] as const)('control %d, relaxed ordering %s', (ctrl, relaxedOrdering, rules) => {
    const topology = switchMachine({ '02:01.0': { acs: [ALL, ctrl] } });
    const route = send(topology, { address: PEER, relaxedOrdering });
    expect(route.completion?.end.kind).toBe('returned');
    expect(rulesOf(route.completion ?? { hops: [] })).toEqual(rules);
  });

  test('a write has none', () => {
    expect(send(switchMachine(), { address: PEER, kind: 'write' }).completion).toBeUndefined();
  });

  test('redirected ones stop at a root port that does not forward upstream', () => {
    const topology = switchMachine({ '02:01.0': { acs: [ALL, CR] }, '00:01.0': { acs: [ALL, 0] } });
    const { completion } = send(topology, { address: PEER });
    expect(completion && describeEnd(completion.end)).toBe('unsupported-request at 0000:00:01.0');
  });
});

describe('functions of one device', () => {
  const device = (acs: HandFunction['acs'], portAcs: HandFunction['acs'], egressVector = 0): PciTopology =>
    handTopology([
      {
        bdf: '0000:00:01.0',
        type: 4,
        buses: [0, 1, 1],
        memory: [0x8000_0000n, 0x80ff_ffffn],
        ...(portAcs && { acs: portAcs }),
      },
      {
        bdf: '0000:01:00.0',
        type: 0,
        bars: [[0x8000_0000n, 0x1000n]],
        ...(acs && { acs }),
        egressVector,
        parent: '0000:00:01.0',
      },
      { bdf: '0000:01:00.1', type: 0, bars: [[0x8001_0000n, 0x1000n]], parent: '0000:00:01.0' },
    ]);
  const sibling = '0000:01:00.1 BAR0 +0x0';
  test.each([
    // ACS of the requester, vector, ACS of the port, end, rule at the requester
    [[ALL, 0], 0, [ALL, UF], sibling, 'function-direct'],
    [[ALL, RR], 0, [ALL, UF], sibling, 'acs-request-redirect'],
    [[ALL, RR], 0, [ALL, 0], 'unsupported-request at 0000:00:01.0', 'acs-request-redirect'],
    [[ALL, EC], 1 << 1, [ALL, UF], 'acs-violation at 0000:01:00.0', 'acs-egress-blocked'],
    [[ALL, EC], 1 << 0, [ALL, UF], sibling, 'function-direct'],
    [[ALL, EC | RR], 1 << 1, [ALL, UF], sibling, 'acs-egress-redirect'],
    [[0x51, 0], 0, [ALL, 0], 'unsupported-request at 0000:00:01.0', 'function-no-p2p'],
  ] as const)('ACS %j, vector %d, port %j: %s', (acs, vector, port, end, rule) => {
    const topology = device(acs, port, vector);
    const requester = at(topology, '0000:01:00.0');
    const route = new Router(topology).route({ requester, address: 0x8001_0000n, kind: 'write' });
    expect(describeEnd(route.end)).toBe(end);
    expect(rulesOf(route)).toContain(`0000:01:00.0 ${rule}`);
  });

  test('without ACS it is not known whether they meet inside, and both ways are shown', () => {
    const topology = device(undefined, [ALL, 0]);
    const tlp = { requester: at(topology, '0000:01:00.0'), address: 0x8001_0000n, kind: 'write' } as const;
    expect(describeEnd(new Router(topology).route(tlp).end)).toBe(
      `unknown: peer-to-peer inside the device of 0000:01:00.0 (${sibling} | unsupported-request at 0000:00:01.0)`,
    );
    expect(describeEnd(new Router(topology, { functionToFunction: 'all' }).route(tlp).end)).toBe(sibling);
    const forwards = device(undefined, [ALL, UF]);
    const agreed = new Router(forwards).route({ ...tlp, requester: at(forwards, '0000:01:00.0') });
    expect(describeEnd(agreed.end)).toBe(sibling);
  });
});

/** The view of a machine in which one port's Control register is known in part. */
function partly(topology: PciTopology, port: string, control: { value: number; known: number }): RouteOptions {
  const { index } = at(topology, port);
  const view = capturedAcsView(topology, { amdIommu: undefined, requested: undefined });
  const registers = view.registers.map((acs, i) =>
    i === index ? mapFact(acs, (value) => ({ ...value, control, why: 'a test' })) : acs,
  );
  return { acs: { ...view, registers }, rootComplexP2P: 'none' };
}

describe('ACS control of which some bits are not known', () => {
  const direct = '0000:04:00.0 BAR0 +0x10';
  const redirect = 'root-complex at 0000:00';
  const blocked = 'acs-violation at 0000:02:00.0';
  test.each([
    // control, known, vector, address type, ends
    [0, 0xffff & ~RR, 0, 'untranslated', [redirect, direct]],
    [RR, 0xffff & ~DT, 0, 'untranslated', [redirect]],
    [RR, 0xffff & ~DT, 0, 'translated', [direct, redirect]],
    [RR | DT, 0xffff & ~TB, 0, 'translated', [direct, blocked]],
    [0, 0xffff & ~EC, 1 << 2, 'untranslated', [blocked, direct]],
    [RR, 0xffff & ~EC, 1 << 2, 'untranslated', [redirect]],
    [0, 0xffff & ~(SV | UF | CR), 0, 'untranslated', [direct]],
  ] as const)('control %i, known %i, vector %i, %s', (value, known, egressVector, addressType, ends) => {
    const topology = switchMachine({ '02:00.0': { acs: [ALL, 0], egressVector } });
    const route = send(topology, { address: PEER, addressType }, partly(topology, '0000:02:00.0', { value, known }));
    const [only, second] = ends;
    if (second === undefined) expect(describeEnd(route.end)).toBe(only);
    else expect(describeEnd(route.end)).toBe(`unknown: ACS control of 0000:02:00.0 (${ends.join(' | ')})`);
  });

  test('source validation of a port that the requester is not behind', () => {
    const topology = switchMachine({ '02:00.0': { buses: [2, 7, 7] } });
    const options = partly(topology, '0000:02:00.0', { value: 0, known: 0xffff & ~SV });
    expect(describeEnd(send(topology, { address: PEER }, options).end)).toBe(
      `unknown: ACS control of 0000:02:00.0 (${direct} | ${blocked})`,
    );
  });

  test('forwarding upstream what comes back to the port it came through, requests and completions', () => {
    const topology = switchMachine({ '02:00.0': { acs: [ALL, RR] }, '02:01.0': { acs: [ALL, CR] } });
    const acs = partly(topology, '0000:00:01.0', { value: 0, known: 0xffff & ~UF }).acs;
    const options = acs === undefined ? {} : { acs };
    const stopped = 'unsupported-request at 0000:00:01.0';
    expect(describeEnd(send(topology, { address: PEER }, options).end)).toBe(
      `unknown: ACS control of 0000:00:01.0 (${direct} | ${stopped})`,
    );
    const other = switchMachine({ '02:01.0': { acs: [ALL, CR] } });
    const { completion } = send(
      other,
      { address: PEER },
      { ...partly(other, '0000:00:01.0', { value: 0, known: 0 }), rootComplexP2P: 'all' },
    );
    expect(completion && describeEnd(completion.end)).toBe(
      `unknown: ACS control of 0000:00:01.0 (returned | ${stopped})`,
    );
  });

  test('completion redirect', () => {
    const topology = switchMachine({ '00:01.0': { acs: [ALL, 0] } });
    const { completion } = send(
      topology,
      { address: PEER },
      partly(topology, '0000:02:01.0', { value: 0, known: 0xffff & ~CR }),
    );
    expect(completion && describeEnd(completion.end)).toBe(
      'unknown: ACS control of 0000:02:01.0 (returned | unsupported-request at 0000:00:01.0)',
    );
  });

  const HOLE = 0x8310_0000n;
  test.each([
    [0, 0xffff, 'unsupported-request at 0000:01:00.0'],
    [0x1000, 0xffff, redirect],
    [0, 0x7f, `unknown: ACS control of 0000:02:00.0 (unsupported-request at 0000:01:00.0 | ${redirect})`],
  ])('what no port of the switch claims, control %i, known %i: %s', (value, known, end) => {
    const topology = switchMachine();
    const { acs } = partly(topology, '0000:02:00.0', { value, known });
    const view = acs === undefined ? {} : { acs };
    const uf = { '00:01.0': { acs: [ALL, UF] } } as const;
    expect(uf).toBeDefined();
    expect(describeEnd(send(topology, { address: HOLE }, { ...view, rootComplexP2P: 'none' }).end)).toBe(end);
    expect(describeEnd(send(topology, { address: 0x1000n }, view).end)).toBe('ram 0x1000');
  });
});

describe('a read of memory', () => {
  test('is answered', () => {
    const route = send(switchMachine(), { address: 0x1000n });
    expect([describeEnd(route.end), route.completion?.end.kind]).toEqual(['ram 0x1000', 'returned']);
    expect(send(switchMachine(), { address: 0x1000n, kind: 'write' }).completion).toBeUndefined();
  });
});

describe('ACS that cannot be read', () => {
  test('of a port whose role cannot be read either: what comes back through it stays open', () => {
    const topology = switchMachine({ '00:01.0': { readable: 64 }, '02:00.0': { acs: [ALL, RR] } });
    const { end } = send(topology, { address: PEER });
    expect(end.kind).toBe('unknown');
  });

  test('of the port it enters by, whose role cannot be read: open, though all ways that are known lead to one end', () => {
    const topology = switchMachine({ '00:01.0': { acs: [ALL, UF] }, '02:00.0': { readable: 64 } });
    expect(describeEnd(send(topology, { address: PEER }).end)).toMatch(
      /^unknown: .*PCI Express capability of 0000:02:00\.0.* \(0000:04:00\.0 BAR0 \+0x10\)$/,
    );
  });

  test('only matters where a decision needs it', () => {
    const topology = switchMachine({ '02:00.0': { readable: 256 } });
    expect(describeEnd(send(topology, { address: 0x1000n }).end)).toBe('ram 0x1000');
    expect(describeEnd(send(topology, { address: PEER }, { rootComplexP2P: 'none' }).end)).toBe(
      'unknown: ACS control of 0000:02:00.0 (0000:04:00.0 BAR0 +0x10 | root-complex at 0000:00 | acs-violation at 0000:02:00.0)',
    );
  });
});
