/** Where a packet ended, said beside the place: reached, or why not. */
import type { Point } from '../../drawing/packet-path.ts';
import { BOX_HEIGHT, BOX_WIDTH } from '../../drawing/standing-tree.ts';

interface CalloutProps {
  readonly end: 'arrives' | 'stopped' | 'unknown';
  readonly what: string;
  readonly why: string | undefined;
  /** Middle of the box. */
  readonly at: Point | undefined;
  readonly room: CalloutRoom;
}

/** Where there may be words: within the picture, over no box. Boxes by their upper left corners. */
export interface CalloutRoom {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
  readonly boxes: readonly Point[];
}

const LINE = 15;
const LETTER = 6.3;
const CAPITAL = 9;
const MOST_LETTERS = 30;

/** A cross and its reason where a packet stopped; a tick where it arrived. */
export function Callout({ end, what, why, at, room }: CalloutProps) {
  if (at === undefined) return null;
  if (end === 'arrives') {
    return (
      <g class="arrived" transform={`translate(${at.x + BOX_WIDTH / 2} ${at.y})`}>
        <circle r="10" />
        <path d="M-4.5 .5l3 3.2L4.5 -3.5" />
      </g>
    );
  }
  const full: Line[] = [
    ...wrapped(what).map((text) => [text, true] as const),
    ...wrapped(why ?? '').map((text) => [text, false] as const),
  ];
  const { lines, x, y, width, height } = placed(full, at, room);
  return (
    <g class={`callout ${end}`}>
      <g class="cross" transform={`translate(${at.x + BOX_WIDTH / 2} ${at.y})`}>
        <circle r="10" />
        <path d="M-4 -4L4 4M4 -4L-4 4" />
      </g>
      <rect x={x} y={y} width={width} height={height} rx="7" />
      {lines.map(([text, strong], line) => (
        <text key={line} class={strong ? 'strong' : ''} x={x + 12} y={y + 18 + line * LINE}>
          {text}
        </text>
      ))}
    </g>
  );
}

type Line = readonly [text: string, strong: boolean];

interface PlacedLines {
  readonly lines: readonly Line[];
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Right of the box, left of it, or below; where there is no room, the first line alone, below the box's end. */
function placed(full: readonly Line[], at: Point, room: CalloutRoom): PlacedLines {
  const { left, right, bottom } = room;
  const beside = BOX_WIDTH / 2 + 18;
  const size = sizeOf(full);
  const y = Math.max(2, Math.min(at.y - size.height / 2, bottom - size.height - 2));
  const below = Math.max(left + 2, Math.min(at.x + BOX_WIDTH / 2 + 12, right - 2) - size.width);
  const corners = [
    { x: at.x + beside, y },
    { x: at.x - beside - size.width, y },
    { x: below, y: at.y + BOX_HEIGHT / 2 + 5 },
  ];
  const free = corners.find((corner) => isFree(corner, size, room));
  if (free !== undefined) return { lines: full, ...free, ...size };
  const lines = full.slice(0, 1);
  const small = sizeOf(lines);
  const x = Math.max(left + 2, Math.min(at.x + BOX_WIDTH / 2 + 12, right - 2) - small.width);
  return { lines, x, y: at.y + BOX_HEIGHT / 2 + 4, ...small };
}

function isFree({ x, y }: Point, size: { width: number; height: number }, room: CalloutRoom): boolean {
  if (x < room.left || x + size.width > room.right || y + size.height > room.bottom) return false;
  return !room.boxes.some(
    (box) => box.x < x + size.width && x < box.x + BOX_WIDTH && box.y < y + size.height && y < box.y + BOX_HEIGHT,
  );
}

function sizeOf(lines: readonly Line[]): { readonly width: number; readonly height: number } {
  const longest = Math.max(...lines.map(([text]) => widthOf(text)));
  return { width: longest + 26, height: lines.length * LINE + 12 };
}

/** About, at 12 pixels: SVG text knows its width only after it is drawn. */
function widthOf(text: string): number {
  return [...text].reduce((sum, letter) => sum + (/[A-Z_]/.test(letter) ? CAPITAL : LETTER), 0);
}

function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.slice(0, 140).split(' ')) {
    if (line !== '' && line.length + word.length + 1 > MOST_LETTERS) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word.slice(0, MOST_LETTERS) : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, line];
}
