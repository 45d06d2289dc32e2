/** All pairs: rows are providers (whose memory), columns clients (who reads and writes). */
import { type Signal, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { changedRows } from '../drawing/changed-pairs.ts';
import { offsetsOf, type Place, rowAt } from '../drawing/draw-matrix.ts';
import { GROUPINGS, type Grouped, type MatrixOrder, matrixOrder } from '../drawing/matrix-order.ts';
import { MatrixPainter } from '../drawing/matrix-painter.ts';
import { type Palette, readPalette } from '../drawing/palette.ts';
import type { SituationView, TypeCode } from '../protocol.ts';
import { announcement, focus, showPair, sideView, theme } from '../state.ts';
import type { Tab } from '../tab.ts';
import { CopyBlock } from './copy.tsx';
import { ColourChoice, MatrixLegend } from './matrix-legend.tsx';
import { wordsOf } from './verdict-mark.tsx';

/** The matrix of a machine, with its filter and legend. */
export function MatrixView({ tab }: { readonly tab: Tab }) {
  const grouped = useSignal<Grouped>('kind');
  const zoom = useSignal(1);
  const hovered = useSignal<Place | undefined>(undefined);
  const said = useSignal('');
  const situation = tab.situation.value;
  return (
    <section class="matrix" aria-label="Matrix">
      <div class="tools">
        <input
          type="search"
          class="filter"
          placeholder="Filter: gpu nic, 0000:17, connectx…"
          aria-label="Filter devices"
          value={tab.filter.value}
          onInput={(event) => {
            tab.filter.value = event.currentTarget.value;
            void tab.refresh();
          }}
        />
        <label>
          Group by{' '}
          <select
            value={grouped.value}
            onChange={(event) => {
              grouped.value = event.currentTarget.value as Grouped;
            }}
          >
            {Object.entries(GROUPINGS).map(([by, words]) => (
              <option key={by} value={by}>
                {words}
              </option>
            ))}
          </select>
        </label>
        <ColourChoice tab={tab} />
        <label>
          <input
            type="checkbox"
            checked={tab.scope.value === 'all'}
            onChange={(event) => {
              tab.scope.value = event.currentTarget.checked ? 'all' : 'endpoints';
              void tab.refresh();
            }}
          />{' '}
          bridges too
        </label>
        {/* Its room is kept: what stands beside it stays where it is. */}
        <label class={situation?.before === undefined ? 'absent' : ''}>
          <input
            type="checkbox"
            checked={tab.onlyChanged.value}
            onChange={(event) => {
              tab.onlyChanged.value = event.currentTarget.checked;
            }}
          />{' '}
          only changed
        </label>
        <span class="zoom">
          <button type="button" class="quiet" aria-label="Smaller cells" onClick={() => scale(zoom, 1 / 1.4)}>
            −
          </button>
          <button type="button" class="quiet" aria-label="Larger cells" onClick={() => scale(zoom, 1.4)}>
            +
          </button>
          <button
            type="button"
            class="quiet fit"
            title="All cells in sight"
            onClick={() => {
              zoom.value = FIT;
            }}
          >
            Fit
          </button>
        </span>
      </div>
      <p class={`sentence${tab.summarized ? '' : ' stale'}`} aria-busy={!tab.summarized}>
        {tab.summary.value?.sentence}
      </p>
      {situation !== undefined && (
        <MatrixCanvas
          tab={tab}
          situation={situation}
          grouped={grouped.value}
          zoom={zoom.value}
          hovered={hovered}
          said={said}
        />
      )}
      {tab.summarized && tab.summary.value?.settle !== undefined && <Settle {...tab.summary.value.settle} />}
      {situation !== undefined && <MatrixLegend tab={tab} situation={situation} said={said} />}
    </section>
  );
}

/** Where most is unknown: what to run, and to drop here with the rest. */
function Settle({ command, pairs }: { readonly command: string; readonly pairs: number }) {
  return (
    <div class="settle">
      <p>
        Most pairs are unknown. On that machine this settles {pairs} of them; drop its output here together with what
        you have:
      </p>
      <CopyBlock text={command} label="the command" />
    </div>
  );
}

/** As large as lets all cells be seen. */
const FIT = 0;

function scale(zoom: { value: number }, by: number): void {
  zoom.value = Math.min(12, Math.max(0.1, (zoom.value === FIT ? 0.7 : zoom.value) * by));
}

interface CanvasProps {
  readonly hovered: Signal<Place | undefined>;
  /** What the pointer is on, in words. */
  readonly said: Signal<string>;
  readonly tab: Tab;
  readonly situation: SituationView;
  readonly grouped: Grouped;
  readonly zoom: number;
}

function MatrixCanvas({ tab, situation, grouped, zoom, hovered, said }: CanvasProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const painter = useMemo(() => new MatrixPainter(), []);
  const focused = useSignal(false);
  const scroll = useSignal({ x: 0, y: 0 });
  const machine = tab.machine.value;
  const { before, shown, groups } = situation;
  const colours = tab.summarized ? tab.colours.value : undefined;
  const types = colours?.codes ?? situation.types;
  const onlyChanged = tab.onlyChanged.value && before !== undefined;
  const only = useMemo(
    () => (onlyChanged ? changedRows(situation.types, before, shown.length) : undefined),
    [onlyChanged, situation, before, shown],
  );
  const byGroup = grouped === 'group' ? groups : undefined;
  const order = useMemo(
    () => matrixOrder(machine, shown, grouped, only, byGroup),
    [machine, shown, grouped, only, byGroup],
  );
  const n = order.rows.length;
  const { width, height } = useSizeOf(scroller, n === 0);
  const left = width < 520 ? 76 : width < 900 ? 132 : 250;
  const top = 74;
  const gaps = 8 * order.groups.length;
  const cell =
    zoom === FIT
      ? Math.max(1, Math.min(48, Math.floor(((Math.min(width - left, height - top) - gaps) / Math.max(1, n)) * 2) / 2))
      : cellSize(n, Math.min(width - left, (height - top) * 1.15) - gaps, zoom);
  const offsets = useMemo(() => offsetsOf(order, cell), [order, cell]);
  const extent = offsets[n] ?? 0;
  const rowOf = useMemo(() => new Map(order.functions.map((fn, row) => [fn.index, row])), [order]);
  const selected = placeOf(rowOf, tab.pair.value);
  const read = usePalette(scroller, n === 0);
  const marks = useMemo(() => colours?.legend.map(({ letter }) => letter), [colours]);
  const palette = useMemo(
    () => (marks === undefined || read === undefined ? read : { ...read, ...read.ramp }),
    [marks, read],
  );

  useLayoutEffect(() => {
    const element = canvas.current;
    if (element === null || palette === undefined || width === 0) return;
    const ratio = window.devicePixelRatio || 1;
    painter.show(element, {
      order,
      types,
      before: situation.changedPairs === 0 || marks !== undefined ? undefined : before,
      palette,
      marks,
      cell,
      offsets,
      ratio,
      left,
      top,
      width,
      height,
      selected,
    });
  });
  useSignalEffect(() => {
    const { x, y } = scroll.value;
    painter.look({ scrollX: x, scrollY: y, hovered: hovered.value, focused: focused.value });
  });
  useEffect(() => () => painter.end(), [painter]);
  useSignalEffect(() => {
    const place = hovered.value;
    said.value = place === undefined ? '' : sayPair(tab, order, situation, place);
  });

  const placeAt = (event: MouseEvent): Place | undefined => {
    const box = canvas.current?.getBoundingClientRect();
    if (box === undefined) return undefined;
    const column = rowAt(offsets, cell, event.clientX - box.left - left + scroll.value.x);
    const row = rowAt(offsets, cell, event.clientY - box.top - top + scroll.value.y);
    const inside = event.clientX - box.left >= left && event.clientY - box.top >= top;
    return inside && row >= 0 && column >= 0 ? { row, column } : undefined;
  };
  const choose = (place: Place | undefined): void => {
    const [provider, client] = [order.functions[place?.row ?? -1], order.functions[place?.column ?? -1]];
    if (place === undefined || provider === undefined || client === undefined || provider === client) return;
    showPair(tab, provider.index, client.index);
    announcement.value = sayPair(tab, order, situation, place);
    reveal(scroller.current, offsets, cell, place, { left, top });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') {
      sideView.value = 'pair';
      focus.value = 'side';
      requestAnimationFrame(() => document.querySelector<HTMLElement>('.panel.pair')?.focus());
      return;
    }
    const next = stepOf(event, selected, n);
    if (next === undefined) return;
    event.preventDefault();
    choose(next);
  };

  if (n === 0)
    return (
      <p class="empty">
        {onlyChanged
          ? 'No pair changes.'
          : tab.filter.value === ''
            ? 'This machine has no endpoints. With “bridges too” its bridges are shown.'
            : 'No device matches.'}
      </p>
    );
  return (
    <div
      ref={scroller}
      class="matrix-scroll"
      role="application"
      aria-roledescription="matrix of pairs"
      aria-label={`${n} by ${n} devices. Arrow keys choose a pair, Enter goes to its explanation, Escape comes back.`}
      tabIndex={0}
      data-cell={cell}
      data-left={left}
      data-top={top}
      onScroll={(event) => {
        scroll.value = { x: event.currentTarget.scrollLeft, y: event.currentTarget.scrollTop };
      }}
      onKeyDown={onKeyDown}
      onFocus={() => {
        focused.value = true;
      }}
      onBlur={() => {
        focused.value = false;
      }}
    >
      <div class="matrix-extent" style={{ width: `${extent + left}px`, height: `${extent + top}px` }}>
        <canvas
          ref={canvas}
          aria-hidden="true"
          onClick={(event) => choose(placeAt(event))}
          onMouseMove={(event) => {
            const next = placeAt(event);
            const now = hovered.value;
            if (next?.row !== now?.row || next?.column !== now?.column) hovered.value = next;
          }}
          onMouseLeave={() => {
            hovered.value = undefined;
          }}
        />
      </div>
    </div>
  );
}

/** The room of an element, from its first drawing on. `absent`: it is not on the page. */
function useSizeOf(element: { readonly current: HTMLElement | null }, absent: boolean) {
  const size = useSignal({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const { current } = element;
    if (absent || current === null) return;
    const measure = (): void => {
      const { clientWidth: width, clientHeight: height } = current;
      if (width !== size.peek().width || height !== size.peek().height) size.value = { width, height };
    };
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(current);
    return () => watch.disconnect();
  }, [element, absent, size]);
  return size.value;
}

function usePalette(element: { readonly current: HTMLElement | null }, absent: boolean): Palette | undefined {
  const palette = useSignal<Palette | undefined>(undefined);
  const chosen = theme.value;
  useLayoutEffect(() => {
    const read = (): void => {
      if (element.current !== null) palette.value = readPalette(element.current);
    };
    if (absent) return;
    if (palette.peek() === undefined) read();
    // After the theme is on the document.
    const soon = requestAnimationFrame(() => palette.peek()?.theme !== chosen && read());
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const forced = matchMedia('(forced-colors: active)');
    dark.addEventListener('change', read);
    forced.addEventListener('change', read);
    return () => {
      cancelAnimationFrame(soon);
      dark.removeEventListener('change', read);
      forced.removeEventListener('change', read);
    };
  }, [element, absent, palette, chosen]);
  return palette.value;
}

/** One cell in words. */
function sayPair(tab: Tab, order: MatrixOrder, { types, before }: SituationView, { row, column }: Place): string {
  const [provider, client] = [order.functions[row], order.functions[column]];
  if (provider === undefined || client === undefined) return '';
  if (provider === client) return tab.nameOf(provider.index);
  const at = (order.rows[row] ?? 0) * order.stride + (order.rows[column] ?? 0);
  const was = before !== undefined && before[at] !== types[at] ? `, now ${wordsOf((before[at] ?? 0) as TypeCode)}` : '';
  return `${tab.nameOf(client.index)} to memory of ${tab.nameOf(provider.index)}: ${wordsOf((types[at] ?? 0) as TypeCode)}${was}`;
}

function placeOf(rowOf: ReadonlyMap<number, number>, pair: { provider: number; client: number } | undefined) {
  const row = rowOf.get(pair?.provider ?? -1);
  const column = rowOf.get(pair?.client ?? -1);
  return row === undefined || column === undefined ? undefined : { row, column };
}

function cellSize(n: number, room: number, zoom: number): number {
  // Small matrices keep their letters, large ones are seen whole.
  const least = n <= 64 ? 13 : 4;
  const fitting = Math.max(least, Math.min(30, room / Math.max(1, n)));
  const wished = fitting * zoom;
  return Math.max(2, Math.min(48, wished >= 8 ? Math.floor(wished) : Math.round(wished * 2) / 2));
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** Where a key leads; a step onto the diagonal goes on over it. */
function stepOf(event: KeyboardEvent, from: Place | undefined, n: number): Place | undefined {
  const at = from?.row ?? 0;
  if (event.key === 'Home') return { row: at, column: at === 0 ? 1 : 0 };
  if (event.key === 'End') return { row: at, column: at === n - 1 ? n - 2 : n - 1 };
  const step = STEPS[event.key];
  if (step === undefined || n < 2) return undefined;
  if (from === undefined) return { row: 0, column: 1 };
  let [row, column] = [from.row + step[0], from.column + step[1]];
  if (row === column) [row, column] = [row + step[0], column + step[1]];
  return row >= 0 && column >= 0 && row < n && column < n ? { row, column } : undefined;
}

function reveal(
  element: HTMLElement | null,
  offsets: Float64Array,
  cell: number,
  { row, column }: Place,
  { left, top }: { readonly left: number; readonly top: number },
): void {
  if (element === null) return;
  const [x, y] = [offsets[column] ?? 0, offsets[row] ?? 0];
  const [roomX, roomY] = [element.clientWidth - left, element.clientHeight - top];
  if (x < element.scrollLeft) element.scrollLeft = x;
  else if (x + cell > element.scrollLeft + roomX) element.scrollLeft = x + cell - roomX + 4;
  if (y < element.scrollTop) element.scrollTop = y;
  else if (y + cell > element.scrollTop + roomY) element.scrollTop = y + cell - roomY + 4;
}
