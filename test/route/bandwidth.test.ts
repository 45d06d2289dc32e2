/** Sums worked by hand: rates of links, ceilings of routes, links that several routes share. */
import { describe, expect, test } from 'vitest';
import { factValue } from '../../src/capture/index.ts';
import {
  linkRate,
  packetEfficiency,
  type Route,
  type RouteBandwidth,
  Router,
  routeBandwidth,
  sharedLinks,
} from '../../src/route/index.ts';
import { formatBdf } from '../../src/uapi/index.ts';
import { at, type HandFunction, handTopology } from './hand-machine.ts';

describe('a link', () => {
  test.each([
    // GT/s, lanes, GB/s: lanes * GT/s / 8 * line code
    [2.5, 1, 0.25],
    [5, 4, 2],
    [8, 16, 15.7538],
    [16, 4, 7.8769],
    [16, 16, 31.5077],
    [32, 16, 63.0154],
    [64, 16, 121],
  ])('of %d GT/s and %d lanes carries %d GB/s', (speed, width, rate) => {
    expect(linkRate(speed, width)).toBeCloseTo(rate, 4);
  });
});

describe('packets', () => {
  test.each([
    // speed, header, payload, payload / (payload + header + framing)
    [16, 'request-64', 128, 128 / 152],
    [16, 'request-64', 256, 256 / 280],
    [16, 'request-32', 256, 256 / 276],
    [16, 'completion', 512, 512 / 532],
    [64, 'request-64', 256, ((236 / 242) * 256) / 272],
  ] as const)('at %d GT/s, %s with %d bytes: %d of the rate', (speed, header, payload, efficiency) => {
    expect(packetEfficiency(speed, header, payload)).toBeCloseTo(efficiency, 10);
  });
});

/**
 *     00:01.0 root port =16GT/s x16= 01:00.0 up - 02:00.0 =16GT/s x16= 03:00.0
 *                                               - 02:01.0 =8GT/s x8 of 16GT/s x16= 04:00.0 (refuses more than 128 bytes)
 *                                               - 02:02.0 =32GT/s x8= 05:00.0
 */
const link = (
  speed: number,
  width: number,
  now: readonly [number, number] = [speed, width],
): HandFunction['link'] & object => ({
  max: [speed, width],
  now,
});
const FUNCTIONS: readonly HandFunction[] = [
  {
    bdf: '0000:00:01.0',
    type: 4,
    buses: [0, 1, 5],
    memory: [0x8000_0000n, 0x83ff_ffffn],
    acs: [0x7f, 0x10],
    link: link(4, 16),
  },
  {
    bdf: '0000:01:00.0',
    type: 5,
    buses: [1, 2, 5],
    memory: [0x8000_0000n, 0x83ff_ffffn],
    parent: '0000:00:01.0',
    link: link(4, 16),
  },
  {
    bdf: '0000:02:00.0',
    type: 6,
    buses: [2, 3, 3],
    memory: [0x8000_0000n, 0x80ff_ffffn],
    parent: '0000:01:00.0',
    link: link(4, 16),
  },
  {
    bdf: '0000:02:01.0',
    type: 6,
    buses: [2, 4, 4],
    memory: [0x8100_0000n, 0x81ff_ffffn],
    parent: '0000:01:00.0',
    link: link(4, 16, [3, 8]),
  },
  {
    bdf: '0000:02:02.0',
    type: 6,
    buses: [2, 5, 5],
    memory: [0x8200_0000n, 0x82ff_ffffn],
    parent: '0000:01:00.0',
    link: link(5, 16, [5, 8]),
  },
  { bdf: '0000:03:00.0', type: 0, bars: [[0x8000_0000n, 0x10_0000n]], parent: '0000:02:00.0', link: link(4, 16) },
  {
    bdf: '0000:04:00.0',
    type: 0,
    bars: [[0x8100_0000n, 0x10_0000n]],
    parent: '0000:02:01.0',
    link: link(4, 16, [3, 8]),
    payload: [0, 2],
  },
  { bdf: '0000:05:00.0', type: 0, bars: [[0x8200_0000n, 0x10_0000n]], parent: '0000:02:02.0', link: link(5, 8) },
];

function routesOf(
  changes: Readonly<Record<string, Partial<HandFunction>>> = {},
): (from: string, address: bigint, kind: Route['tlp']['kind']) => RouteBandwidth | undefined {
  const topology = handTopology(FUNCTIONS.map((fn) => ({ ...fn, ...changes[fn.bdf.slice(5)] })));
  const router = new Router(topology);
  return (from, address, kind) => routeBandwidth(router.route({ requester: at(topology, from), address, kind }));
}

function linksOf(bandwidth: RouteBandwidth | undefined): string[] | undefined {
  return bandwidth?.links.map(({ port, direction, downgraded }) =>
    [formatBdf(port.bdf), direction, ...(factValue(downgraded) ? ['downgraded'] : [])].join(' '),
  );
}

describe('a route', () => {
  test('within a switch passes two links, and the slower one is its ceiling', () => {
    const write = routesOf()('0000:03:00.0', 0x8200_0000n, 'write');
    expect(linksOf(write)).toEqual(['0000:02:00.0 up', '0000:02:02.0 down']);
    expect(write?.narrowest?.port.bdf).toBe(write?.links[0]?.port.bdf);
    expect(write && factValue(write.payload)).toBe(256);
    // 31.5077 GB/s * 256 / (256 + 12 + 8)
    expect(write && factValue(write.ceiling)).toBeCloseTo(29.2245, 3);
    expect(write?.refusing).toEqual([]);
  });

  test('a read sends its data the other way, in packets of the completer', () => {
    const read = routesOf()('0000:03:00.0', 0x8100_0000n, 'read');
    expect(linksOf(read)).toEqual(['0000:02:01.0 up downgraded', '0000:02:00.0 down']);
    expect(read && factValue(read.payload)).toBe(128);
    // 8 GT/s x8: 7.8769 GB/s * 128 / (128 + 12 + 8)
    expect(read && factValue(read.ceiling)).toBeCloseTo(6.8125, 3);
  });

  test('a write with more payload than the receiver is set to is refused', () => {
    const write = routesOf()('0000:03:00.0', 0x8100_0000n, 'write');
    expect(write?.refusing.map(({ bdf }) => formatBdf(bdf))).toEqual(['0000:04:00.0']);
  });

  test('a redirected one passes the links to the root complex too', () => {
    const write = routesOf({ '02:00.0': { acs: [0x7f, 0x04] } })('0000:03:00.0', 0x8200_0000n, 'write');
    expect(linksOf(write)).toEqual(['0000:02:00.0 up', '0000:00:01.0 up', '0000:00:01.0 down', '0000:02:02.0 down']);
  });

  test('to memory passes the links up, from memory the links down', () => {
    expect(linksOf(routesOf()('0000:05:00.0', 0x1000n, 'write'))).toEqual(['0000:02:02.0 up', '0000:00:01.0 up']);
    expect(linksOf(routesOf()('0000:05:00.0', 0x1000n, 'read'))).toEqual(['0000:00:01.0 down', '0000:02:02.0 down']);
  });

  test('that reaches nothing carries nothing', () => {
    expect(routesOf()('0000:05:00.0', 0xd000_0000n, 'write')).toBeUndefined();
  });

  test('over a link that is not known has no ceiling, and the facts are named', () => {
    const hidden = { '02:02.0': { readable: 64 }, '05:00.0': { readable: 64 } };
    const write = routesOf(hidden)('0000:03:00.0', 0x8200_0000n, 'write');
    expect(write === undefined || write.ceiling.state).toBe('unreadable');
    const named = (bandwidth: RouteBandwidth | undefined) =>
      bandwidth?.missing.map(({ fact, device }) => `${fact} of ${device}`);
    expect(named(write)).toEqual(['link speed of 0000:02:02.0', 'link width of 0000:02:02.0']);
    const read = routesOf({ '05:00.0': { readable: 64 } })('0000:03:00.0', 0x8200_0000n, 'read');
    expect(named(read)).toEqual(['Max_Payload_Size of 0000:05:00.0']);
    expect(read?.narrowest).toBeUndefined();
  });
});

test('routes that send at once share links by direction', () => {
  const route = routesOf();
  const shared = sharedLinks([
    route('0000:03:00.0', 0x8200_0000n, 'write'),
    route('0000:04:00.0', 0x8200_0000n, 'write'),
    route('0000:05:00.0', 0x8000_0000n, 'write'),
  ]);
  expect(shared.map(({ link: { port, direction }, users }) => [formatBdf(port.bdf), direction, users])).toEqual([
    ['0000:02:02.0', 'down', [0, 1]],
  ]);
  // 32 GT/s x8: 31.5077 GB/s * 256 / 276, by two
  expect(shared[0] && factValue(shared[0].share)).toBeCloseTo(14.6123, 3);
});
