/** Hand-worked packets: windows, BARs, conventional buses, the root complex and its IOMMU. */

import { describe, expect, test } from 'vitest';
import { rawText } from '../../src/base/index.ts';
import { known } from '../../src/capture/index.ts';
import type { PciTopology } from '../../src/pci/index.ts';
import { type IoTranslation, type Route, type RouteOptions, Router, type Tlp } from '../../src/route/index.ts';
import { describeEnd, rulesOf } from './describe-route.ts';
import { at, type HandFunction, handTopology, iomemLine } from './hand-machine.ts';

/**
 *     00:01.0 root port - 01:00.0 endpoint, BAR0 80000000, BAR2 4000000000 (prefetchable window)
 *     00:02.0 root port - 02:00.0 PCIe-to-PCI bridge - 03:00.0, 03:01.0 devices; 03:02.0 PCI bridge - 04:00.0 device
 *     00:03.0 root port - 05:00.0 physical function, BAR0 90000000; VF slices of 64 KiB from 90100000; 05:00.1 ... VFs
 *     00:04.0 integrated endpoint, BAR0 a0000000
 */
const MACHINE: readonly HandFunction[] = [
  {
    bdf: '0000:00:01.0',
    type: 4,
    buses: [0, 1, 1],
    memory: [0x8000_0000n, 0x80ff_ffffn],
    prefetchable: [0x40_0000_0000n, 0x4f_ffff_ffffn],
  },
  { bdf: '0000:00:02.0', type: 4, buses: [0, 2, 4], memory: [0x8800_0000n, 0x88ff_ffffn] },
  { bdf: '0000:00:03.0', type: 4, buses: [0, 5, 5], memory: [0x9000_0000n, 0x90ff_ffffn] },
  { bdf: '0000:00:04.0', type: 9, bars: [[0xa000_0000n, 0x1000n]] },
  {
    bdf: '0000:01:00.0',
    type: 0,
    bars: [
      [0x8000_0000n, 0x10_0000n],
      [0x40_0000_0000n, 0x4_0000_0000n],
    ],
    parent: '0000:00:01.0',
  },
  { bdf: '0000:02:00.0', type: 7, buses: [2, 3, 4], memory: [0x8800_0000n, 0x88ff_ffffn], parent: '0000:00:02.0' },
  { bdf: '0000:03:00.0', bars: [[0x8800_0000n, 0x100n]], parent: '0000:02:00.0' },
  { bdf: '0000:03:01.0', bars: [[0x8800_1000n, 0x100n]], parent: '0000:02:00.0' },
  { bdf: '0000:03:02.0', buses: [3, 4, 4], memory: [0x8810_0000n, 0x881f_ffffn], parent: '0000:02:00.0' },
  { bdf: '0000:04:00.0', bars: [[0x8810_0000n, 0x100n]], parent: '0000:03:02.0' },
  {
    bdf: '0000:05:00.0',
    type: 0,
    bars: [[0x9000_0000n, 0x1_0000n]],
    sriov: { vfs: 4, offset: 1, start: 0x9010_0000n, size: 0x1_0000n },
    acs: [0x5f, 0],
    parent: '0000:00:03.0',
  },
  { bdf: '0000:05:00.1', physfn: '0000:05:00.0', type: 0, acs: [0x5f, 0], parent: '0000:00:03.0', command: 4 },
  { bdf: '0000:05:00.2', physfn: '0000:05:00.0', type: 0, acs: [0x5f, 0], parent: '0000:00:03.0', command: 4 },
];

const IOMEM = [
  iomemLine(0n, 0x7fff_ffffn, 'System RAM'),
  iomemLine(0x100_0000n, 0x1ff_ffffn, 'Kernel code', 1),
  iomemLine(0x8000_0000n, 0xdfff_ffffn, 'PCI Bus 0000:00'),
  iomemLine(0xfec0_0000n, 0xfec0_0fffn, 'Reserved'),
  iomemLine(0xfec0_0000n, 0xfec0_03ffn, 'IOAPIC 0', 1),
  iomemLine(0x40_0000_0000n, 0x4f_ffff_ffffn, 'PCI Bus 0000:00'),
];

function machine(
  changes: Readonly<Record<string, Partial<HandFunction>>> = {},
  around: Parameters<typeof handTopology>[1] = {},
): PciTopology {
  return handTopology(
    MACHINE.map((fn) => ({ ...fn, ...changes[fn.bdf.slice(5)] })),
    { iomem: IOMEM, ...around },
  );
}

function send(
  topology: PciTopology,
  requester: string,
  address: bigint,
  options: RouteOptions = {},
  tlp: Partial<Tlp> = {},
): Route {
  return new Router(topology, options).route({ requester: at(topology, requester), address, kind: 'write', ...tlp });
}

describe('an address without an IOMMU', () => {
  test.each([
    // requester, address, end
    ['0000:01:00.0', 0x9000_0000n, '0000:05:00.0 BAR0 +0x0'],
    ['0000:01:00.0', 0x9000_ffffn, '0000:05:00.0 BAR0 +0xffff'],
    ['0000:01:00.0', 0x9001_0000n, 'unsupported-request at 0000:00:03.0'],
    ['0000:01:00.0', 0x9100_0000n, 'master-abort at 0000:00'],
    ['0000:01:00.0', 0xa000_0fffn, '0000:00:04.0 BAR0 +0xfff'],
    ['0000:01:00.0', 0x8810_0010n, '0000:04:00.0 BAR0 +0x10'],
    ['0000:01:00.0', 0x8820_0000n, 'master-abort at 0000:02:00.0'],
    ['0000:05:00.0', 0x43_ffff_ffffn, '0000:01:00.0 BAR2 +0x3ffffffff'],
    ['0000:05:00.0', 0x44_0000_0000n, 'unsupported-request at 0000:00:01.0'],
    ['0000:05:00.0', 0x50_0000_0000n, 'master-abort at 0000:00'],
    ['0000:05:00.0', 0x7fff_ffffn, 'ram 0x7fffffff'],
    ['0000:05:00.0', 0x100_0000n, 'ram 0x1000000'],
    ['0000:05:00.0', 0xfec0_0000n, 'IOAPIC 0 0xfec00000'],
    ['0000:05:00.0', 0xfec0_0400n, 'Reserved 0xfec00400'],
    ['0000:05:00.0', 0xfee0_0000n, 'msi'],
    ['0000:05:00.0', 0xffff_ffff_ffff_ffffn, 'master-abort at 0000:00'],
    ['0000:00:04.0', 0x8000_0000n, '0000:01:00.0 BAR0 +0x0'],
    // its own BAR, a virtual function, and from one virtual function to another inside the device
    ['0000:01:00.0', 0x8000_0004n, '0000:01:00.0 BAR0 +0x4'],
    ['0000:01:00.0', 0x9010_0008n, '0000:05:00.1 BAR0 +0x8'],
    ['0000:01:00.0', 0x9011_0008n, '0000:05:00.2 BAR0 +0x8'],
    ['0000:01:00.0', 0x9012_0000n, 'unsupported-request at 0000:00:03.0'],
    ['0000:05:00.1', 0x9011_0000n, '0000:05:00.2 BAR0 +0x0'],
    ['0000:05:00.1', 0x9000_0000n, '0000:05:00.0 BAR0 +0x0'],
    // a conventional bus: neighbours hear each other, bridges pass upward what is not theirs
    ['0000:03:00.0', 0x8800_1000n, '0000:03:01.0 BAR0 +0x0'],
    ['0000:03:00.0', 0x8810_0000n, '0000:04:00.0 BAR0 +0x0'],
    ['0000:04:00.0', 0x8800_0000n, '0000:03:00.0 BAR0 +0x0'],
    ['0000:04:00.0', 0x8000_0000n, '0000:01:00.0 BAR0 +0x0'],
    ['0000:03:00.0', 0x8820_0000n, 'master-abort at 0000:02:00.0'],
  ])('%s to %s', (requester, address, end) => {
    expect(describeEnd(send(machine(), requester, address).end)).toBe(end);
  });

  test('neighbours on a conventional bus meet there, whatever lies above', () => {
    expect(rulesOf(send(machine(), '0000:03:00.0', 0x8810_0000n))).toEqual([
      '0000:03:00.0 sends',
      '0000:03:02.0 bus-claim',
      '0000:03:02.0 forward-down',
      '0000:04:00.0 bar',
    ]);
  });

  test('the range of a route is as wide as its decisions allow', () => {
    const { range } = send(machine(), '0000:01:00.0', 0x9000_1234n);
    expect(range).toEqual({ start: 0x9000_0000n, end: 0x9001_0000n });
  });
});

describe('switches that are off', () => {
  test.each([
    [{ '05:00.0': { command: 4 } }, 'unsupported-request at 0000:05:00.0', '0000:05:00.0 memory-off'],
    [{ '00:03.0': { command: 4 } }, 'unsupported-request at 0000:00:03.0', '0000:00:03.0 bridge-memory-off'],
    [{ '00:01.0': { command: 2 } }, 'unsupported-request at 0000:00:01.0', '0000:00:01.0 bridge-bus-master-off'],
    [{ '01:00.0': { command: 2 } }, 'not-sent at 0000:01:00.0', '0000:01:00.0 bus-master-off'],
  ])('%j', (changes, end, rule) => {
    const route = send(machine(changes), '0000:01:00.0', 0x9000_0000n);
    expect(describeEnd(route.end)).toBe(end);
    expect(rulesOf(route)).toContain(rule);
    const enabled = send(machine(changes), '0000:01:00.0', 0x9000_0000n, { commandRegister: 'assume-enabled' });
    expect(describeEnd(enabled.end)).toBe('0000:05:00.0 BAR0 +0x0');
  });

  test('a command register that cannot be read leaves the outcome open', () => {
    const { end } = send(machine({ '05:00.0': { readable: 0 } }), '0000:01:00.0', 0x9000_0000n);
    expect(describeEnd(end)).toBe(
      'unknown: Memory Space Enable of 0000:05:00.0 (0000:05:00.0 BAR0 +0x0 | unsupported-request at 0000:00:03.0)',
    );
  });
});

describe('requests that no packet can be', () => {
  test.each([
    [0x9000_0ff8n, 8, '0000:05:00.0 BAR0 +0xff8'],
    [0x9000_0ff8n, 9, 'malformed at 0000:01:00.0'],
    [0x8800_00f0n, 32, 'unsupported-request at 0000:03:00.0'],
  ])('%s, %d bytes', (address, length, end) => {
    expect(describeEnd(send(machine(), '0000:01:00.0', address, {}, { length }).end)).toBe(end);
  });
});

test('two devices that claim one address are named as a conflict', () => {
  const overlapping = machine({ '00:04.0': { bars: [[0x9000_0000n, 0x1000n]] } });
  expect(describeEnd(send(overlapping, '0000:01:00.0', 0x9000_0000n).end)).toBe('conflict at 0000:00:03.0');
});

describe('the interrupt window', () => {
  test.each([
    ['write', 'untranslated', true, 'msi'],
    ['read', 'untranslated', true, 'unsupported-request at 0000:00'],
    ['write', 'untranslated', false, 'master-abort at 0000:00'],
    ['write', 'untranslated', undefined, 'unknown: processor architecture of machine (msi | master-abort at 0000:00)'],
  ] as const)('%s %s, x86 %s: %s', (kind, addressType, x86, end) => {
    const route = send(machine({}, { x86 }), '0000:01:00.0', 0xfee0_1000n, {}, { kind, addressType });
    expect(describeEnd(route.end)).toBe(end);
  });
});

describe('an IOMMU', () => {
  /** One megabyte of BAR0 of 05:00.0's window at I/O address 1000000, read only in its upper half; RAM at 2000000. */
  const table: IoTranslation = {
    translate(iova, write) {
      if (iova >= 0x100_0000n && iova < 0x101_0000n) {
        if (write && iova >= 0x100_8000n)
          return { ok: false, fault: 'no-permission', contiguousBytes: 0x101_0000n - iova };
        const end = write ? 0x100_8000n : 0x101_0000n;
        return { ok: true, phys: iova - 0x100_0000n + 0x9000_0000n, contiguousBytes: end - iova };
      }
      if (iova >= 0x200_0000n && iova < 0x200_1000n) {
        return { ok: true, phys: iova, contiguousBytes: 0x200_1000n - iova };
      }
      return { ok: false, fault: 'not-mapped', contiguousBytes: 1n };
    },
  };
  const translated: RouteOptions = { iommu: () => ({ mode: 'translated', table }) };

  test.each([
    [0x100_0010n, 'write', '0000:05:00.0 BAR0 +0x10', 'iommu-translated'],
    [0x100_8000n, 'write', 'iommu-fault at 0000:00', 'iommu-no-permission'],
    [0x100_8000n, 'read', '0000:05:00.0 BAR0 +0x8000', 'iommu-translated'],
    [0x101_0000n, 'read', 'iommu-fault at 0000:00', 'iommu-not-mapped'],
    [0x200_0000n, 'read', 'ram 0x2000000', 'iommu-translated'],
    [0xfee0_0000n, 'write', 'msi', 'msi-window'],
    // A bus address that comes to the IOMMU is taken for an I/O address; from a port without redirect it may not come there.
    [0x8000_0000n, 'write', '0000:01:00.0 BAR0 +0x0', 'own-bar'],
    [
      0xa000_0000n,
      'write',
      'unknown: routing before translation of 0000:00 (0000:00:04.0 BAR0 +0x0 | iommu-fault at 0000:00)',
      'root-port-direct-unknown',
    ],
  ] as const)('%s %s: %s', (address, kind, end, rule) => {
    const route = send(machine(), '0000:01:00.0', address, translated, { kind });
    expect(describeEnd(route.end)).toBe(end);
    expect(route.hops.map((hop) => hop.rule)).toContain(rule);
  });

  const off: RouteOptions = { iommu: () => ({ mode: 'off' }) };
  const answered: readonly (readonly [address: bigint, options: RouteOptions, kind: Route['end']['kind']])[] = [
    [0x8000_0000n, {}, 'function'],
    [0x100_0000n, {}, 'ram'],
    [0xfec0_0000n, off, 'reserved'],
  ];
  test.each(answered)('a read of %s is answered without a way through the tree', (address, options, kind) => {
    const { end, completion } = send(machine(), '0000:01:00.0', address, options, { kind: 'read' });
    expect([end.kind, completion]).toEqual([kind, { hops: [], end: { kind: 'returned' } }]);
  });

  test('with Request Redirect at the root port a bus address faults', () => {
    const topology = machine({ '00:01.0': { acs: [0x5f, 0x1d] } });
    expect(describeEnd(send(topology, '0000:01:00.0', 0xa000_0000n, translated).end)).toBe('iommu-fault at 0000:00');
  });

  test('the range of a translated route ends with the leaf', () => {
    const { range } = send(machine(), '0000:01:00.0', 0x100_0010n, translated);
    expect(range).toEqual({ start: 0x100_0010n, end: 0x100_8000n });
  });

  test.each([
    ['identity', '0000:05:00.0 BAR0 +0x0'],
    ['blocked', 'iommu-fault at 0000:00'],
    ['DMA-FQ', 'unknown: IOMMU translation of 0000:01:00.0 ()'],
  ])('a group of type %s, as captured: %s', (type, end) => {
    const groups = [{ id: 3, type: known(rawText(type)), reservedRegions: known([]), devices: [] }];
    const topology = machine({ '01:00.0': { group: 3 }, '00:01.0': { acs: [0x5f, 0x1d] } }, { groups });
    expect(describeEnd(send(topology, '0000:01:00.0', 0x9000_0000n).end)).toBe(end);
  });

  test.each([
    [true, '0000:05:00.0 BAR0 +0x0'],
    [false, 'not-sent at 0000:01:00.0'],
  ])('a translated address, ATS enabled %s: %s', (ats, end) => {
    const topology = machine({ '01:00.0': { ats } });
    const route = send(topology, '0000:01:00.0', 0x9000_0000n, translated, { addressType: 'translated' });
    expect(describeEnd(route.end)).toBe(end);
  });
});

describe('a memory map that is not known', () => {
  const topology = machine({}, { iomem: undefined });

  test('what a device has is found by its own windows', () => {
    const route = send(topology, '0000:01:00.0', 0x9000_0000n);
    expect(describeEnd(route.end)).toBe('0000:05:00.0 BAR0 +0x0');
    expect(rulesOf(route)).toContain('0000:00 host-bridge-inferred');
  });

  test('anything else is memory or nothing', () => {
    expect(describeEnd(send(topology, '0000:01:00.0', 0x1000n).end)).toBe(
      'unknown: memory map (/proc/iomem) of machine, host bridge windows of 0000:00 (ram 0x1000 | master-abort at 0000:00)',
    );
  });
});

test('a host bridge that shifts addresses takes CPU addresses from outside and bus addresses from its own bus', () => {
  // CPU 6000000000-60ffffffff is bus 0-ffffffff; the BAR is at bus 10000000.
  const shifted = handTopology(
    [
      { bdf: '0001:00:01.0', type: 4, buses: [0, 1, 1], memory: [0x1000_0000n, 0x10ff_ffffn] },
      { bdf: '0001:01:00.0', type: 0, bars: [[0x1000_0000n, 0x1000n]], parent: '0001:00:01.0' },
      { bdf: '0001:00:02.0', type: 9, bars: [[0x2000_0000n, 0x1000n]] },
    ],
    { iomem: [iomemLine(0x60_0000_0000n, 0x60_ffff_ffffn, 'PCI Bus 0001:00')] },
  );
  const bars = shifted.functions.map((fn) => fn.resources);
  for (const resources of bars) {
    for (const resource of resources) {
      if (resource === undefined) continue;
      const cpu = { start: resource.bus.start + 0x60_0000_0000n, end: resource.bus.end + 0x60_0000_0000n };
      Object.assign(resource, { cpu });
    }
  }
  const windows = known([{ cpu: { start: 0x60_0000_0000n, end: 0x61_0000_0000n }, offset: 0x60_0000_0000n }]);
  for (const hostBridge of shifted.hostBridges) Object.assign(hostBridge, { windows });
  const ends = [0x1000_0010n, 0x60_1000_0010n].map((a) => describeEnd(send(shifted, '0001:00:02.0', a).end));
  expect(ends).toEqual(['0001:01:00.0 BAR0 +0x10', '0001:01:00.0 BAR0 +0x10']);
});
