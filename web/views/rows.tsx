/** The entries of a table: only rows in sight exist. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { hex } from '../../src/base/index.ts';
import type { BandView, MapView, OriginView } from '../map-protocol.ts';
import type { Tab } from '../tab.ts';
import { addressAt, lengthText } from './table-text.ts';

const ROW = 26;
/** Browsers cannot draw taller elements; beyond it, a pixel of scrolling stands for more than one. */
const MOST_HEIGHT = 8_000_000;

/** An entry that is looked at, with what is known of where it leads. */
export interface Mark {
  readonly entry: number;
  readonly bands: readonly BandView[];
}

interface Props {
  readonly tab: Tab;
  readonly view: MapView;
  readonly marked: number | undefined;
  /** An entry to bring into sight, an object of its own each time. */
  readonly wanted: { readonly entry: number } | undefined;
  readonly onMark: (mark: Mark | undefined) => void;
}

/** Where the entries from one on lead, and of which answer. */
interface Origins {
  readonly of: MapView;
  readonly from: number;
  readonly views: readonly OriginView[];
}

/** A list of entries that scrolls smoothly however long it is. Arrow keys go from entry to entry. */
export function Rows({ tab, view, marked, wanted, onMark }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const pointer = useRef({ x: -1, y: -1 });
  const first = useSignal(0);
  const room = useSignal(20);
  const origins = useSignal<Origins>({ of: view, from: 0, views: [] });
  const { entries } = view;
  const full = entries * ROW;
  const height = Math.min(full, MOST_HEIGHT);
  const onScroll = (): void => {
    const element = scroller.current;
    if (element === null) return;
    room.value = Math.ceil(element.clientHeight / ROW) + 1;
    const most = Math.max(1, height - element.clientHeight);
    const at = full > MOST_HEIGHT ? (element.scrollTop / most) * (full - element.clientHeight) : element.scrollTop;
    first.value = Math.max(0, Math.min(entries - 1, Math.floor(at / ROW)));
  };
  useEffect(onScroll, [view]);
  const from = Math.min(first.value, Math.max(0, entries - room.value + 1));
  useEffect(() => {
    let current = true;
    void tab.query('origins', { from, count: Math.min(room.value, 80) }).then((views) => {
      if (current && views !== undefined) origins.value = { of: view, from, views };
    });
    return () => {
      current = false;
    };
  }, [tab, view, from, room.value, origins]);
  const reveal = (entry: number): void => {
    const element = scroller.current;
    if (element === null || (entry >= from && entry <= from + room.value - 3)) return;
    const most = Math.max(1, height - element.clientHeight);
    const top = entry < from ? entry * ROW : (entry + 2) * ROW - element.clientHeight;
    element.scrollTop = full > MOST_HEIGHT ? (top / (full - element.clientHeight)) * most : top;
  };
  const originOf = (entry: number): OriginView | undefined =>
    origins.value.of === view ? origins.value.views[entry - origins.value.from] : undefined;
  const mark = (entry: number): void => {
    if (entry !== marked) onMark({ entry, bands: originOf(entry)?.bands ?? [] });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = stepOf(event.key, marked, entries, room.value - 2);
    if (next === undefined) return;
    event.preventDefault();
    reveal(next);
    mark(next);
  };
  useEffect(() => {
    if (wanted !== undefined) reveal(wanted.entry);
  }, [wanted]);
  // A mark that was made before its row was in sight gets its bands when they are there.
  const late = marked === undefined ? undefined : originOf(marked);
  useEffect(() => {
    if (marked !== undefined && late !== undefined) onMark({ entry: marked, bands: late.bands });
  }, [late]);
  const rows = Array.from({ length: Math.max(0, Math.min(room.value, entries - from)) }, (_, at) => from + at);
  return (
    <div
      class="rows"
      ref={scroller}
      role="grid"
      aria-label="Entries"
      aria-rowcount={entries + 1}
      aria-activedescendant={marked !== undefined && rows.includes(marked) ? `entry-${marked}` : undefined}
      tabIndex={0}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
      onMouseLeave={() => onMark(undefined)}
    >
      <div class="rows-extent" style={{ height: `${height + ROW}px` }}>
        <div class="rows-window">
          <div role="row" class="row head" aria-rowindex={1}>
            <span role="columnheader">#</span>
            <span role="columnheader">{view.space} address</span>
            <span role="columnheader">length</span>
            <span role="columnheader">stands for</span>
          </div>
          {rows.map((entry) => (
            <div
              key={entry}
              id={`entry-${entry}`}
              role="row"
              class={`row${entry === marked ? ' marked' : ''}`}
              aria-rowindex={entry + 2}
              aria-selected={entry === marked}
              onMouseMove={({ clientX, clientY }) => {
                // A list that scrolls under a resting mouse is no choice of its reader.
                const moved = pointer.current.x !== clientX || pointer.current.y !== clientY;
                pointer.current = { x: clientX, y: clientY };
                if (moved) mark(entry);
              }}
            >
              <span role="gridcell">{entry}</span>
              <span role="gridcell">{addressAt(view, entry)}</span>
              <span role="gridcell">{entryLength(view.lengths[entry] ?? 0)}</span>
              <span role="gridcell" title={originOf(entry)?.text}>
                {originOf(entry)?.text ?? ''}
              </span>
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}

/** The entry that a key leads to. */
function stepOf(key: string, from: number | undefined, entries: number, page: number): number | undefined {
  const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
  if (key === 'Home') return 0;
  if (key === 'End') return entries - 1;
  const step = steps[key];
  if (step === undefined) return undefined;
  return from === undefined ? 0 : Math.max(0, Math.min(entries - 1, from + step));
}

function entryLength(length: number): string {
  if (length === 0) return '0';
  return length % 1024 === 0 ? lengthText(BigInt(length)) : hex(length);
}
