/** Draws the part of a matrix that is in sight. */
import { between, type CellContent, type CellScale, gapOf, type MatrixTiles } from './matrix-cells.ts';
import type { MatrixOrder } from './matrix-order.ts';

/** What the matrix shows, and at which size, in CSS pixels. */
export interface MatrixScene extends CellContent, CellScale {
  /** Room for row and column names. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly selected: Place | undefined;
}

/** What changes while a pointer moves. */
export interface MatrixLook {
  readonly scrollX: number;
  readonly scrollY: number;
  readonly hovered: Place | undefined;
  readonly focused: boolean;
}

/** A cell. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

type Drawn = MatrixScene & MatrixLook;

/** Gap after a group of rows. */
const GAP = 8;

/** Where rows begin, with the gaps between groups; one more for the end. */
export function offsetsOf(order: MatrixOrder, cell: number): Float64Array {
  const offsets = new Float64Array(order.rows.length + 1);
  let at = 0;
  for (const [index, group] of order.groups.entries()) {
    if (index > 0) at += cell < 8 ? 2 : GAP;
    for (let row = group.from; row < group.to; row++) {
      offsets[row] = at;
      at += cell;
    }
  }
  offsets[order.rows.length] = at;
  return offsets;
}

/** The row at a place, or -1. */
export function rowAt(offsets: Float64Array, cell: number, place: number): number {
  let [low, high] = [0, offsets.length - 2];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((offsets[middle] ?? 0) <= place) low = middle;
    else high = middle - 1;
  }
  const within = place - (offsets[low] ?? 0);
  return high >= 0 && within >= 0 && within < cell ? low : -1;
}

/** Draws the scene. */
export function drawMatrix(
  context: CanvasRenderingContext2D,
  scene: MatrixScene,
  look: MatrixLook,
  tiles: MatrixTiles,
): void {
  const drawn: Drawn = { ...scene, ...look };
  const { width, height, left, top, offsets, ratio, scrollX, scrollY } = drawn;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const rows = between(offsets, scrollY, scrollY + height - top);
  const columns = between(offsets, scrollX, scrollX + width - left);
  context.save();
  context.beginPath();
  context.rect(left, top, width - left, height - top);
  context.clip();
  tiles.draw(context, drawn);
  drawSelection(context, drawn);
  context.restore();
  context.font = `12px ${FONT}`;
  context.textBaseline = 'middle';
  drawRowNames(context, drawn, rows);
  drawColumnNames(context, drawn, columns);
}

const FONT = 'system-ui, sans-serif';

type Sight = readonly [from: number, to: number];

function drawSelection(context: CanvasRenderingContext2D, scene: Drawn): void {
  const { cell, offsets, left, top, scrollX, scrollY, palette, selected, hovered } = scene;
  const mark = (place: Place, strong: boolean): void => {
    const x = left + (offsets[place.column] ?? 0) - scrollX;
    const y = top + (offsets[place.row] ?? 0) - scrollY;
    const gap = gapOf(cell);
    context.strokeStyle = strong ? palette.accent : palette.muted;
    context.globalAlpha = strong ? 0.7 : 0.5;
    context.fillStyle = strong ? palette.accent : palette.muted;
    // Beside the cells of row and column, not over them.
    context.fillRect(left, y + cell - gap, Math.max(0, x - left - 2), 1);
    context.fillRect(x + cell - gap, top, 1, Math.max(0, y - top - 2));
    context.globalAlpha = 1;
    context.lineWidth = strong ? 2.5 : 1.5;
    context.strokeRect(x - 1, y - 1, cell - gap + 2, cell - gap + 2);
    if (strong && scene.focused) {
      context.lineWidth = 1;
      context.strokeStyle = palette.paper;
      context.strokeRect(x + 1, y + 1, cell - gap - 2, cell - gap - 2);
    }
  };
  if (hovered !== undefined) mark(hovered, false);
  if (selected !== undefined) mark(selected, true);
}

function drawRowNames(context: CanvasRenderingContext2D, scene: Drawn, [from, to]: Sight): void {
  const { order, offsets, cell, left, top, scrollY, palette, selected, hovered } = scene;
  context.save();
  context.beginPath();
  context.rect(0, top, left, scene.height - top);
  context.clip();
  context.textAlign = 'left';
  if (cell < 11) {
    for (const group of order.groups) {
      const y = top + (offsets[group.from] ?? 0) - scrollY;
      const end = top + (offsets[group.to - 1] ?? 0) + cell - scrollY;
      if (end < top || y > scene.height) continue;
      context.fillStyle = palette.line;
      context.fillRect(left - 4, y, 2, end - y);
      if (end - y < 12) continue;
      context.fillStyle = palette.muted;
      context.fillText(group.title, 6, Math.max(y, top) + 8, left - 14);
    }
  }
  for (let row = from; row < to; row++) {
    const marked = selected?.row === row || hovered?.row === row;
    if (cell < 11 && !marked) continue;
    const fn = order.functions[row];
    if (fn === undefined) continue;
    const y = top + (offsets[row] ?? 0) - scrollY + cell / 2;
    const label = fn.label ?? fn.bdf;
    if (cell < 11) {
      context.fillStyle = palette.paper;
      context.fillRect(0, y - 8, left - 5, 16);
    }
    context.fillStyle = selected?.row === row ? palette.accent : palette.ink;
    context.font = `${selected?.row === row ? 600 : 400} 12px ${FONT}`;
    context.fillText(label, 6, y, left - 12);
    if (left > 150) {
      const used = Math.max(64, context.measureText(label).width + 18);
      context.fillStyle = palette.muted;
      context.font = `11px ${FONT}`;
      context.fillText(clip(context, order.names[row] ?? '', left - used - 10), used, y);
    }
  }
  context.restore();
}

function drawColumnNames(context: CanvasRenderingContext2D, scene: Drawn, [from, to]: Sight): void {
  const { order, offsets, cell, left, top, scrollX, palette, selected, hovered } = scene;
  context.save();
  context.beginPath();
  context.rect(left, 0, scene.width - left, top);
  context.clip();
  context.textAlign = 'left';
  const upright = (text: string, x: number, strong: boolean): void => {
    context.save();
    context.translate(x, top - 5);
    context.rotate(-Math.PI / 2);
    context.fillStyle = strong ? palette.accent : palette.ink;
    context.font = `${strong ? 600 : 400} 12px ${FONT}`;
    context.fillText(clip(context, text, top - 8), 0, 0);
    context.restore();
  };
  if (cell < 11) {
    for (const group of order.groups) {
      const x = left + (offsets[group.from] ?? 0) - scrollX;
      const end = left + (offsets[group.to - 1] ?? 0) + cell - scrollX;
      if (end < left || x > scene.width) continue;
      context.fillStyle = palette.line;
      context.fillRect(x, top - 4, end - x, 2);
      if (end - x < 12) continue;
      context.fillStyle = palette.muted;
      context.font = `12px ${FONT}`;
      context.fillText(clip(context, group.title, end - Math.max(x, left) - 4), Math.max(x, left) + 2, top - 14);
    }
  }
  for (let column = from; column < to; column++) {
    const strong = selected?.column === column;
    if (cell < 11 && !strong && hovered?.column !== column) continue;
    const fn = order.functions[column];
    if (fn === undefined) continue;
    upright(fn.label ?? fn.bdf, left + (offsets[column] ?? 0) - scrollX + cell / 2, strong);
  }
  context.restore();
}

/** Cut texts by font, room and text: measuring is slow, and the same names are drawn frame after frame. */
const CUT = new Map<string, string>();

function clip(context: CanvasRenderingContext2D, text: string, room: number): string {
  const key = `${context.font} ${Math.round(room)} ${text}`;
  const known = CUT.get(key);
  if (known !== undefined) return known;
  if (CUT.size > 20_000) CUT.clear();
  const cut = cutTo(context, text, room);
  CUT.set(key, cut);
  return cut;
}

function cutTo(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (room < 14) return '';
  if (context.measureText(text).width <= room) return text;
  let keep = Math.max(1, Math.floor((text.length * room) / context.measureText(text).width) - 1);
  while (keep > 1 && context.measureText(`${text.slice(0, keep)}…`).width > room) keep--;
  return `${text.slice(0, keep)}…`;
}
