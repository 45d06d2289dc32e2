/** The tree of a machine as a picture: what hangs where, by which link, and which ports redirect. */
import { type Signal, signal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { treeLayout } from '../drawing/tree-layout.ts';
import type { Tab } from '../tab.ts';
import { usePanZoom } from './pan-zoom.ts';
import { TreeCanvas } from './tree-canvas.tsx';
import { TYPE_CLASSES, wordsOf } from './verdict-mark.tsx';

/** How a machine's tree is looked at. Kept while another view is shown. */
interface Looking {
  readonly filter: Signal<string>;
  readonly everything: Signal<boolean>;
  readonly folds: Signal<ReadonlyMap<string, boolean>>;
  readonly zoom: Signal<number>;
  fitted: boolean;
  /** The device that was last unfolded to. */
  unfolded: number | undefined;
}

const lookings = new WeakMap<Tab, Looking>();

function lookingAt(tab: Tab): Looking {
  let looking = lookings.get(tab);
  if (looking === undefined) {
    looking = {
      filter: signal(''),
      everything: signal(false),
      folds: signal(new Map()),
      zoom: signal(1),
      fitted: false,
      unfolded: undefined,
    };
    lookings.set(tab, looking);
  }
  return looking;
}

/** The tree, with its filter, pan and zoom. */
export function TreeView({ tab }: { readonly tab: Tab }) {
  const looking = lookingAt(tab);
  const { filter, everything, folds, zoom } = looking;
  const scroller = useRef<HTMLDivElement>(null);
  const panZoom = usePanZoom(scroller, zoom);
  const machine = tab.machine.value;
  const way = wayOf(tab);
  const device = tab.device.value;
  useEffect(() => unfoldAbove(tab, looking, device), [tab, looking, device]);
  const layout = useMemo(() => {
    const only = filter.value.trim() === '' ? undefined : new Set(tab.matching(filter.value).slice(0, 5000));
    const shown = new Set(way.keys());
    for (const above of withAllAbove(tab, device)) shown.add(above);
    return treeLayout(machine, { folds: folds.value, only, everything: everything.value, shown });
  }, [machine, filter.value, everything.value, folds.value, way, device, tab]);
  const { width, height } = layout;
  // At first as much as fits, as long as it can be read.
  useEffect(() => {
    const room = scroller.current?.clientWidth ?? 0;
    if (looking.fitted || room < 600) return;
    looking.fitted = true;
    if (width > room) zoom.value = Math.max(0.62, room / width);
  }, [width, zoom, looking]);
  const fold = (id: string, folded: boolean): void => {
    folds.value = new Map(folds.value).set(id, !folded);
  };
  return (
    <section class="tree" aria-label="Tree">
      <div class="tools">
        <input
          type="search"
          class="filter"
          placeholder="Filter: nvme, 0000:17, connectx…"
          aria-label="Filter the tree"
          value={filter.value}
          onInput={(event) => {
            filter.value = event.currentTarget.value;
          }}
        />
        <label>
          <input
            type="checkbox"
            checked={everything.value}
            onChange={(event) => {
              everything.value = event.currentTarget.checked;
            }}
          />{' '}
          everything
        </label>
        <span class="zoom">
          <button type="button" class="quiet" aria-label="Smaller" onClick={() => panZoom.rescale(1 / 1.25)}>
            −
          </button>
          <button type="button" class="quiet" aria-label="Larger" onClick={() => panZoom.rescale(1.25)}>
            +
          </button>
          <button
            type="button"
            class="quiet fit"
            title="Fit the whole tree into view"
            onClick={() => panZoom.fit(width, height)}
          >
            Fit
          </button>
        </span>
      </div>
      <TreeCanvas tab={tab} scroller={scroller} layout={layout} way={way} zoom={zoom} panZoom={panZoom} fold={fold} />
      <TreeLegend tab={tab} />
    </section>
  );
}

/** A function and all above it: what must be unfolded for it to be seen. */
function withAllAbove(tab: Tab, index: number | undefined): readonly number[] {
  const all = new Set<number>();
  for (let at = index === undefined ? undefined : tab.fn(index); at !== undefined && !all.has(at.index); ) {
    all.add(at.index);
    at = tab.fn(at.physfn >= 0 ? at.physfn : at.parent);
  }
  return [...all];
}

/** A device that was chosen is shown, also below what was folded by hand. */
function unfoldAbove(tab: Tab, looking: Looking, device: number | undefined): void {
  if (looking.unfolded === device) return;
  looking.unfolded = device;
  const above = withAllAbove(tab, device)
    .slice(1)
    .map((index) => tab.fn(index)?.bdf);
  const root = device === undefined ? undefined : tab.fn(device)?.hostBridge;
  const ways = new Set([...above, `root ${root}`]);
  looking.folds.value = new Map([...looking.folds.value].filter(([id, open]) => open || !ways.has(id)));
}

/** The functions a pair's traffic passes, and in which role. */
function wayOf(tab: Tab): ReadonlyMap<number, string> {
  const view = tab.pairView.value?.forth;
  return useMemo(() => {
    const way = new Map<number, string>();
    if (view === undefined) return way;
    for (const index of view.path) way.set(index, '');
    for (const { place } of view.route?.stops ?? [])
      if (place !== 'ram' && place >= 0 && !way.has(place)) way.set(place, '');
    way.set(view.provider, 'memory');
    way.set(view.client, 'reads, writes');
    if (view.meets >= 0 && view.meets !== view.provider && view.meets !== view.client)
      way.set(view.meets, 'paths meet');
    return way;
  }, [view]);
}

function TreeLegend({ tab }: { readonly tab: Tab }) {
  const redirecting = (tab.situation.value?.ports ?? []).filter(({ redirects }) => redirects).length;
  const slower = tab.machine.value.functions.filter(({ link }) => link?.slow !== undefined).length;
  return (
    <div class="legend">
      <ul>
        <li>
          <svg width="34" height="12" viewBox="0 0 34 12" aria-hidden="true">
            <path class="link" d="M0 6H10" stroke-width="1.4" />
            <path class="link" d="M12 6H22" stroke-width="3.5" />
            <path class="link" d="M24 6H34" stroke-width="6" />
          </svg>
          thicker is faster
        </li>
        <li>
          <span class="acs-badge" aria-hidden="true">
            ACS
          </span>
          redirects peer traffic <b>{redirecting}</b>
        </li>
        <li>
          <svg width="20" height="12" viewBox="0 0 20 12" aria-hidden="true">
            <path class="link downgraded" d="M0 6H20" stroke-width="3" />
          </svg>
          slower than it could <b>{slower}</b>
        </li>
        {tab.pair.value !== undefined && (
          <li>
            <svg width="20" height="12" viewBox="0 0 20 12" aria-hidden="true">
              <path
                class={`link lit ${TYPE_CLASSES[tab.pairView.value?.forth.type ?? 0]}`}
                d="M0 6H20"
                stroke-width="4"
              />
            </svg>
            way of the pair{tab.pairView.value === undefined ? '' : `: ${wordsOf(tab.pairView.value.forth.type)}`}
          </li>
        )}
        {tab.pairView.value?.forth.route?.bottleneck !== undefined && (
          <li>
            <svg width="20" height="12" viewBox="0 0 20 12" aria-hidden="true">
              <path class="link narrow" d="M0 6H20" stroke-width="4" />
            </svg>
            its narrowest link
          </li>
        )}
      </ul>
    </div>
  );
}
