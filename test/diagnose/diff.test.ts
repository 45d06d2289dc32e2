import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Analysis, analyze } from '../../src/analyze.ts';
import { assert } from '../../src/base/index.ts';
import { diffMachines, type MachineDiff } from '../../src/diagnose/index.ts';
import { readMachineDescription } from '../../src/lab/index.ts';
import { deviceNames, diffSheet, PLAIN, sheetText } from '../../src/report/index.ts';
import { formatBdf } from '../../src/uapi/index.ts';
import { randomServer } from './random-server.ts';

/** A switch with a GPU and a NIC below it, and a disk on a root port of its own. */
function machine(
  options: { readonly acs?: string; readonly link?: string; readonly kernel?: string; readonly disk?: string } = {},
): Analysis {
  const {
    acs = 'off',
    link = 'gen4 x16',
    kernel = '6.12.0',
    disk = '{kind: root-port, below: {kind: nvme}}',
  } = options;
  const read = readMachineDescription(
    `peerpath-machine: 1
kernel: ${kernel}
cpu: {vendor: GenuineIntel, family: 6, model: Xeon}
memory: 16G
host-bridges:
  - devices:
      - {kind: host-bridge, slot: 0, id: "8086:09a2"}
      - kind: root-port
        below:
          kind: switch
          acs: ${acs}
          below: [{kind: gpu, link: ${link}}, {kind: nic}]
      - ${disk}
`,
    'x.yaml',
  );
  assert(read.ok, read.ok ? '' : read.error.text);
  return analyze(read.value);
}

function diff(a: Analysis, b: Analysis): MachineDiff {
  return diffMachines(a.situation, b.situation);
}

describe('what differs', () => {
  it('nothing, of a machine and itself', () => {
    const found = diff(machine(), machine());
    expect([found.pairs, found.acs, found.links, found.drivers, found.moved, found.config]).toEqual([
      [],
      [],
      [],
      [],
      [],
      [],
    ]);
    expect(found.compared).toBe(6);
  });

  it('ACS redirect at two ports: both registers, and the pairs that turned, with both reasons', () => {
    const [a, b] = [machine(), machine({ acs: 'SV RR CR UF' })];
    const found = diff(a, b);
    expect(found.acs.map(({ first, second }) => [first, second])).toEqual([
      [0, 0x1d],
      [0, 0x1d],
    ]);
    const turns = found.pairs.map(({ first, second }) => [first.mapType, second.mapType]);
    expect(turns).toEqual([
      ['PCI_P2PDMA_MAP_BUS_ADDR', 'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE'],
      ['PCI_P2PDMA_MAP_BUS_ADDR', 'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE'],
    ]);
    const names = deviceNames(a.topology, undefined);
    const of = (analysis: Analysis) => ({ analysis, names, whatIf: undefined });
    const text = sheetText(diffSheet({ a: of(a), b: of(b) }, found), PLAIN);
    expect(text.split('\n')[0]).toBe(
      '2 of 6 ordered pairs of devices that both have answer otherwise: 2 direct → through the host bridge.',
    );
    expect(text).toMatch(/B: ACS sends peer traffic up to the host bridge at/);
  });

  it('a device that is in one alone, and the pairs of the others still compared', () => {
    const found = diff(machine(), machine({ disk: '{kind: root-port}' }));
    expect(found.functions.onlyFirst.map(({ bdf }) => formatBdf(bdf))).toEqual(['0000:05:00.0']);
    expect(found.functions.onlySecond).toEqual([]);
    expect(found.compared).toBe(2);
  });

  it('a link that runs slower, of the device and not of the port above it', () => {
    const found = diff(machine(), machine({ link: 'gen4 x8' }));
    expect(found.links.map(({ first, second }) => [first, second])).toEqual([
      [
        { speed: 16, width: 16 },
        { speed: 16, width: 8 },
      ],
    ]);
  });

  it('kernel release', () => {
    expect(diff(machine(), machine({ kernel: '7.1.0' })).release).toEqual({ first: '6.12.0', second: '7.1.0' });
  });
});

it('of random machines: no difference from themselves, and every function either matched or in one alone', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), (seed) => {
      const [a, b] = [seed, seed + 1].map((each) => randomServer(each, { functions: 30 }));
      assert(a !== undefined && b !== undefined, 'two machines');
      expect(diff(a, a).pairs).toEqual([]);
      expect(diff(a, a).functions.onlyFirst).toEqual([]);
      const there = diff(a, b);
      const { pairs, onlyFirst, onlySecond } = there.functions;
      expect(pairs.length + onlyFirst.length).toBe(a.topology.functions.length);
      expect(pairs.length + onlySecond.length).toBe(b.topology.functions.length);
      for (const { first, second } of there.pairs) expect(first.mapType).not.toBe(second.mapType);
    }),
    { numRuns: 40 },
  );
});
