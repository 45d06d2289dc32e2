/** A tree that stands on its head, as PCIe is drawn: host bridges on top, devices at the bottom. */
import type { Item } from './outline.ts';

/** Size of every box. */
export const BOX_WIDTH = 156;
export const BOX_HEIGHT = 28;

/** One box. Positions in drawing units. */
export interface Box extends Item {
  readonly x: number;
  readonly y: number;
}

/** A tree with memory beside its host bridges. */
export interface StandingTree {
  readonly boxes: readonly Box[];
  readonly width: number;
  readonly height: number;
  /** Upper left corner of the box for the machine's memory. */
  readonly ram: { readonly x: number; readonly y: number } | undefined;
}

const SLOT = BOX_WIDTH + 22;
const LEVEL = 66;
const TOP = 32;
const SIDE = 14;
/** From the bottom of a box to the line that its children share. */
export const SHELF = 16;

/** Places the boxes of an outline. */
export function standingTree(boxes: readonly Item[], withRam: boolean): StandingTree {
  const middles = new Float64Array(boxes.length);
  const spans = boxes.map(() => ({ from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY }));
  const parents = new Set(boxes.map(({ parent }) => parent));
  let slots = 0;
  boxes.forEach((_, at) => {
    if (!parents.has(at)) middles[at] = SIDE + BOX_WIDTH / 2 + SLOT * slots++;
  });
  // Children stand behind their parents in the list, so from the back each is placed before it is needed.
  for (let at = boxes.length - 1; at >= 0; at--) {
    const span = spans[at];
    if (span !== undefined && span.from <= span.to) middles[at] = (span.from + span.to) / 2;
    const above = spans[boxes[at]?.parent ?? -1];
    if (above === undefined) continue;
    above.from = Math.min(above.from, middles[at] ?? 0);
    above.to = Math.max(above.to, middles[at] ?? 0);
  }
  const placed = boxes.map(
    (box, at): Box => ({
      ...box,
      folded: undefined,
      x: (middles[at] ?? 0) - BOX_WIDTH / 2,
      y: TOP + box.depth * LEVEL,
    }),
  );
  const deepest = boxes.reduce((most, { depth }) => Math.max(most, depth), 0);
  const lastRoot = placed.reduce((most, { depth, x }) => (depth === 0 ? Math.max(most, x) : most), 0);
  const ram = withRam ? { x: lastRoot + SLOT, y: TOP } : undefined;
  const right = Math.max(SIDE + SLOT * slots - 22, ram === undefined ? 0 : ram.x + BOX_WIDTH);
  return { boxes: placed, ram, width: right + SIDE, height: TOP + deepest * LEVEL + BOX_HEIGHT + 50 };
}

/** Heights below the shelves between two heights: where nothing but lines is drawn. */
export function gapsBetween(from: number, to: number): number[] {
  const [high, low] = [Math.min(from, to), Math.max(from, to)];
  const gaps: number[] = [];
  for (let y = TOP + BOX_HEIGHT + (LEVEL - BOX_HEIGHT + SHELF) / 2; y < low; y += LEVEL) if (y > high) gaps.push(y);
  return gaps;
}

/** The line from a box down to one below it. */
export function hangingLine(parent: Box, box: Box): string {
  const [from, to] = [parent.x + BOX_WIDTH / 2, box.x + BOX_WIDTH / 2];
  const top = parent.y + BOX_HEIGHT;
  if (Math.abs(from - to) < 1) return `M${from} ${top}V${box.y}`;
  const shelf = top + SHELF;
  const turn = to > from ? 6 : -6;
  return `M${from} ${top}V${shelf - 6}Q${from} ${shelf} ${from + turn} ${shelf}H${to - turn}Q${to} ${shelf} ${to} ${shelf + 6}V${box.y}`;
}
