/** Machines of which the input shows little, or that are built in unusual ways. */
import { describe, expect, test } from 'vitest';
import { known } from '../../src/capture/index.ts';
import { DmaDomain, dmaBehaviourOf, IOMMU_READ } from '../../src/iommu/index.ts';
import type { PciTopology } from '../../src/pci/index.ts';
import {
  lintTopology,
  pageTableTranslation,
  proveTable,
  type Route,
  type RouteOptions,
  Router,
} from '../../src/route/index.ts';
import { PhysVecArray } from '../../src/scatterlist/index.ts';
import { KernelLog, kernelVersion } from '../../src/uapi/index.ts';
import { describeEnd, rulesOf } from './describe-route.ts';
import { at, type HandFunction, handTopology, iomemLine } from './hand-machine.ts';

const CAP = 0x7f | (4 << 8);
const FUNCTIONS: readonly HandFunction[] = [
  { bdf: '0000:00:01.0', type: 4, buses: [0, 1, 4], memory: [0x8000_0000n, 0x83ff_ffffn], acs: [CAP, 0x10] },
  {
    bdf: '0000:01:00.0',
    type: 5,
    buses: [1, 2, 4],
    memory: [0x8000_0000n, 0x82ff_ffffn],
    bars: [[0x8300_0000n, 0x1000n]],
    parent: '0000:00:01.0',
  },
  {
    bdf: '0000:02:00.0',
    type: 6,
    buses: [2, 3, 3],
    memory: [0x8000_0000n, 0x80ff_ffffn],
    acs: [CAP, 0],
    portNumber: 1,
    parent: '0000:01:00.0',
  },
  {
    bdf: '0000:02:01.0',
    type: 6,
    buses: [2, 4, 4],
    memory: [0x8100_0000n, 0x82ff_ffffn],
    acs: [CAP, 0],
    portNumber: 2,
    parent: '0000:01:00.0',
  },
  { bdf: '0000:03:00.0', type: 0, bars: [[0x8000_0000n, 0x10_0000n]], ats: true, parent: '0000:02:00.0' },
  {
    bdf: '0000:04:00.0',
    type: 0,
    bars: [
      [0x8100_0000n, 0x10_0000n],
      [0x8110_0000n, 0x10_0000n],
    ],
    parent: '0000:02:01.0',
  },
];

function machine(changes: Readonly<Record<string, Partial<HandFunction>>> = {}): PciTopology {
  return handTopology(FUNCTIONS.map((fn) => ({ ...fn, ...changes[fn.bdf.slice(5)] })));
}

function send(
  topology: PciTopology,
  address: bigint,
  options: RouteOptions = {},
  addressType: 'untranslated' | 'translated' = 'untranslated',
): Route {
  const requester = at(topology, '0000:03:00.0');
  return new Router(topology, options).route({ requester, address, kind: 'write', addressType });
}

test('a BAR of the upstream port is reached inside the switch', () => {
  const route = send(machine(), 0x8300_0010n);
  expect(describeEnd(route.end)).toBe('0000:01:00.0 BAR0 +0x10');
  expect(rulesOf(route)).toContain('0000:01:00.0 port-bar');
});

test('virtual functions that the input does not list are reached in the area of their physical function', () => {
  const sriov = { vfs: 4, offset: 1, start: 0x8200_0000n, size: 0x1000n };
  const topology = machine({ '04:00.0': { sriov } });
  expect(describeEnd(send(topology, 0x8200_1008n).end)).toBe('0000:04:00.0 BAR7 +0x1008');
  expect(describeEnd(send(topology, 0x8200_4000n).end)).toBe('unsupported-request at 0000:02:01.0');
});

describe('BARs without a size', () => {
  const topology = machine({ '04:00.0': { unsized: true } });
  test.each([
    [0x8100_0000n, '(0000:04:00.0 BAR0 +0x0 | unsupported-request at 0000:02:01.0)', 0],
    [0x8110_0004n, '(0000:04:00.0 BAR2 +0x4 | unsupported-request at 0000:02:01.0)', 2],
  ])('%s may be in the last one below it', (address, alternatives, bar) => {
    expect(describeEnd(send(topology, address).end)).toBe(`unknown: size of BAR${bar} of 0000:04:00.0 ${alternatives}`);
  });
});

describe('registers that are not known', () => {
  test('a bus number without a bridge leaves the way open', () => {
    const lost = handTopology([
      { bdf: '0000:00:01.0', type: 4, buses: [0, 1, 1], memory: [0x8000_0000n, 0x80ff_ffffn] },
      { bdf: '0000:01:00.0', type: 0, bars: [[0x8000_0000n, 0x1000n]], parent: '0000:00:01.0' },
    ]);
    const requester = Object.assign(at(lost, '0000:01:00.0'), { placement: { certain: false, why: 'made up' } });
    const { end } = new Router(lost).route({ requester, address: 0x1000n, kind: 'write' });
    expect(describeEnd(end)).toBe('unknown: place in the tree of 0000:01:00.0 (ram 0x1000)');
  });

  test('ATS and Translation Blocking matter to translated addresses only', () => {
    const cut = machine({ '03:00.0': { readable: 256 }, '02:00.0': { readable: 256 } });
    expect(describeEnd(send(cut, 0x1000n).end)).toBe('ram 0x1000');
    expect(describeEnd(send(cut, 0x1000n, {}, 'translated').end)).toBe(
      'unknown: ATS control of 0000:03:00.0, ACS control of 0000:02:00.0 ' +
        '(ram 0x1000 | acs-violation at 0000:02:00.0 | not-sent at 0000:03:00.0)',
    );
  });

  test('egress control without its vector is not guessed', () => {
    const cut = machine({ '02:00.0': { acs: [CAP, 0x20], readable: 0x108 } });
    expect(describeEnd(send(cut, 0x8100_0000n).end)).toMatch(/^unknown: ACS egress control vector of 0000:02:00.0 /);
  });
});

describe('a host bridge with a shifted window', () => {
  /** CPU 90000000-9fffffff is bus 80000000-8fffffff; RAM or another host bridge may stand at CPU 80000000. */
  const shifted = (elsewhere: boolean): PciTopology => {
    const topology = machine();
    const own = { cpu: { start: 0x9000_0000n, end: 0xa000_0000n }, offset: 0x1000_0000n };
    const low = { cpu: { start: 0x8000_0000n, end: 0x9000_0000n }, offset: 0n };
    for (const bridge of topology.hostBridges) {
      Object.assign(bridge, { windows: known(elsewhere ? [own, low] : [own]) });
    }
    return topology;
  };
  const redirected: RouteOptions = { iommu: () => ({ mode: 'off' }) };

  test('a bus address that comes up is one of its own devices', () => {
    const topology = shifted(false);
    const requester = at(topology, '0000:00:01.0');
    const route = new Router(topology, redirected).route({ requester, address: 0x8100_0000n, kind: 'write' });
    expect(describeEnd(route.end)).toBe('0000:04:00.0 BAR0 +0x0');
  });

  test('that something else has as physical address too, both are followed', () => {
    const topology = shifted(true);
    const requester = at(topology, '0000:00:01.0');
    const route = new Router(topology, redirected).route({ requester, address: 0x8100_0000n, kind: 'write' });
    // Both lead to the same BAR here, so the outcome is known.
    expect(rulesOf(route)).toContain('0000:00 inbound-ambiguous');
    expect(describeEnd(route.end)).toBe('0000:04:00.0 BAR0 +0x0');
  });
});

test('host bridges that claim the same addresses are found', () => {
  const topology = handTopology(
    [
      { bdf: '0000:00:01.0', type: 9, bars: [[0x8000_0000n, 0x1000n]] },
      { bdf: '0001:00:01.0', type: 9, bars: [[0x9000_0000n, 0x1000n]] },
    ],
    {
      iomem: [
        iomemLine(0xa_0000n, 0xb_ffffn, 'PCI Bus 0000:00'),
        iomemLine(0xa_0000n, 0xb_ffffn, 'PCI Bus 0001:00'),
        iomemLine(0x8000_0000n, 0x8fff_ffffn, 'PCI Bus 0000:00'),
        iomemLine(0x8800_0000n, 0x97ff_ffffn, 'PCI Bus 0001:00'),
      ],
    },
  );
  expect(lintTopology(topology).map(({ code, where }) => `${code} ${where}`)).toEqual(['host-window-overlap 0001:00']);
});

describe('addresses above 2^53', () => {
  const BASE = 0xffff_ff00_0000_0000n;
  const high = handTopology(
    [
      { bdf: '0000:00:01.0', type: 4, buses: [0, 1, 1], prefetchable: [BASE, BASE + 0xfff_ffffn] },
      { bdf: '0000:00:02.0', type: 9 },
      {
        bdf: '0000:01:00.0',
        type: 0,
        bars: [
          [BASE, 0x1000n],
          [BASE + 0x1000n, 0x1000n],
        ],
        parent: '0000:00:01.0',
      },
    ],
    { iomem: [iomemLine(BASE, BASE + 0xfff_ffffn, 'PCI Bus 0000:00')] },
  );
  const requester = at(high, '0000:00:02.0');

  test.each([
    [BASE + 0xfffn, '0000:01:00.0 BAR0 +0xfff'],
    [BASE + 0x1000n, '0000:01:00.0 BAR2 +0x0'],
    [BASE + 0x2000n, 'unsupported-request at 0000:00:01.0'],
    [BASE - 1n, 'master-abort at 0000:00'],
  ])('%s is told from its neighbours', (address, end) => {
    const router = new Router(high);
    // Found one way round and the other, so that the kept ranges are searched from both sides.
    for (const first of [BASE - 1n, BASE + 0x2000n, BASE, BASE + 0x1000n]) {
      router.route({ requester, address: first, kind: 'write' });
    }
    expect(describeEnd(router.route({ requester, address, kind: 'write' }).end)).toBe(end);
  });

  test('are proved', () => {
    const ranges = PhysVecArray.of([[BASE + 0x800n, 0x1000n]]);
    const proof = proveTable(new Router(high), { requester, kind: 'write', table: [[BASE + 0x800n, 0x1000n]], ranges });
    expect(proof.proved && proof.runs).toBe(2);
  });
});

test('the page table of a domain is walked with its permissions', () => {
  const log = new KernelLog();
  const apertureEnd = (1n << 48n) - 1n;
  const geometry = { kind: 'generic-pt', granuleShift: 12, pageShifts: [12], apertureEnd, outputBits: 52 } as const;
  const behaviour = dmaBehaviourOf(kernelVersion(7, 3), false);
  const domain = new DmaDomain({ type: 'DMA', geometry, behaviour, log, fault: undefined });
  expect(domain.pageTable.map(0x1000, false, 0x8_1000, 2, IOMMU_READ)).toBeUndefined();
  const table = pageTableTranslation(domain);
  expect(table.translate(0x100_0010n, false)).toEqual({ ok: true, phys: 0x8100_0010n, contiguousBytes: 0x1ff0n });
  expect(table.translate(0x100_0010n, true)).toEqual({ ok: false, fault: 'no-permission', contiguousBytes: 0x1ff0n });
  expect(table.translate(0x200_0010n, false)).toEqual({ ok: false, fault: 'not-mapped', contiguousBytes: 0xff0n });
});
