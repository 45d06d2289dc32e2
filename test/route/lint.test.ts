/** Misfits that routing meets: each is found, named, and crashes nothing. */
import { describe, expect, test } from 'vitest';
import { Prng } from '../../src/base/index.ts';
import { randomMachine } from '../../src/lab/index.ts';
import { buildTopology } from '../../src/pci/index.ts';
import { lintTopology, Router } from '../../src/route/index.ts';
import { type HandFunction, handTopology } from './hand-machine.ts';

const FUNCTIONS: readonly HandFunction[] = [
  { bdf: '0000:00:01.0', type: 4, buses: [0, 1, 4], memory: [0x8000_0000n, 0x83ff_ffffn] },
  { bdf: '0000:00:02.0', type: 4, buses: [0, 5, 5], memory: [0x8400_0000n, 0x84ff_ffffn] },
  { bdf: '0000:01:00.0', type: 5, buses: [1, 2, 4], memory: [0x8000_0000n, 0x83ff_ffffn], parent: '0000:00:01.0' },
  { bdf: '0000:02:00.0', type: 6, buses: [2, 3, 3], memory: [0x8000_0000n, 0x80ff_ffffn], parent: '0000:01:00.0' },
  { bdf: '0000:02:01.0', type: 6, buses: [2, 4, 4], memory: [0x8100_0000n, 0x82ff_ffffn], parent: '0000:01:00.0' },
  { bdf: '0000:03:00.0', type: 0, bars: [[0x8000_0000n, 0x10_0000n]], parent: '0000:02:00.0' },
  { bdf: '0000:04:00.0', type: 0, bars: [[0x8100_0000n, 0x10_0000n]], parent: '0000:02:01.0' },
];

function lint(changes: Readonly<Record<string, Partial<HandFunction>>>): string[] {
  const topology = handTopology(FUNCTIONS.map((fn) => ({ ...fn, ...changes[fn.bdf.slice(5)] })));
  return lintTopology(topology).map(({ code, where, text }) => `${code} ${where}: ${text}`);
}

describe('a machine', () => {
  test.each([
    ['without misfits', {}, []],
    [
      'whose bridge windows overlap',
      { '02:01.0': { memory: [0x80f0_0000n, 0x82ff_ffffn] } },
      [
        'window-overlap 0000:02:01.0: Memory window of 0000:02:01.0 [+0x20] 0x80f00000-0x82ffffff overlaps ' +
          'Memory window of 0000:02:00.0 [+0x20] 0x80000000-0x80ffffff: both claim it',
      ],
    ],
    [
      'whose window is not inside the one above',
      { '02:01.0': { memory: [0x8100_0000n, 0x84ff_ffffn] } },
      [
        'window-outside-bridge 0000:02:01.0: Memory window of 0000:02:01.0 [+0x20] 0x81000000-0x84ffffff is in no ' +
          'window of 0000:01:00.0: nothing from above reaches it',
      ],
    ],
    [
      'whose BAR is outside every window',
      { '03:00.0': { bars: [[0x9000_0000n, 0x1000n]] } },
      [
        'bar-outside-windows 0000:03:00.0: BAR0 of 0000:03:00.0 [+0x10] 0x90000000-0x90000fff is in no window of ' +
          '0000:02:00.0: nothing from above reaches it',
      ],
    ],
    [
      'whose window the host bridge does not have',
      { '00:02.0': { memory: [0xe000_0000n, 0xe0ff_ffffn] } },
      [
        'window-outside-bridge 0000:00:02.0: Memory window of 0000:00:02.0 [+0x20] 0xe0000000-0xe0ffffff is in no ' +
          'window of host bridge 0000:00: nothing from above reaches it',
      ],
    ],
    [
      'with memory decode off',
      { '03:00.0': { command: 4 }, '02:01.0': { command: 4 } },
      [
        'memory-decode-off 0000:02:01.0: memory decode is switched off: its BARs and windows claim nothing',
        'memory-decode-off 0000:03:00.0: memory decode is switched off: its BARs and windows claim nothing',
      ],
    ],
    [
      'with a bridge that may not master',
      { '01:00.0': { command: 2 } },
      ['bridge-bus-master-off 0000:01:00.0: bus mastering of the bridge is off: nothing below can send'],
    ],
    [
      'whose bus numbers overlap',
      { '02:00.0': { buses: [2, 3, 4] } },
      ['bus-range-overlap 0000:02:01.0: its buses 4-4 overlap buses 3-4 of 0000:02:00.0'],
    ],
    [
      'whose bus numbers leave those above',
      { '02:01.0': { buses: [2, 4, 9] } },
      ['bus-range-outside-bridge 0000:02:01.0: its buses 4-9 are not within buses 2-4 of the bridge above'],
    ],
    [
      'whose bus numbers run backwards',
      { '02:01.0': { buses: [2, 4, 3] } },
      [
        'bus-range-inverted 0000:02:01.0: its buses 4-3 are none: the last comes before the first',
        'bus-outside-bridge 0000:04:00.0: its bus is not within buses 4-3 of the bridge above',
      ],
    ],
  ] as const)('%s', (_, changes, findings) => {
    expect(lint(changes)).toEqual(findings);
  });
});

test('generated machines have no overlaps and nothing outside its windows', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const topology = buildTopology(randomMachine(new Prng(seed), { functions: 60 }));
    expect(lintTopology(topology).filter(({ code }) => code !== 'bridge-bus-master-off')).toEqual([]);
  }
});

test('a machine whose registers are noise is linted and routed without a crash', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const prng = new Prng(seed);
    const capture = randomMachine(prng, { functions: 30 });
    for (const { config } of capture.functions) {
      for (let i = prng.below(12); i > 0; i--)
        config.bytes[prng.below(Math.max(1, config.bytes.length))] = prng.below(256);
    }
    const topology = buildTopology(capture);
    lintTopology(topology);
    const router = new Router(topology);
    for (const requester of topology.functions) {
      router.route({ requester, address: BigInt(prng.next()) * 0x1000n, kind: 'read' });
      router.route({ requester, address: 0x8000_0000n, kind: 'write', addressType: 'translated' });
    }
  }
});
