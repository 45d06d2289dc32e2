/** The entries of a table: only rows in sight exist. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { MapView } from '../protocol.ts';
import type { Tab } from '../tab.ts';
import { addressAt } from './table-text.ts';

const ROW = 26;
/** Browsers cannot draw taller elements; beyond it, a pixel of scrolling stands for more than one. */
const MOST_HEIGHT = 8_000_000;

/** A list of entries that scrolls smoothly however long it is. */
export function Rows({ tab, view }: { readonly tab: Tab; readonly view: MapView }) {
  const scroller = useRef<HTMLDivElement>(null);
  const first = useSignal(0);
  const room = useSignal(20);
  const origins = useSignal<{ from: number; texts: readonly string[] }>({ from: 0, texts: [] });
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
  useEffect(onScroll, []);
  const from = Math.min(first.value, Math.max(0, entries - room.value + 1));
  useEffect(() => {
    let current = true;
    void tab.client.ask('origins', { from, count: Math.min(room.value, 80) }).then((texts) => {
      if (current) origins.value = { from, texts };
    });
    return () => {
      current = false;
    };
  }, [tab, from, room.value, origins]);
  const rows = Array.from({ length: Math.max(0, Math.min(room.value, entries - from)) }, (_, at) => from + at);
  return (
    <div
      class="rows"
      ref={scroller}
      role="table"
      aria-label="Entries"
      aria-rowcount={entries + 1}
      tabIndex={0}
      onScroll={onScroll}
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
            <div key={entry} role="row" class="row" aria-rowindex={entry + 2}>
              <span role="cell">{entry}</span>
              <span role="cell">{addressAt(view, entry)}</span>
              <span role="cell">{lengthText(view.lengths[entry] ?? 0)}</span>
              <span role="cell">{origins.value.texts[entry - origins.value.from] ?? ''}</span>
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}

function lengthText(length: number): string {
  if (length === 0) return '0';
  for (const [unit, size] of [['GiB', 2 ** 30] as const, ['MiB', 2 ** 20] as const, ['KiB', 2 ** 10] as const])
    if (length % size === 0) return `${length / size} ${unit}`;
  return `0x${length.toString(16)}`;
}
