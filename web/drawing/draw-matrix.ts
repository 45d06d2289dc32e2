/** Draws the part of a matrix that is in sight. */
import type { TypeCode } from '../protocol.ts';
import { letterOf } from '../views/verdict-mark.tsx';
import type { MatrixOrder } from './matrix-order.ts';
import type { Palette } from './palette.ts';

/** What is drawn, in CSS pixels. */
export interface MatrixScene {
  readonly order: MatrixOrder;
  readonly types: Uint8Array;
  readonly before: Uint8Array | undefined;
  readonly cell: number;
  /** Room for row and column names. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly scrollX: number;
  readonly scrollY: number;
  readonly selected: { readonly row: number; readonly column: number } | undefined;
  readonly hovered: { readonly row: number; readonly column: number } | undefined;
  readonly palette: Palette;
  readonly focused: boolean;
}

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
export function drawMatrix(context: CanvasRenderingContext2D, scene: MatrixScene, ratio: number): void {
  const { width, height, left, top } = scene;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const offsets = offsetsOf(scene.order, scene.cell);
  const rows = inSight(offsets, scene.scrollY, height - top);
  const columns = inSight(offsets, scene.scrollX, width - left);
  context.save();
  context.beginPath();
  context.rect(left, top, width - left, height - top);
  context.clip();
  drawCells(context, scene, offsets, rows, columns);
  drawSelection(context, scene, offsets);
  context.restore();
  context.font = `12px ${FONT}`;
  context.textBaseline = 'middle';
  drawRowNames(context, scene, offsets, rows);
  drawColumnNames(context, scene, offsets, columns);
}

const FONT = 'system-ui, sans-serif';
const MONO = 'ui-monospace, "DejaVu Sans Mono", monospace';

type Sight = readonly [from: number, to: number];

function inSight(offsets: Float64Array, scroll: number, room: number): Sight {
  const count = offsets.length - 1;
  let from = 0;
  while (from < count && (offsets[from + 1] ?? 0) <= scroll) from++;
  let to = from;
  while (to < count && (offsets[to] ?? 0) < scroll + room) to++;
  return [from, to];
}

function drawCells(
  context: CanvasRenderingContext2D,
  scene: MatrixScene,
  offsets: Float64Array,
  [rowFrom, rowTo]: Sight,
  [columnFrom, columnTo]: Sight,
): void {
  const { order, types, before, cell, left, top, scrollX, scrollY, palette } = scene;
  const n = order.rows.length;
  const gap = cell >= 10 ? 1.5 : cell >= 6 ? 1 : 0;
  const lettered = cell >= 12;
  context.font = `600 ${Math.min(13, Math.round(cell * 0.62))}px ${MONO}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (let row = rowFrom; row < rowTo; row++) {
    const y = top + (offsets[row] ?? 0) - scrollY;
    const base = (order.rows[row] ?? 0) * n;
    for (let column = columnFrom; column < columnTo; column++) {
      const x = left + (offsets[column] ?? 0) - scrollX;
      if (row === column) {
        drawOwn(context, palette, x, y, cell);
        continue;
      }
      const at = base + (order.rows[column] ?? 0);
      const type = types[at] ?? 0;
      let run = cell - gap;
      // Small cells of one colour are one rectangle.
      if (gap === 0) {
        let next = column + 1;
        while (next < columnTo && next !== row && types[base + (order.rows[next] ?? 0)] === type) next++;
        run = left + (offsets[next - 1] ?? 0) - scrollX + cell - x;
        column = next - 1;
      }
      context.fillStyle = palette.fills[type] ?? palette.line;
      context.fillRect(x, y, run, cell - gap);
      const changed = before !== undefined && before[at] !== type;
      if (lettered) {
        context.fillStyle = palette.letters[type] ?? palette.ink;
        context.fillText(letterOf(type as TypeCode), x + (cell - gap) / 2, y + (cell - gap) / 2 + 0.5);
      }
      if (changed && gap > 0) drawChanged(context, palette, x, y, cell - gap);
    }
  }
}

function drawOwn(context: CanvasRenderingContext2D, palette: Palette, x: number, y: number, cell: number): void {
  context.fillStyle = palette.line;
  const dot = Math.max(1, Math.min(4, cell / 5));
  context.fillRect(x + cell / 2 - dot / 2, y + cell / 2 - dot / 2, dot, dot);
}

/** A folded corner: the cell is not as it is on the machine. */
function drawChanged(context: CanvasRenderingContext2D, palette: Palette, x: number, y: number, size: number): void {
  const fold = Math.max(3, size * 0.36);
  context.fillStyle = palette.accent;
  context.beginPath();
  context.moveTo(x + size - fold, y);
  context.lineTo(x + size, y);
  context.lineTo(x + size, y + fold);
  context.fill();
}

function drawSelection(context: CanvasRenderingContext2D, scene: MatrixScene, offsets: Float64Array): void {
  const { cell, left, top, scrollX, scrollY, palette, selected, hovered } = scene;
  const mark = (place: { row: number; column: number }, strong: boolean): void => {
    const x = left + (offsets[place.column] ?? 0) - scrollX;
    const y = top + (offsets[place.row] ?? 0) - scrollY;
    const gap = cell >= 10 ? 1.5 : 0;
    context.strokeStyle = strong ? palette.accent : palette.muted;
    context.globalAlpha = strong ? 0.35 : 0.2;
    context.fillStyle = strong ? palette.accent : palette.muted;
    context.fillRect(left, y + (cell - gap) / 2 - 0.5, Math.max(0, x - left - 2), 1);
    context.fillRect(x + (cell - gap) / 2 - 0.5, top, 1, Math.max(0, y - top - 2));
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

function drawRowNames(
  context: CanvasRenderingContext2D,
  scene: MatrixScene,
  offsets: Float64Array,
  [from, to]: Sight,
): void {
  const { order, cell, left, top, scrollY, palette, selected, hovered } = scene;
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
      context.fillText(clip(context, fn.name, left - used - 10), used, y);
    }
  }
  context.restore();
}

function drawColumnNames(
  context: CanvasRenderingContext2D,
  scene: MatrixScene,
  offsets: Float64Array,
  [from, to]: Sight,
): void {
  const { order, cell, left, top, scrollX, palette, selected, hovered } = scene;
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

function clip(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (room < 14) return '';
  if (context.measureText(text).width <= room) return text;
  let keep = Math.max(1, Math.floor((text.length * room) / context.measureText(text).width) - 1);
  while (keep > 1 && context.measureText(`${text.slice(0, keep)}…`).width > room) keep--;
  return `${text.slice(0, keep)}…`;
}
