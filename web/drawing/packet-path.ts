/** The line that a packet travels along on a standing tree, and when it is where. */
import type { FlightView } from '../lab-protocol.ts';
import type { PacketStop, Place } from '../protocol.ts';
import { BOX_HEIGHT, BOX_WIDTH, type Box, gapsBetween, SHELF, type StandingTree } from './standing-tree.ts';

/** A point of the drawing. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A line with the distance from its start at every point. */
export interface PacketPath {
  readonly points: readonly Point[];
  readonly distances: readonly number[];
  readonly length: number;
}

/** Where a place is drawn: its box, or the nearest drawn box above it. */
export class Places {
  readonly tree: StandingTree;
  readonly #byFunction = new Map<number, number>();
  readonly #byRoot = new Map<number, number>();
  readonly #parentOf: (fn: number) => number;

  /** @param parentOf function above a function; -1 on a root bus */
  constructor(tree: StandingTree, parentOf: (fn: number) => number) {
    this.tree = tree;
    this.#parentOf = parentOf;
    tree.boxes.forEach(({ node }, at) => {
      if (node.what === 'function') this.#byFunction.set(node.fn.index, at);
      if (node.what === 'root') this.#byRoot.set(node.hostBridge, at);
    });
  }

  /** Index in the boxes of the tree; -1: memory, undefined: not drawn. */
  boxAt(place: Place): number | undefined {
    if (place === 'ram') return this.tree.ram === undefined ? undefined : -1;
    if (place < 0) return this.#byRoot.get(-1 - place);
    for (let fn = place; fn >= 0; fn = this.#parentOf(fn)) {
      const box = this.#byFunction.get(fn);
      if (box !== undefined) return box;
    }
    return undefined;
  }

  /** Its upper left corner. */
  cornerOf(box: number): Point | undefined {
    return box < 0 ? this.tree.ram : this.tree.boxes[box];
  }
}

/** Requests and completions keep to the right of the line they follow, so that two directions do not hide each other. */
const LANE = 5;

/** The way along some stops; undefined where too little of it is drawn. */
export function packetPath(stops: readonly PacketStop[], places: Places): PacketPath | undefined {
  const boxes = stops.flatMap(({ place }) => places.boxAt(place) ?? []);
  const [first] = boxes;
  if (first === undefined) return undefined;
  const line: Point[] = [centre(places, first)];
  boxes.slice(1).forEach((to, at) => {
    line.push(...between(places, boxes[at] ?? to, to));
  });
  const points = offset(straightened(line));
  const distances: number[] = [];
  let length = 0;
  points.forEach(({ x, y }, at) => {
    const before = points[at - 1];
    if (before !== undefined) length += Math.hypot(x - before.x, y - before.y);
    distances.push(length);
  });
  return { points, distances, length };
}

function centre(places: Places, box: number): Point {
  const { x, y } = places.cornerOf(box) ?? { x: 0, y: 0 };
  return { x: x + BOX_WIDTH / 2, y: y + BOX_HEIGHT / 2 };
}

/** Corners from the centre of a box to that of another, without the first. */
function between(places: Places, from: number, to: number): Point[] {
  const { boxes } = places.tree;
  const [up, down] = [ancestors(boxes, from), ancestors(boxes, to)];
  const meet = up.find((box) => down.includes(box));
  const [end, start] = [centre(places, to), centre(places, from)];
  if (meet === undefined) {
    const [top, target] = [centre(places, up.at(-1) ?? from), centre(places, down.at(-1) ?? to)];
    const over = Math.min(top.y, target.y) - BOX_HEIGHT / 2 - 12;
    const rise = climb(places, up);
    return [...rise, { x: (rise.at(-1) ?? start).x, y: over }, { x: target.x, y: over }, target, ...fall(places, down)];
  }
  const upTo = up.slice(0, up.indexOf(meet) + 1);
  const downTo = down.slice(0, down.indexOf(meet) + 1);
  if (upTo.length === 1) return fall(places, downTo);
  if (downTo.length === 1) return climb(places, upTo);
  // Across the bus that both are on, past the box that it belongs to.
  const shelf = (boxes[meet]?.y ?? 0) + BOX_HEIGHT + SHELF;
  const [left, right] = [upTo.slice(0, -1), downTo.slice(0, -1)];
  const [turn, landing] = [centre(places, left.at(-1) ?? from), centre(places, right.at(-1) ?? to)];
  return [
    ...climb(places, left),
    { x: turn.x, y: shelf },
    { x: landing.x, y: shelf },
    landing,
    ...fall(places, right),
    end,
  ];
}

/** A box and all above it. Memory has nothing above. */
function ancestors(boxes: readonly Box[], box: number): number[] {
  const all: number[] = [box];
  for (let at = boxes[box]?.parent ?? -1; at >= 0; at = boxes[at]?.parent ?? -1) all.push(at);
  return all;
}

/** From the first of a chain of boxes, each above the one before, to the last. */
function climb(places: Places, chain: readonly number[]): Point[] {
  return chain.slice(1).flatMap((box, at) => {
    const [from, to] = [centre(places, chain[at] ?? box), centre(places, box)];
    const shelf = to.y + BOX_HEIGHT / 2 + SHELF;
    return [{ x: from.x, y: shelf }, { x: to.x, y: shelf }, to];
  });
}

function fall(places: Places, chain: readonly number[]): Point[] {
  return climb(places, chain)
    .slice(0, -1)
    .reverse()
    .concat(chain.length > 1 ? [centre(places, chain[0] ?? 0)] : []);
}

/** Without points in a row that are one, or that lie on one line and in one direction. */
function straightened(line: readonly Point[]): Point[] {
  const kept: Point[] = [];
  for (const point of line) {
    const last = kept.at(-1);
    if (last !== undefined && last.x === point.x && last.y === point.y) continue;
    const before = kept.at(-2);
    if (last !== undefined && before !== undefined && sameWay(before, last, point)) kept.pop();
    kept.push(point);
  }
  return kept;
}

function sameWay(a: Point, b: Point, c: Point): boolean {
  return Math.sign(b.x - a.x) === Math.sign(c.x - b.x) && Math.sign(b.y - a.y) === Math.sign(c.y - b.y);
}

/** Every stretch moved to its right. */
function offset(line: readonly Point[]): Point[] {
  const moved: Point[] = [];
  line.forEach((point, at) => {
    const [before, after] = [line[at - 1], line[at + 1]];
    const into = before === undefined ? undefined : sideways(before, point);
    const out = after === undefined ? undefined : sideways(point, after);
    const turnsBack = into !== undefined && out !== undefined && into.x === -out.x && into.y === -out.y;
    if (turnsBack) moved.push({ x: point.x + into.x, y: point.y + into.y }, { x: point.x + out.x, y: point.y + out.y });
    else {
      const straight = into !== undefined && out !== undefined && into.x === out.x && into.y === out.y;
      const x = (into?.x ?? 0) + (straight ? 0 : (out?.x ?? 0));
      const y = (into?.y ?? 0) + (straight ? 0 : (out?.y ?? 0));
      moved.push({ x: point.x + x, y: point.y + y });
    }
  });
  return moved;
}

function sideways(from: Point, to: Point): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  return { x: (-(to.y - from.y) / length) * LANE, y: ((to.x - from.x) / length) * LANE };
}

/** The point at a distance from the start. */
export function pointAt({ points, distances, length }: PacketPath, distance: number): Point {
  const wanted = Math.min(Math.max(distance, 0), length);
  const at = Math.max(
    1,
    distances.findIndex((done) => done >= wanted),
  );
  const [from, to] = [points[at - 1], points[at]];
  if (from === undefined) return { x: 0, y: 0 };
  if (to === undefined) return from;
  const start = distances[at - 1] ?? 0;
  const part = (wanted - start) / Math.max(1e-6, (distances[at] ?? 0) - start);
  return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
}

/** As the path of an SVG. */
export function pathText({ points }: PacketPath): string {
  return points.map(({ x, y }, at) => `${at === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('');
}

/** Small arrowheads along the line, between one box and the next: which way it goes, for who sees no movement. */
export function arrowsText({ points }: PacketPath): string {
  const heads: string[] = [];
  points.slice(1).forEach((to, at) => {
    const from = points[at] ?? to;
    const [dx, dy] = [Math.sign(Math.round(to.x - from.x)), Math.sign(Math.round(to.y - from.y))];
    const middles = dx === 0 ? gapsBetween(from.y, to.y).map((y) => ({ x: from.x, y })) : [middle(from, to)];
    if (dx !== 0 && Math.abs(to.x - from.x) < 40) return;
    for (const { x, y } of middles) {
      const [tipX, tipY] = [x + dx * 4, y + dy * 4];
      const corner = (side: number): string => `${tipX - dx * 7 - dy * 4.5 * side} ${tipY - dy * 7 + dx * 4.5 * side}`;
      heads.push(`M${corner(1)}L${tipX} ${tipY}L${corner(-1)}`);
    }
  });
  return heads.join('');
}

function middle(from: Point, to: Point): Point {
  return { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
}

/** Drawing units that a packet travels in a millisecond. */
const PACE = 0.42;
/** Dots of one run of requests, and how far they are apart. */
export const DOTS = 5;
export const DOT_GAP = 26;
/** Between one run and the next. */
export const FLIGHT_DELAY = 420;

/** Milliseconds until the last dot of a train has arrived. */
export function travelTime(path: PacketPath): number {
  return (path.length + (DOTS - 1) * DOT_GAP) / PACE;
}

/** How far the first dot is after some time. */
export function travelled(time: number): number {
  return time * PACE;
}

/** About how long some flights take to be shown, milliseconds, whatever the tree they are drawn on. */
export function flightsTime(flights: readonly FlightView[]): number {
  const times = flights.map(({ stops, back }, at) => {
    const hops = stops.length - 1 + Math.max(0, back.length - 1);
    return at * FLIGHT_DELAY + (hops * 100 + 2 * DOTS * DOT_GAP) / PACE;
  });
  return Math.max(0, ...times);
}
