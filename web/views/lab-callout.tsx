/** Where a packet ended, said beside the place: reached, or why not. */
import type { Point } from '../drawing/packet-path.ts';
import { BOX_WIDTH } from '../drawing/tree-layout.ts';
import type { FlightView } from '../lab-protocol.ts';

interface CalloutProps {
  readonly flight: FlightView;
  readonly at: Point | undefined;
  readonly bounds: { readonly left: number; readonly right: number; readonly bottom: number };
}

const LINE = 15;
const LETTER = 6.3;
const MOST_LETTERS = 30;

/** A cross and its reason where a packet stopped; a tick where it arrived. */
export function Callout({ flight, at, bounds }: CalloutProps) {
  if (at === undefined) return null;
  if (flight.end === 'arrives') {
    return (
      <g class="arrived" transform={`translate(${at.x + BOX_WIDTH / 2} ${at.y})`}>
        <circle r="10" />
        <path d="M-4.5 .5l3 3.2L4.5 -3.5" />
      </g>
    );
  }
  const full: Line[] = [
    ...wrapped(flight.endText).map((text) => [text, true] as const),
    ...wrapped(flight.rule ?? '').map((text) => [text, false] as const),
  ];
  const { lines, x, y, width, height } = placed(full, at, bounds);
  return (
    <g class={`callout ${flight.end}`}>
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

/** Right of the box or left of it; where there is no room, the first line alone, below the box's end. */
function placed(full: readonly Line[], at: Point, bounds: CalloutProps['bounds']): PlacedLines {
  const { left, right, bottom } = bounds;
  const beside = BOX_WIDTH / 2 + 18;
  const size = sizeOf(full);
  const y = Math.max(2, Math.min(at.y - size.height / 2, bottom - size.height - 2));
  if (at.x + beside + size.width <= right) return { lines: full, x: at.x + beside, y, ...size };
  if (at.x - beside - size.width >= left) return { lines: full, x: at.x - beside - size.width, y, ...size };
  const lines = full.slice(0, 1);
  const small = sizeOf(lines);
  const x = Math.max(left + 2, Math.min(at.x + BOX_WIDTH / 2 + 12, right - 2) - small.width);
  return { lines, x, y: at.y + 16, ...small };
}

function sizeOf(lines: readonly Line[]): { readonly width: number; readonly height: number } {
  const longest = Math.max(...lines.map(([text]) => text.length));
  return { width: longest * LETTER + 24, height: lines.length * LINE + 12 };
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
