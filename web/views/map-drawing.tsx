/** How ranges of a BAR, the address space and the entries of a table correspond. */
import type { BandView, DrawingView, MapView, PartView } from '../map-protocol.ts';

const TOP = 44;
const HEIGHT = 350;
const WIDTH = 480;
const COLUMN = 58;
const RAIL = 10;
/** Left edges of the columns. */
const X = { rail: 4, bar: 62, space: 242, table: 418 } as const;

interface Props {
  readonly view: MapView;
  readonly drawing: DrawingView;
  /** The entry that is looked at, and its bands, which need not be among those drawn. */
  readonly marked: number | undefined;
  readonly markedBands: readonly BandView[];
  readonly onMark: (entry: number | undefined) => void;
  readonly onPick: (entry: number) => void;
}

/** BAR at the left, addresses in the middle, the table at the right; a band for each entry, or for some of very many. */
export function MapDrawing({ view, drawing, marked, markedBands, onMark, onPick }: Props) {
  const { bar, part, space, bands } = drawing;
  const zoomed = part.to - part.from < 0.999;
  return (
    <figure class={`map-drawing${marked === undefined ? '' : ' has-mark'}`}>
      <svg
        viewBox={`0 0 ${WIDTH} ${TOP + HEIGHT + 22}`}
        role="img"
        aria-label={wordsOf(view, drawing)}
        onMouseLeave={() => onMark(undefined)}
      >
        <Heading x={X.bar} title={`BAR, ${view.bar.size}`} from={bar.from} to={bar.to} />
        <Heading x={X.space} title={SPACES[view.space] ?? view.space} from={space.from} to={space.to} />
        <Heading x={X.table} title="table" from="entry 0" to={view.entries > 1 ? `${view.entries - 1}` : ''} />
        {zoomed && <Rail part={part} />}
        {[X.bar, X.space, X.table].map((x) => (
          <rect key={x} class="space" x={x} y={TOP} width={COLUMN} height={HEIGHT} rx="4" />
        ))}
        {bands.map((band, at) => (
          <Band key={at} band={band} marked={false} onMark={onMark} onPick={onPick} />
        ))}
        {markedBands.map((band, at) => (
          <Band key={`marked ${at}`} band={band} marked onMark={onMark} onPick={onPick} />
        ))}
      </svg>
      <figcaption>{wordsOf(view, drawing)}</figcaption>
    </figure>
  );
}

function wordsOf({ ranges, entries, space, bar: { start, size } }: MapView, { bar, part, step, bands }: DrawingView) {
  const count = (n: number, one: string, more: string): string => `${n.toLocaleString('en')} ${n === 1 ? one : more}`;
  const zoomed = part.to - part.from < 0.999 ? ` Shown of it: ${bar.size} from ${bar.from} on.` : '';
  const some = step > 1 ? ` A band for every ${step}th entry.` : '';
  const astray = bands.some((band) => band.bar === undefined) ? ' Bands that end in red do not lead to the BAR.' : '';
  return `${count(ranges, 'range', 'ranges')} of the BAR at ${start} (${size}), by ${SPACES[space] ?? space}, in ${count(entries, 'entry', 'entries')}.${zoomed}${some}${astray}`;
}

const SPACES: Readonly<Record<string, string>> = {
  bus: 'bus addresses',
  iova: 'I/O addresses',
  phys: 'physical addresses',
};

interface HeadingProps {
  readonly x: number;
  readonly title: string;
  readonly from: string;
  readonly to: string;
}

function Heading({ x, title, from, to }: HeadingProps) {
  const middle = x + COLUMN / 2;
  return (
    <>
      <text class="head" x={middle} y="14" text-anchor="middle">
        {title}
      </text>
      <text class="address" x={middle} y={TOP - 8} text-anchor="middle">
        {from}
      </text>
      <text class="address" x={middle} y={TOP + HEIGHT + 15} text-anchor="middle">
        {to}
      </text>
    </>
  );
}

/** The whole BAR, and which part of it the column beside it shows. */
function Rail({ part }: { readonly part: PartView }) {
  const from = TOP + part.from * HEIGHT;
  const to = Math.max(TOP + part.to * HEIGHT, from + 2);
  const right = X.rail + RAIL;
  return (
    <g class="rail">
      <rect class="space" x={X.rail} y={TOP} width={RAIL} height={HEIGHT} rx="3" />
      <path d={`M${right} ${from}L${X.bar} ${TOP}V${TOP + HEIGHT}L${right} ${to}Z`} />
      <rect class="window" x={X.rail} y={from} width={RAIL} height={to - from} />
    </g>
  );
}

interface BandProps {
  readonly band: BandView;
  readonly marked: boolean;
  readonly onMark: (entry: number) => void;
  readonly onPick: (entry: number) => void;
}

function Band({ band, marked, onMark, onPick }: BandProps) {
  const { entry, bar, space, table } = band;
  const look = bar === undefined ? 'astray' : `shade-${entry % 3}`;
  const [middle, right] = [edges(space), edges(table)];
  const left = bar === undefined ? undefined : edges(bar);
  const shapes = [
    left && `M${X.bar} ${left.from}h${COLUMN}V${left.to}h${-COLUMN}Z`,
    `M${X.space} ${middle.from}h${COLUMN}V${middle.to}h${-COLUMN}Z`,
    `M${X.table} ${right.from}h${COLUMN}V${right.to}h${-COLUMN}Z`,
  ];
  const links = [
    left && ribbon(X.bar + COLUMN, left, X.space, middle),
    ribbon(X.space + COLUMN, middle, X.table, right),
  ];
  return (
    <g
      class={`band ${look}${marked ? ' marked' : ''}`}
      onMouseEnter={() => onMark(entry)}
      onClick={() => onPick(entry)}
    >
      <path class="flow" d={links.join('')} />
      <path class="part" d={shapes.join('')} />
    </g>
  );
}

interface Edges {
  readonly from: number;
  readonly to: number;
}

/** Nothing is too thin to be seen. */
function edges({ from, to }: PartView): Edges {
  const top = TOP + Math.min(1, Math.max(0, from)) * HEIGHT;
  return { from: top, to: Math.max(TOP + Math.min(1, to) * HEIGHT, top + 0.8) };
}

function ribbon(x: number, a: Edges, to: number, b: Edges): string {
  const bend = (x + to) / 2;
  return `M${x} ${a.from}C${bend} ${a.from} ${bend} ${b.from} ${to} ${b.from}V${b.to}C${bend} ${b.to} ${bend} ${a.to} ${x} ${a.to}Z`;
}
