/** The picture of a tree as a file: all of it, with its styles, light, for paper and walls. */
import { render } from 'preact';
import type { TreeWish } from '../../drawing/branches.ts';
import { type Box, type PackedTree, packedTree } from '../../drawing/packed-tree.ts';
import type { MachineView } from '../../protocol.ts';
import { saveFile } from '../save-file.ts';
import { TreeDrawing } from './drawing.tsx';
import type { Looks } from './looks.ts';

/** What a file shows. */
export interface SavedPicture {
  readonly machine: MachineView;
  readonly wish: TreeWish;
  readonly looks: Looks;
  /** Under the name of the machine: the kernel, what is changed. */
  readonly lines: readonly string[];
  readonly titleOf: (box: Box) => string;
}

/** As wide as it is read well on a wide screen, and on A3. */
const WIDTH = 1290;
const HEAD = 26;
const LINE = 18;
/** Pixels of a PNG file for each of the drawing. */
const SHARPNESS = 2;
/** Browsers draw no larger pictures. */
const MOST_PIXELS = 16_000;

/** Saves it. Rejects where the browser cannot draw so large a picture. */
export async function saveTree(picture: SavedPicture, format: 'svg' | 'png'): Promise<void> {
  const tree = packedTree(picture.machine, picture.wish, WIDTH);
  const { text, width, height } = asFile(picture, tree);
  const name = `${picture.machine.title.replaceAll(/[^\w.-]+/g, '-')}-tree.${format}`;
  if (format === 'svg') saveFile(name, new Blob([text], { type: 'image/svg+xml' }));
  else saveFile(name, await asPng(text, width, height));
}

function asFile({ machine, looks, lines, titleOf }: SavedPicture, tree: PackedTree) {
  const top = HEAD + LINE * lines.length + 8;
  const [width, height] = [Math.max(tree.width, 480), tree.height + top];
  const place = document.createElement('div');
  place.className = 'saved-picture';
  document.body.append(place);
  try {
    render(
      <svg
        class="tree-picture"
        role="img"
        aria-label={`The tree of ${machine.title}`}
        width={width}
        height={height}
        viewBox={`0 ${-top} ${width} ${height}`}
      >
        <rect class="sheet" x="0" y={-top} width={width} height={height} />
        <text class="sheet-title" x="8" y={HEAD - top - 4}>
          {machine.title}
        </text>
        {lines.map((line, at) => (
          <text key={at} class="sheet-line" x="8" y={HEAD - top + LINE * (at + 1) - 6}>
            {line}
          </text>
        ))}
        <TreeDrawing machine={machine} tree={tree} looks={looks} sight={{ top: 0, bottom: height }} titleOf={titleOf} />
      </svg>,
      place,
    );
    const drawn = place.querySelector('svg');
    if (drawn === null) throw new Error('The picture was not drawn.');
    return { text: new XMLSerializer().serializeToString(withStyles(drawn)), width, height };
  } finally {
    render(null, place);
    place.remove();
  }
}

/** What the style sheets say of shapes and words, written beside each: a file has no style sheets. */
const SHAPES = ['fill', 'stroke', 'stroke-width', 'stroke-dasharray', 'opacity'] as const;
const WORDS = ['fill', 'font-family', 'font-size', 'font-weight', 'text-anchor'] as const;
/** What browsers take where nothing is said. */
const PLAIN: Readonly<Record<string, string>> = { opacity: '1', 'stroke-dasharray': 'none', 'text-anchor': 'start' };

function withStyles(drawn: SVGSVGElement): SVGSVGElement {
  const copy = drawn.cloneNode(true) as SVGSVGElement;
  copy.removeAttribute('class');
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  const copies = copy.querySelectorAll('*');
  drawn.querySelectorAll('*').forEach((element, at) => {
    const style = getComputedStyle(element);
    for (const name of element.tagName === 'text' ? WORDS : SHAPES) {
      const value = style.getPropertyValue(name);
      if (value !== '' && value !== PLAIN[name]) copies[at]?.setAttribute(name, value);
    }
    copies[at]?.removeAttribute('class');
  });
  return copy;
}

async function asPng(text: string, width: number, height: number): Promise<Blob> {
  const scale = Math.min(SHARPNESS, MOST_PIXELS / width, MOST_PIXELS / height);
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil(width * scale);
  canvas.height = Math.ceil(height * scale);
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done, failed) => {
    canvas.toBlob((blob) => {
      if (blob === null) failed(new Error('This browser cannot draw so large a picture.'));
      else done(blob);
    }, 'image/png');
  });
}
