/** The standing tree of the lab, and the lines that packets travel along on it. */
import { describe, expect, test } from 'vitest';
import { outline } from '../../web/drawing/outline.ts';
import { arrowsText, Places, packetPath, pointAt } from '../../web/drawing/packet-path.ts';
import { BOX_HEIGHT, BOX_WIDTH, standingTree } from '../../web/drawing/standing-tree.ts';
import type { FunctionView, MachineView, PacketStop, Place } from '../../web/protocol.ts';

/** Parents by index: 0 and 1 root ports, 2 switch below 0, 3 and 4 its ports, 5 and 6 devices; 7 device below 1. */
const PARENTS = [-1, -1, 0, 2, 2, 3, 4, 1];
const machine = {
  functions: PARENTS.map(
    (parent, index): FunctionView =>
      ({ index, parent, physfn: -1, hostBridge: 0, bdf: `f${index}`, kind: 'gpu', bridge: index < 5 }) as FunctionView,
  ),
  hostBridges: [{ name: '0000:00', numaNode: undefined }],
} as unknown as MachineView;

const items = outline(machine, { folds: new Map(), only: new Set([5, 6, 7]), everything: false, shown: new Set() });
const tree = standingTree(items, true);
const places = new Places(tree, (fn) => PARENTS[fn] ?? -1);

function corner(place: Place): { x: number; y: number } {
  const found = places.cornerOf(places.boxAt(place) ?? -2);
  if (found === undefined) throw new Error(`${place} is not drawn`);
  return found;
}

function stops(...way: Place[]): PacketStop[] {
  return way.map((place) => ({ place, name: String(place), rules: [] }));
}

/** The boxes that a line passes, in order. */
function passed(way: readonly Place[]): Place[] {
  const path = packetPath(stops(...way), places);
  const all: Place[] = ['ram', -1, 0, 1, 2, 3, 4, 5, 6, 7];
  const found: Place[] = [];
  for (let distance = 0; path !== undefined && distance <= path.length; distance += 2) {
    const { x, y } = pointAt(path, distance);
    const inside = all.find((place) => {
      const at = corner(place);
      return x > at.x && x < at.x + BOX_WIDTH && y > at.y && y < at.y + BOX_HEIGHT;
    });
    if (inside !== undefined && inside !== found.at(-1)) found.push(inside);
  }
  return found;
}

describe('a standing tree', () => {
  test('has host bridges on top, and every box over the middle of what is below it', () => {
    expect(corner(-1).y).toBeLessThan(corner(0).y);
    expect(corner(2).x).toBe((corner(3).x + corner(4).x) / 2);
    expect(corner(5).x).toBe(corner(3).x);
  });

  test('has no two boxes over each other', () => {
    const corners = [...tree.boxes, tree.ram].filter((box) => box !== undefined);
    for (const [at, a] of corners.entries())
      for (const b of corners.slice(at + 1))
        expect(Math.abs(a.x - b.x) >= BOX_WIDTH || Math.abs(a.y - b.y) >= BOX_HEIGHT).toBe(true);
  });
});

describe('a packet', () => {
  test.each<readonly [string, Place[], Place[]]>([
    ['between ports of a switch crosses its bus, not its upstream port', [6, 4, 3, 5], [6, 4, 3, 5]],
    ['redirected passes every box up and down again', [6, 4, 2, 0, -1, 0, 2, 3, 5], [6, 4, 2, 0, -1, 0, 2, 3, 5]],
    ['to another root port passes the host bridge', [6, 4, 2, 0, -1, 1, 7], [6, 4, 2, 0, -1, 1, 7]],
    ['to memory leaves the tree at the host bridge', [7, 1, -1, 'ram'], [7, 1, -1, 'ram']],
    ['that is stopped ends where it is stopped', [7, 1, -1], [7, 1, -1]],
  ])('%s', (_, way, expected) => {
    expect(passed(way)).toEqual(expected);
  });

  test('keeps to its side: what comes back does not cover what went', () => {
    const there = packetPath(stops(7, 1, -1), places);
    const back = packetPath(stops(-1, 1, 7), places);
    expect(there?.points[0]?.x).not.toBe(back?.points.at(-1)?.x);
  });

  test('shows its direction between boxes', () => {
    const path = packetPath(stops(6, 4, 3, 5), places);
    expect(path && arrowsText(path).match(/M/g)?.length).toBeGreaterThanOrEqual(3);
  });

  test('at a function that is not drawn is drawn at what is above it', () => {
    const few = standingTree(
      outline(machine, { folds: new Map(), only: new Set([0]), everything: false, shown: new Set() }),
      false,
    );
    const above = new Places(few, (fn) => PARENTS[fn] ?? -1);
    expect(above.boxAt(6)).toBe(above.boxAt(0));
    expect(above.boxAt('ram')).toBeUndefined();
  });
});
