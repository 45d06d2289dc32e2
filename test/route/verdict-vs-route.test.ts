/** The verdict and the way of the packets, worked out apart from each other, agree but for known reasons. */
import { describe, expect, test } from 'vitest';
import { Prng } from '../../src/base/index.ts';
import { comparePair, explainPair as explain, KNOWN_DIFFERENCES, pairRouters } from '../../src/diagnose/index.ts';
import { randomMachine } from '../../src/lab/index.ts';
import { p2pdmaMachine } from '../../src/p2pdma/index.ts';
import { buildTopology, type PciFunction, type PciTopology } from '../../src/pci/index.ts';
import { kernelVersion } from '../../src/uapi/index.ts';
import { at, type HandFunction, handTopology } from './hand-machine.ts';

const RR = 0x04;
const CR = 0x08;
const UF = 0x10;
const EC = 0x20;
const CAP = 0x7f | (4 << 8);

/**
 *     00:01.0 - 01:00.0 up - 02:00.0 (port 1) - 03:00.0 client, 03:00.1
 *                          - 02:01.0 (port 2) - 04:00.0 up - 05:00.0 - 06:00.0 provider
 */
const FUNCTIONS: readonly HandFunction[] = [
  { bdf: '0000:00:01.0', type: 4, buses: [0, 1, 6], memory: [0x8000_0000n, 0x83ff_ffffn], acs: [CAP, UF] },
  { bdf: '0000:01:00.0', type: 5, buses: [1, 2, 6], memory: [0x8000_0000n, 0x83ff_ffffn], parent: '0000:00:01.0' },
  {
    bdf: '0000:02:00.0',
    type: 6,
    buses: [2, 3, 3],
    memory: [0x8000_0000n, 0x80ff_ffffn],
    acs: [CAP, UF],
    portNumber: 1,
    parent: '0000:01:00.0',
  },
  {
    bdf: '0000:02:01.0',
    type: 6,
    buses: [2, 4, 6],
    memory: [0x8100_0000n, 0x81ff_ffffn],
    acs: [CAP, UF],
    portNumber: 2,
    parent: '0000:01:00.0',
  },
  { bdf: '0000:03:00.0', type: 0, bars: [[0x8000_0000n, 0x10_0000n]], acs: [CAP, 0], parent: '0000:02:00.0' },
  { bdf: '0000:03:00.1', type: 0, bars: [[0x8010_0000n, 0x10_0000n]], acs: [CAP, 0], parent: '0000:02:00.0' },
  { bdf: '0000:04:00.0', type: 5, buses: [4, 5, 6], memory: [0x8100_0000n, 0x81ff_ffffn], parent: '0000:02:01.0' },
  {
    bdf: '0000:05:00.0',
    type: 6,
    buses: [5, 6, 6],
    memory: [0x8100_0000n, 0x81ff_ffffn],
    acs: [CAP, UF],
    parent: '0000:04:00.0',
  },
  { bdf: '0000:06:00.0', type: 0, bars: [[0x8100_0000n, 0x10_0000n]], acs: [CAP, 0], parent: '0000:05:00.0' },
];

function difference(
  changes: Readonly<Record<string, Partial<HandFunction>>>,
  provider: string = '0000:06:00.0',
  client: string = '0000:03:00.0',
): string | undefined {
  const topology = handTopology(FUNCTIONS.map((fn) => ({ ...fn, ...changes[fn.bdf.slice(5)] })));
  const machine = p2pdmaMachine(topology, { cpu: 'zen' });
  const pair = comparePair(machine, pairRouters(machine), at(topology, provider), at(topology, client));
  return pair && explain(pair);
}

const acs = (ctrl: number, egressVector: number = 0): Partial<HandFunction> => ({ acs: [CAP, ctrl], egressVector });

describe('a pair within a switch', () => {
  test.each([
    // what is changed, outcome
    ['no redirect', {}, 'agree'],
    ['redirect where the request comes in', { '02:00.0': acs(RR) }, 'agree'],
    ['completion redirect where the completion comes in', { '02:01.0': acs(CR) }, 'agree'],
    ['both everywhere', { '02:00.0': acs(RR | CR | UF), '02:01.0': acs(RR | CR | UF) }, 'agree'],
    ['source validation that fits', { '02:00.0': acs(1) }, 'agree'],
    ['the common bridge redirects', { '01:00.0': acs(RR | CR) }, 'redirect-at-common-bridge'],
    ['the root port above redirects', { '00:01.0': acs(RR | CR | UF) }, 'agree'],
    ['a port further down at the provider redirects', { '05:00.0': acs(RR | CR | UF) }, 'redirect-beside-the-turn'],
    ['the provider itself redirects', { '06:00.0': acs(RR | CR) }, 'redirect-beside-the-turn'],
    ['the client itself redirects', { '03:00.0': acs(RR) }, 'redirect-beside-the-turn'],
    ['request redirect at the provider’s port', { '02:01.0': acs(RR) }, 'redirect-beside-the-turn'],
    ['completion redirect at the client’s port', { '02:00.0': acs(CR) }, 'redirect-beside-the-turn'],
    ['egress control without a bit', { '02:00.0': acs(EC) }, 'egress-vector-clear'],
    ['egress control with the peer’s bit', { '02:00.0': acs(EC, 1 << 2) }, 'egress-control-blocks'],
    ['egress control with the peer’s bit and redirect', { '02:00.0': acs(EC | RR, 1 << 2) }, 'agree'],
    [
      'redirect below a port that does not forward upstream',
      { '02:00.0': acs(RR), '00:01.0': acs(0) },
      'redirected-without-upstream-forwarding',
    ],
    [
      'a bus number the port does not lead to',
      { '02:00.0': { ...acs(1), buses: [2, 7, 7] } },
      'source-validation-blocks',
    ],
    ['registers that cannot be read', { '02:00.0': { readable: 256 } }, 'agree'],
  ] as const)('%s', (_, changes, outcome) => {
    expect(difference(changes)).toBe(outcome);
  });

  test('a function and itself', () => {
    expect(difference({ '03:00.0': acs(RR) }, '0000:03:00.0')).toBe('same-function');
  });

  test('two functions of one device', () => {
    expect(difference({ '02:00.0': acs(RR | UF) }, '0000:03:00.1')).toBe('functions-of-one-device');
  });
});

/** How many machines; the long run takes 10000. */
const MACHINES = Number(process.env['VERDICT_ROUTE_MACHINES'] ?? 400);

test(
  `${MACHINES} generated machines show no difference of another kind`,
  () => {
    const met = new Map<string, number>();
    const unknown: string[] = [];
    for (let seed = 1; seed <= MACHINES; seed++) {
      const prng = new Prng(seed);
      const options = { functions: 6 + prng.below(20), missing: seed % 3 === 0 };
      const topology = buildTopology(randomMachine(prng, options));
      const machine = p2pdmaMachine(topology);
      const routers = pairRouters(machine);
      for (const provider of endpoints(topology)) {
        for (const client of endpoints(topology)) {
          const pair = comparePair(machine, routers, provider, client);
          if (pair === undefined) continue;
          const name = explain(pair);
          met.set(name, (met.get(name) ?? 0) + 1);
          if (name.startsWith('not known')) unknown.push(`seed ${seed}: ${name}`);
        }
      }
    }
    expect(unknown).toEqual([]);
    expect(met.get('agree')).toBeGreaterThan(0.7 * [...met.values()].reduce((a, b) => a + b, 0));
    // Vectors are rare, bus numbers of generated machines are right, and their kernel has P2PDMA.
    const rare = new Set([
      'kernel-without-p2pdma',
      'egress-vector-clear',
      'egress-control-blocks',
      'source-validation-blocks',
    ]);
    const expected = KNOWN_DIFFERENCES.map(({ name }) => name).filter((name) => !rare.has(name));
    expect(expected.filter((name) => !met.has(name))).toEqual([]);
  },
  60_000 + 100 * MACHINES,
);

test('a kernel without P2PDMA differs for that reason, whatever packets can do', () => {
  const topology = buildTopology(randomMachine(new Prng(3), { functions: 20, missing: false }));
  const old = p2pdmaMachine(topology, { kernel: kernelVersion(4, 19) });
  const routers = pairRouters(old);
  const pairs = endpoints(topology).flatMap((provider) =>
    endpoints(topology).flatMap((client) => comparePair(old, routers, provider, client) ?? []),
  );
  const names = new Set(pairs.map(explain));
  expect([...names].filter((name) => name !== 'agree')).toEqual(['kernel-without-p2pdma']);
});

function endpoints(topology: PciTopology): PciFunction[] {
  return topology.functions.filter(({ headerType }) => headerType.state === 'known' && headerType.value === 0);
}
