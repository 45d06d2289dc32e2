import { describe, expect, test } from 'vitest';
import { functionOf, read } from '../../../test/capture/lspci-fixture.ts';
import { formatBdf, parseBdf } from '../../uapi/index.ts';
import { ABSENT, factValue, known } from '../fact.ts';
import { TreeReader } from './tree-lines.ts';

const TREE = `-+-[0000:c0]-+-00.0  Advanced Micro Devices, Inc. [AMD] Device 14a4
 |           +-01.1-[c1]--+-00.0  NVIDIA Corporation AD102GL
 |           |            \\-00.1  NVIDIA Corporation AD102 High Definition Audio Controller
 |           +-03.1-[c2-c9]----00.0-[c3-c9]--+-00.0-[c4]----00.0  Samsung 990
 |           |                               +-04.0-[c5]--
 |           |                               \\-1c.0-[c6-c9]----00.0
 |           \\-07.1-[ca]----00.0  Advanced Micro Devices, Inc. [AMD] Device 14ac
 \\-[0000:00]-+-00.0  Advanced Micro Devices, Inc. [AMD] Device 14a4
             \\-14.3  Advanced Micro Devices, Inc. [AMD] FCH LPC Bridge
`;

function placesOf(tree: string): Map<string, string> {
  const reader = new TreeReader();
  tree.split('\n').forEach((line, index) => {
    reader.line(line, index + 1);
  });
  return new Map(
    [...reader.drawn.values()].map(({ bdf, parent, rootBus }) => [
      formatBdf(bdf),
      `${parent === undefined ? 'root bus' : formatBdf(parent)} of ${rootBus.domain}:${rootBus.bus.toString(16)}`,
    ]),
  );
}

test.each([
  ['from the middle', (tree: string) => tree.replace(/^.*\n/, ' +-[0000:c0]-+-00.0\n')],
  ['without its first column', (tree: string) => tree.replace(/^.*\n/, ' +-[0000:c0]-+-00.0\n').replace(/^ /gm, '')],
])('a drawing %s tells as much', (_what, change) => {
  expect(placesOf(change(TREE))).toEqual(placesOf(TREE));
});

describe('the drawing tells the bridge above each function', () => {
  test.each([
    ['0000:c0:00.0', 'root bus of 0:c0'],
    ['0000:c0:01.1', 'root bus of 0:c0'],
    ['0000:c1:00.0', '0000:c0:01.1 of 0:c0'],
    ['0000:c1:00.1', '0000:c0:01.1 of 0:c0'],
    ['0000:c2:00.0', '0000:c0:03.1 of 0:c0'],
    ['0000:c3:04.0', '0000:c2:00.0 of 0:c0'],
    ['0000:c4:00.0', '0000:c3:00.0 of 0:c0'],
    ['0000:c6:00.0', '0000:c3:1c.0 of 0:c0'],
    ['0000:ca:00.0', '0000:c0:07.1 of 0:c0'],
    ['0000:00:14.3', 'root bus of 0:0'],
  ])('%s: %s', (address, place) => {
    expect(placesOf(TREE).get(address)).toBe(place);
  });

  test('every function is placed, and none else', () => {
    expect(placesOf(TREE).size).toBe(15);
    expect(placesOf('+-- src\n|   +-00.0\n\\-01.0\n- 00.0 a list\n').size).toBe(0);
  });

  test.each([
    {
      what: 'one root bus',
      tree: '-[0000:00]-+-00.0\n           \\-02.0-[01]----00.0\n',
      expected: '0000:00:02.0 of 0:0',
    },
    {
      what: 'before domains were printed',
      tree: '-[00]-+-00.0\n      \\-02.0-[01]----00.0\n',
      expected: '0000:00:02.0 of 0:0',
    },
  ])('$what', ({ tree, expected }) => {
    expect(placesOf(tree).get('0000:01:00.0')).toBe(expected);
  });

  test('VMD domains have five digits', () => {
    expect(placesOf('-[10000:e0]-+-06.0-[e1]----00.0  SSD\n').get('10000:e1:00.0')).toBe('10000:e0:06.0 of 65536:e0');
  });
});

describe('what a drawing tells of functions', () => {
  const drawn = (address: string, text: string = TREE) => functionOf(read(text), address);

  test('they are there, with the ids that their names stand for', () => {
    expect(read(TREE).functions).toHaveLength(15);
    const root = drawn('0000:c0:00.0');
    expect([root.vendor, root.device].map(factValue)).toEqual([0x1022, 0x14a4]);
    expect(factValue(root.printedName)).toBe('Advanced Micro Devices, Inc. [AMD] Device 14a4');
    expect(factValue(drawn('0000:c1:00.0').vendor)).toBe(0x10de);
  });

  test('bridges have the buses that are drawn behind them, and the others none', () => {
    const buses = (address: string) => [0x18, 0x19, 0x1a].map((at) => drawn(address).config.read8(at));
    expect(buses('0000:c0:03.1')).toEqual([0xc0, 0xc2, 0xc9]);
    expect(buses('0000:c3:04.0')).toEqual([0xc3, 0xc5, 0xc5]);
    expect(buses('0000:c4:00.0')).toEqual([undefined, undefined, undefined]);
  });

  test('what people write beside it is no name', () => {
    expect(drawn('0000:c0:00.0', '-[0000:c0]-+-00.0  <-- the root\n').printedName.state).toBe('unreadable');
  });

  test('another tree of the same machine adds what the first lacks', () => {
    expect(factValue(drawn('0000:c0:00.0', `-[0000:c0]-+-00.0\n\n${TREE}`).device)).toBe(0x14a4);
  });
});

describe('beside the text of some functions', () => {
  const gpus = 'c1:00.0 3D controller: X\n\tControl: Mem+\n\nc0:00.0 Host bridge: Y\n\n99:00.0 3D controller: Z\n';

  test.each([
    { pasted: 'before', text: TREE + gpus },
    { pasted: 'behind', text: `${gpus}\n$ lspci -tv\n${TREE}` },
    { pasted: 'quoted', text: (gpus + TREE).replace(/^/gm, '> ') },
    { pasted: 'indented', text: (TREE + gpus).replace(/^/gm, '\t') },
  ])('$pasted: it tells where they stand, and which others there are', ({ text }) => {
    const capture = read(text);
    expect(capture.functions).toHaveLength(16);
    const gpu = functionOf(capture, '0000:c1:00.0');
    expect(gpu.parent).toEqual(known(parseBdf('c0:01.1')));
    expect(gpu.rootBus).toEqual(known({ domain: 0, bus: 0xc0 }));
    expect(functionOf(capture, '0000:c0:00.0').parent).toEqual(ABSENT);
    expect(functionOf(capture, '0000:99:00.0').parent.state).toBe('unreadable');
    expect((factValue(capture.rootBuses) ?? []).map(({ bus }) => bus)).toEqual([0, 0xc0]);
  });

  test('without a tree root buses are not told', () => {
    expect(read(gpus).rootBuses.state).toBe('unreadable');
  });
});
