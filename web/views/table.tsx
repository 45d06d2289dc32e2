/** The scatter-gather table of a mapping, beside a drawing of what leads where. */

import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { byteText } from '../../src/base/index.ts';
import type { MapForm, MapView } from '../map-protocol.ts';
import type { BarView, Requests } from '../protocol.ts';
import type { Tab } from '../tab.ts';
import { IommuSelect, KernelChoice } from './boot-choice.tsx';
import { MapDrawing } from './map-drawing.tsx';
import { DevicePicker } from './pair.tsx';
import { PrintedRows } from './printed.tsx';
import { printing } from './printing.ts';
import { parseRanges, presetsFor } from './ranges.ts';
import { type Mark, Rows } from './rows.tsx';
import { saveFile } from './save-file.ts';
import { Sections, Words } from './sheet.tsx';
import { addressAt } from './table-text.ts';

/** Maps ranges of a BAR of the pair's provider for its client. */
export function TableView({ tab }: { readonly tab: Tab }) {
  const bars = useSignal<BarsOf>({ provider: undefined, all: [] });
  const bar = useSignal<number | undefined>(undefined);
  /** As it stands in the field, and as it was when somebody was done with it. */
  const draft = useSignal('');
  const text = useSignal('');
  const propose = (ranges: string): void => {
    draft.value = ranges;
    text.value = ranges;
  };
  const intended = useSignal(false);
  const form = useSignal<MapForm>('table');
  const mapped = useSignal<Mapped | undefined>(undefined);
  /** Somebody wrote the ranges: none are proposed over them, until the memory of another device is chosen. */
  const written = useRef(false);
  const pair = tab.pair.value;

  const machine = tab.machine.value;
  const provider = pair?.provider;
  useEffect(() => {
    if (provider === undefined) {
      const [first, second] = machine.functions.filter(({ endpoint }) => endpoint);
      if (first !== undefined && second !== undefined) tab.choosePair({ provider: first.index, client: second.index });
      return;
    }
    void tab.query('detail', provider).then((detail) => {
      if (detail === undefined || tab.pair.value?.provider !== provider) return;
      const newer = bars.value.provider === provider;
      bars.value = { provider, all: detail.bars };
      if (newer) return;
      const largest = detail.bars.toSorted((a, b) => (BigInt(b.size) > BigInt(a.size) ? 1 : -1))[0];
      bar.value = largest?.bar;
      if (!written.current) propose(largest === undefined ? '' : (presetsFor(largest)[0]?.text ?? ''));
    });
  }, [tab, machine, provider, bars, bar, text]);

  const { provider: barsOf, all } = bars.value;
  const chosen = all.find((each) => each.bar === bar.value);
  const ranges = useMemo(() => parseRanges(text.value), [text.value]);
  const situation = tab.situation.value;
  const asked = useMemo((): Requests['map'][0] | undefined => {
    if (pair === undefined || pair.provider !== barsOf || chosen === undefined) return undefined;
    if (typeof ranges === 'string' || situation === undefined) return undefined;
    return { ...pair, bar: chosen.bar, patterns: ranges, intended: intended.value, form: form.value };
  }, [tab, pair, barsOf, chosen?.bar, ranges, intended.value, form.value, situation]);
  const newest = useRef(asked);
  newest.current = asked;
  useEffect(() => {
    if (asked === undefined) return;
    void tab.query('map', asked).then((view) => {
      if (view !== undefined && newest.current === asked) mapped.value = { asked, view };
    });
  }, [tab, asked]);

  return (
    <section class="table" aria-label="Table">
      <div class="map-form">
        <DevicePicker
          tab={tab}
          id="map-provider"
          label="Memory of"
          value={pair?.provider}
          onPick={(provider) => {
            written.current = false;
            tab.choosePair({ provider, client: pair?.client ?? provider });
          }}
        />
        <label class="picker">
          <span>BAR</span>
          <select
            value={bar.value ?? ''}
            onChange={(event) => {
              bar.value = Number(event.currentTarget.value);
              const next = all.find((each) => each.bar === bar.value);
              propose(next === undefined ? '' : (presetsFor(next)[0]?.text ?? ''));
            }}
          >
            {all.length === 0 && <option value="">none with a known size</option>}
            {all.map((each) => (
              <option key={each.bar} value={each.bar}>
                {each.text}, {byteText(BigInt(each.size))}
              </option>
            ))}
          </select>
        </label>
        <DevicePicker
          tab={tab}
          id="map-client"
          label="Mapped for"
          value={pair?.client}
          onPick={(client) => tab.choosePair({ provider: pair?.provider ?? client, client })}
        />
        <label class="picker wide">
          <span>
            Ranges: <code>offset length</code>, or <code>offset length every stride times count</code>
          </span>
          <textarea
            rows={Math.max(2, Math.min(6, draft.value.split('\n').length))}
            spellcheck={false}
            value={draft.value}
            aria-invalid={typeof ranges === 'string'}
            onInput={(event) => {
              draft.value = event.currentTarget.value;
              written.current = true;
            }}
            onChange={() => {
              text.value = draft.value;
            }}
          />
        </label>
        <div class="presets">
          {chosen !== undefined &&
            presetsFor(chosen).map((preset) => (
              <button key={preset.title} type="button" class="quiet" onClick={() => propose(preset.text)}>
                {preset.title}
              </button>
            ))}
        </div>
        <p class="of">
          <KernelChoice tab={tab} />
          <IommuSelect tab={tab} />
          <label class="picker">
            <span>As</span>
            <select
              id="map-form"
              value={form.value}
              onChange={(event) => {
                form.value = event.currentTarget.value as MapForm;
              }}
            >
              <option value="table">a table</option>
              <option value="physical-list">a physical list (proposed)</option>
              <option value="own-link">a link of its own (proposed)</option>
            </select>
          </label>
          <label>
            <input
              type="checkbox"
              checked={intended.value}
              onChange={(event) => {
                intended.value = event.currentTarget.checked;
              }}
            />{' '}
            as its authors meant it
          </label>
        </p>
      </div>
      {typeof ranges === 'string' && text.value !== '' && (
        <p class="notice bad" role="alert">
          {ranges}
        </p>
      )}
      {mapped.value !== undefined && (
        <Outcome tab={tab} view={mapped.value.view} busy={mapped.value.asked !== asked || tab.busy.value} />
      )}
    </section>
  );
}

/** The BARs that can be chosen, and whose they are. */
interface BarsOf {
  readonly provider: number | undefined;
  readonly all: readonly BarView[];
}

/** A table, and what was asked for it. */
interface Mapped {
  readonly asked: Requests['map'][0];
  readonly view: MapView;
}

function Outcome({ tab, view, busy }: { readonly tab: Tab; readonly view: MapView; readonly busy: boolean }) {
  const marks = useSignal<{ readonly view: MapView; readonly mark: Mark | undefined } | undefined>(undefined);
  const wanted = useSignal<{ readonly entry: number } | undefined>(undefined);
  // A mark is on an entry of one answer; the next answer has entries of its own.
  const mark = marks.value?.view === view ? marks.value.mark : undefined;
  const onMark = (next: Mark | undefined): void => {
    marks.value = { view, mark: next };
  };
  return (
    <div class="outcome" aria-busy={busy}>
      <div class="outcome-head">
        <p
          class={`verdict ${view.outcome === 'mapped' || view.outcome === 'given' ? 'direct' : 'refused'}`}
          role="status"
        >
          <span>
            <Words line={view.sheet.answer} />
          </span>
        </p>
        <div class="outcome-sections">
          <Sections sections={view.sheet.sections} />
        </div>
      </div>
      {view.outcome === 'mapped' && (
        <div class="table-and-drawing">
          {view.drawing !== undefined && (
            <MapDrawing
              view={view}
              drawing={view.drawing}
              marked={mark?.entry}
              markedBands={mark?.bands ?? []}
              onMark={(entry) => {
                const bands = view.drawing?.bands.filter((band) => band.entry === entry) ?? [];
                onMark(entry === undefined ? undefined : { entry, bands });
              }}
              onPick={(entry) => {
                wanted.value = { entry };
              }}
            />
          )}
          <div class="entries">
            <p class="exports">
              <span class="muted">
                {view.entries.toLocaleString('en')} {view.entries === 1 ? 'entry' : 'entries'}, {view.totalBytes},{' '}
                {view.space} addresses
              </span>
              <button type="button" class="quiet" aria-disabled={busy} onClick={() => !busy && save(view, 'json')}>
                JSON
              </button>
              <button type="button" class="quiet" aria-disabled={busy} onClick={() => !busy && save(view, 'csv')}>
                CSV
              </button>
            </p>
            {printing.value && <PrintedRows view={view} />}
            <Rows tab={tab} view={view} marked={mark?.entry} wanted={wanted.value} onMark={onMark} />
          </div>
        </div>
      )}
    </div>
  );
}

function save(view: MapView, format: 'json' | 'csv'): void {
  const parts: string[] = [];
  if (format === 'csv') parts.push('index,dma_address,length\n');
  else
    parts.push(
      `{"schema":"peerpath.map/1","flow":${JSON.stringify(view.flow)},"space":${JSON.stringify(view.space)},"nents":${view.entries},"defects":${JSON.stringify(view.defects)},"sg":[\n`,
    );
  let chunk = '';
  for (let entry = 0; entry < view.entries; entry++) {
    const address = addressAt(view, entry);
    const length = view.lengths[entry] ?? 0;
    chunk +=
      format === 'csv'
        ? `${entry},${address},${length}\n`
        : `["${address}","0x${length.toString(16)}"]${entry + 1 < view.entries ? ',' : ''}\n`;
    if (chunk.length > 1 << 16) {
      parts.push(chunk);
      chunk = '';
    }
  }
  parts.push(chunk);
  if (format === 'json') parts.push(']}\n');
  saveFile(`table.${format}`, new Blob(parts, { type: format === 'csv' ? 'text/csv' : 'application/json' }));
}
