/** Keeps a canvas showing a matrix: at most one drawing a frame, and pictures of cells for as long as they hold. */
import { drawMatrix, type MatrixLook, type MatrixScene } from './draw-matrix.ts';
import { colourPicture, MatrixTiles, sameColours } from './matrix-cells.ts';

/** Paints one canvas. */
export class MatrixPainter {
  #canvas: HTMLCanvasElement | undefined;
  #scene: MatrixScene | undefined;
  #look: MatrixLook = { scrollX: 0, scrollY: 0, hovered: undefined, focused: false };
  #colours: HTMLCanvasElement | undefined;
  #tiles: MatrixTiles | undefined;
  #frame: number | undefined;

  /** What to show from the next frame on. */
  show(canvas: HTMLCanvasElement, scene: MatrixScene): void {
    const old = this.#scene;
    const same = old !== undefined && sameContent(old, scene);
    if (!same || !sameColours(old.cell, scene.cell)) this.#colours = undefined;
    if (!same || old.cell !== scene.cell || old.ratio !== scene.ratio) this.#tiles = undefined;
    this.#canvas = canvas;
    this.#scene = scene;
    this.#schedule();
  }

  /** Where to look from the next frame on. */
  look(look: MatrixLook): void {
    this.#look = look;
    this.#schedule();
  }

  /** Draws no more. */
  end(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
  }

  #schedule(): void {
    if (this.#scene === undefined) return;
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#paint();
    });
  }

  #paint(): void {
    const [canvas, scene] = [this.#canvas, this.#scene];
    const context = canvas?.getContext('2d');
    if (canvas === undefined || scene === undefined || !context) return;
    resize(canvas, scene);
    this.#colours ??= colourPicture(scene, scene.cell);
    this.#tiles ??= new MatrixTiles(scene, scene, this.#colours);
    drawMatrix(context, scene, this.#look, this.#tiles);
    const { dataset } = document.documentElement;
    dataset['drawn'] = String(Number(dataset['drawn'] ?? 0) + 1);
  }
}

function sameContent(a: MatrixScene, b: MatrixScene): boolean {
  return (
    a.types === b.types &&
    a.before === b.before &&
    a.order === b.order &&
    a.palette === b.palette &&
    a.marks === b.marks
  );
}

/** A canvas that is given a size, even its own, loses its memory and takes a new one. */
function resize(canvas: HTMLCanvasElement, { width, height, ratio }: MatrixScene): void {
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width === w && canvas.height === h) return;
  canvas.width = w;
  canvas.height = h;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
}
