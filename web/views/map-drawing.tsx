/** How ranges of a BAR, the address run and the entries of a table correspond. */
import type { MapView, RibbonView } from '../protocol.ts';
import { addressAt } from './table-text.ts';

const HEIGHT = 360;
const BAR_X = 70;
const RUN_X = 300;
const COLUMN = 54;

/** BAR at the left, addresses at the right, a band for each entry (or for some of very many). */
export function MapDrawing({ view }: { readonly view: MapView }) {
  const { ribbons, bar, space, entries } = view;
  const last = entries === 0 ? '' : addressAt(view, entries - 1);
  const words = `${view.ranges} ranges of the BAR at ${bar.start} (${bar.size}) lead to ${entries} entries of ${space} addresses.`;
  return (
    <figure class="map-drawing">
      <svg viewBox={`0 0 430 ${HEIGHT + 60}`} role="img" aria-label={words}>
        <text class="head" x={BAR_X + COLUMN / 2} y="16" text-anchor="middle">
          BAR, {bar.size}
        </text>
        <text class="head" x={RUN_X + COLUMN / 2} y="16" text-anchor="middle">
          {SPACES[space] ?? space}
        </text>
        <rect class="space" x={BAR_X} y="28" width={COLUMN} height={HEIGHT} rx="4" />
        <rect class="space" x={RUN_X} y="28" width={COLUMN} height={HEIGHT} rx="4" />
        {ribbons.map((ribbon) => (
          <Ribbon key={`${ribbon.entry} ${ribbon.barFrom}`} ribbon={ribbon} />
        ))}
        <text class="address" x={BAR_X - 6} y="38" text-anchor="end">
          {shorten(bar.start)}
        </text>
        <text class="address" x={RUN_X + COLUMN + 6} y="38">
          {entries === 0 ? '' : addressAt(view, 0)}
        </text>
        <text class="address" x={RUN_X + COLUMN + 6} y={HEIGHT + 26}>
          {last === '' ? '' : last}
        </text>
      </svg>
      <figcaption>{words}</figcaption>
    </figure>
  );
}

const SPACES: Readonly<Record<string, string>> = {
  bus: 'bus addresses',
  iova: 'I/O addresses',
  phys: 'physical addresses',
};

function Ribbon({ ribbon }: { readonly ribbon: RibbonView }) {
  const y = (fraction: number): number => 28 + Math.min(1, Math.max(0, fraction)) * HEIGHT;
  const [a, b] = [y(ribbon.barFrom), Math.max(y(ribbon.barTo), y(ribbon.barFrom) + 0.8)];
  const [c, d] = [y(ribbon.runFrom), Math.max(y(ribbon.runTo), y(ribbon.runFrom) + 0.8)];
  const [left, right] = [BAR_X + COLUMN, RUN_X];
  const middle = (left + right) / 2;
  const shade = `ribbon shade-${ribbon.entry % 3}`;
  return (
    <g class={shade}>
      <rect x={BAR_X} y={a} width={COLUMN} height={b - a} />
      <path
        d={`M${left} ${a}C${middle} ${a} ${middle} ${c} ${right} ${c}V${d}C${middle} ${d} ${middle} ${b} ${left} ${b}Z`}
      />
      <rect x={RUN_X} y={c} width={COLUMN} height={d - c} />
    </g>
  );
}

function shorten(address: string): string {
  return address.length <= 9 ? address : `…${address.slice(-8)}`;
}
