/** The cells of a matrix as pictures: drawn once, in tiles, and copied while the matrix is scrolled or pointed at. */
import type { TypeCode } from '../protocol.ts';
import { letterOf } from '../views/verdict-mark.tsx';
import type { MatrixOrder } from './matrix-order.ts';
import type { Palette } from './palette.ts';

/** What the cells show. */
export interface CellContent {
  readonly order: MatrixOrder;
  readonly types: Uint8Array;
  readonly before: Uint8Array | undefined;
  readonly palette: Palette;
  /** By number in `types`, where these are no answers: what is written on each. */
  readonly marks: readonly string[] | undefined;
}

/** How large they are drawn. */
export interface CellScale {
  readonly cell: number;
  /** Where rows begin, CSS pixels; one more for the end. */
  readonly offsets: Float64Array;
  readonly ratio: number;
}

/** Below this size a cell has no room for a folded corner: what is unchanged is drawn pale instead. */
const LEAST_CORNER = 6;
const LEAST_LETTER = 12;
const LEAST_SHAPE = 4;
/** CSS pixels of a tile's side. */
const TILE = 256;

/** Room between cells. */
export function gapOf(cell: number): number {
  return cell >= 10 ? 1.5 : cell >= LEAST_CORNER ? 1 : 0;
}

/** Where things are on the canvas. */
export interface CellSight {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly scrollX: number;
  readonly scrollY: number;
}

/** The tiles of one content at one scale; those last seen are kept. */
export class MatrixTiles {
  readonly #content: CellContent;
  readonly #scale: CellScale;
  readonly #colours: HTMLCanvasElement;
  readonly #letters: readonly HTMLCanvasElement[];
  readonly #tiles = new Map<number, HTMLCanvasElement>();

  constructor(content: CellContent, scale: CellScale, colours: HTMLCanvasElement) {
    this.#content = content;
    this.#scale = scale;
    this.#colours = colours;
    this.#letters = scale.cell >= LEAST_LETTER ? letterPictures(content, scale) : [];
  }

  /** Copies what is in sight. */
  draw(context: CanvasRenderingContext2D, sight: CellSight): void {
    const { left, top, width, height, scrollX, scrollY } = sight;
    const extent = this.#scale.offsets.at(-1) ?? 0;
    const [endX, endY] = [Math.min(extent, scrollX + width - left), Math.min(extent, scrollY + height - top)];
    let inSight = 0;
    for (let ty = Math.floor(scrollY / TILE); ty * TILE < endY; ty++) {
      for (let tx = Math.floor(scrollX / TILE); tx * TILE < endX; tx++) {
        context.drawImage(this.#tile(tx, ty), left + tx * TILE - scrollX, top + ty * TILE - scrollY, TILE, TILE);
        inSight++;
      }
    }
    for (const key of this.#tiles.keys()) {
      if (this.#tiles.size <= inSight * 2) break;
      this.#tiles.delete(key);
    }
  }

  #tile(tx: number, ty: number): HTMLCanvasElement {
    const key = ty * 0x10000 + tx;
    const tile = this.#tiles.get(key) ?? this.#paint(tx * TILE, ty * TILE);
    // Last in the map is last seen.
    this.#tiles.delete(key);
    this.#tiles.set(key, tile);
    return tile;
  }

  #paint(x: number, y: number): HTMLCanvasElement {
    const { ratio, cell, offsets } = this.#scale;
    const [canvas, context] = newCanvas(TILE * ratio, TILE * ratio);
    context.setTransform(ratio, 0, 0, ratio, -x * ratio, -y * ratio);
    const rows = between(offsets, y, y + TILE);
    const columns = between(offsets, x, x + TILE);
    this.#paintColours(context, rows, columns);
    const gap = gapOf(cell);
    if (gap === 0 && cell >= LEAST_SHAPE) this.#paintShapes(context, rows, columns);
    if (gap > 0) {
      for (let column = columns[0]; column < columns[1]; column++)
        context.clearRect((offsets[column] ?? 0) + cell - gap, y, gap, TILE);
      for (let row = rows[0]; row < rows[1]; row++) context.clearRect(x, (offsets[row] ?? 0) + cell - gap, TILE, gap);
      this.#paintMarks(context, rows, columns);
    }
    this.#paintOwn(context, rows, columns);
    return canvas;
  }

  /** One pixel a cell, enlarged; groups of rows and columns stand apart. */
  #paintColours(context: CanvasRenderingContext2D, rows: Span, columns: Span): void {
    const { cell, offsets } = this.#scale;
    const { groups } = this.#content.order;
    context.imageSmoothingEnabled = false;
    for (const vertical of groups) {
      const [rowFrom, rowTo] = overlap(vertical, rows);
      if (rowFrom >= rowTo) continue;
      for (const horizontal of groups) {
        const [from, to] = overlap(horizontal, columns);
        if (from >= to) continue;
        const [w, h] = [to - from, rowTo - rowFrom];
        const [x, y] = [offsets[from] ?? 0, offsets[rowFrom] ?? 0];
        context.drawImage(this.#colours, from, rowFrom, w, h, x, y, w * cell, h * cell);
      }
    }
  }

  /** Letters, and a folded corner where a cell is not as it is on the machine. */
  #paintMarks(context: CanvasRenderingContext2D, rows: Span, columns: Span): void {
    const { order, types, before, palette } = this.#content;
    const { cell, offsets, ratio } = this.#scale;
    const size = cell - gapOf(cell);
    const fold = Math.max(3, size * 0.36);
    if (cell < LEAST_LETTER) this.#paintShapes(context, rows, columns);
    if (this.#letters.length === 0 && before === undefined) return;
    context.fillStyle = palette.accent;
    for (let row = rows[0]; row < rows[1]; row++) {
      const base = (order.rows[row] ?? 0) * order.stride;
      const y = Math.round((offsets[row] ?? 0) * ratio) / ratio;
      for (let column = columns[0]; column < columns[1]; column++) {
        if (row === column) continue;
        const at = base + (order.rows[column] ?? 0);
        const type = types[at] ?? 0;
        const x = Math.round((offsets[column] ?? 0) * ratio) / ratio;
        const letter = this.#letters[type];
        if (letter !== undefined) context.drawImage(letter, x, y, cell, cell);
        if (before !== undefined && before[at] !== type) {
          context.beginPath();
          context.moveTo(x + size - fold, y);
          context.lineTo(x + size, y);
          context.lineTo(x + size, y + fold);
          context.fill();
        }
      }
    }
  }

  /** In cells without room for letters: a square for direct, a bar for refused, a dot for unknown. Never colour alone. */
  #paintShapes(context: CanvasRenderingContext2D, rows: Span, columns: Span): void {
    const { order, types, palette, marks } = this.#content;
    // Other numbers than answers have colours in the order of their lightness.
    if (marks !== undefined) return;
    const { cell, offsets } = this.#scale;
    const size = cell - gapOf(cell);
    context.globalAlpha = palette.forced ? 1 : 0.5;
    for (const [type, width, height] of [
      [0, 0.3, 0.3],
      [1, 0.6, 0.2],
      [2, 0.5, 0.5],
    ] as const) {
      const [w, h] = [Math.max(1, Math.round(size * width)), Math.max(1, Math.round(size * height))];
      context.fillStyle = palette.letters[type] ?? palette.ink;
      context.beginPath();
      for (let row = rows[0]; row < rows[1]; row++) {
        const base = (order.rows[row] ?? 0) * order.stride;
        for (let column = columns[0]; column < columns[1]; column++) {
          if (row === column || types[base + (order.rows[column] ?? 0)] !== type) continue;
          context.rect((offsets[column] ?? 0) + (size - w) / 2, (offsets[row] ?? 0) + (size - h) / 2, w, h);
        }
      }
      context.fill();
    }
    context.globalAlpha = 1;
  }

  /** A dot where a device meets itself. */
  #paintOwn(context: CanvasRenderingContext2D, [rowFrom, rowTo]: Span, [from, to]: Span): void {
    const { cell, offsets } = this.#scale;
    const dot = Math.max(1, Math.min(4, cell / 5));
    context.fillStyle = this.#content.palette.line;
    for (let row = Math.max(rowFrom, from); row < Math.min(rowTo, to); row++) {
      const at = (offsets[row] ?? 0) + cell / 2 - dot / 2;
      context.fillRect(at, at, dot, dot);
    }
  }
}

/** A picture of one pixel a cell, in drawing order; the diagonal is clear. */
export function colourPicture({ order, types, before, palette }: CellContent, cell: number): HTMLCanvasElement {
  const n = order.rows.length;
  const [canvas, context] = newCanvas(Math.max(1, n), Math.max(1, n));
  const image = context.createImageData(Math.max(1, n), Math.max(1, n));
  const pixels = new Uint32Array(image.data.buffer);
  const colours = pixelColours(palette.fills);
  const pale = before !== undefined && cell < LEAST_CORNER ? colours.map(paler) : undefined;
  for (let row = 0; row < n; row++) {
    const base = (order.rows[row] ?? 0) * order.stride;
    for (let column = 0; column < n; column++) {
      const at = base + (order.rows[column] ?? 0);
      const type = types[at] ?? 0;
      const plain = pale === undefined || before?.[at] !== type;
      if (row !== column) pixels[row * n + column] = (plain ? colours : pale)[type] ?? 0;
    }
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

/** Is what {@link colourPicture} makes the same at both sizes? */
export function sameColours(cell: number, other: number): boolean {
  return cell < LEAST_CORNER === other < LEAST_CORNER;
}

/** CSS colours as pixels: as the canvas itself takes them. */
function pixelColours(fills: readonly string[]): Uint32Array {
  const [, context] = newCanvas(fills.length, 1);
  fills.forEach((fill, at) => {
    context.fillStyle = fill;
    context.fillRect(at, 0, 1, 1);
  });
  return new Uint32Array(context.getImageData(0, 0, fills.length, 1).data.buffer);
}

/** The same colour at a third of its opacity, whose byte is the highest of a little-endian pixel. */
function paler(pixel: number): number {
  return ((pixel & 0xffffff) | (0x58 << 24)) >>> 0;
}

const MONO = 'ui-monospace, "DejaVu Sans Mono", monospace';

function letterPictures({ palette, marks }: CellContent, { cell, ratio }: CellScale): HTMLCanvasElement[] {
  const middle = (cell - gapOf(cell)) / 2;
  return palette.letters.map((colour, type) => {
    const [canvas, context] = newCanvas(cell * ratio, cell * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.font = `600 ${Math.max(11, Math.min(13, Math.round(cell * 0.62)))}px ${MONO}`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.fillStyle = colour;
    context.fillText(marks?.[type] ?? letterOf(type as TypeCode), middle, middle + 0.5);
    return canvas;
  });
}

/** First and last row (exclusive) that touch a stretch. */
type Span = readonly [from: number, to: number];

/** The rows that touch `[start, end)`. */
export function between(offsets: Float64Array, start: number, end: number): Span {
  const count = offsets.length - 1;
  const firstAfter = (place: number): number => {
    let [low, high] = [0, count];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((offsets[middle] ?? 0) < place) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return [Math.max(0, firstAfter(start + 1e-6) - 1), firstAfter(end)];
}

function overlap({ from, to }: { readonly from: number; readonly to: number }, [start, end]: Span): Span {
  return [Math.max(from, start), Math.min(to, end)];
}

function newCanvas(width: number, height: number): [HTMLCanvasElement, CanvasRenderingContext2D] {
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil(width);
  canvas.height = Math.ceil(height);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('this browser has no canvas');
  return [canvas, context];
}
