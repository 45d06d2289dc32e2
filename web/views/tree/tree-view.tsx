/** The tree of a machine as a picture: what hangs where, by which link, and which ports redirect. */
import { type Signal, signal, useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { TreeWish } from '../../drawing/branches.ts';
import { packedTree } from '../../drawing/packed-tree.ts';
import { traitsOf } from '../../drawing/traits.ts';
import type { Tab } from '../../tab.ts';
import { usePanZoom } from '../pan-zoom.ts';
import { TreeLegend } from './legend.tsx';
import { type Looks, looksOf } from './looks.ts';
import { TreeCanvas } from './tree-canvas.tsx';

/** How a machine's tree is looked at. Kept while another view is shown. */
interface Looking {
  readonly filter: Signal<string>;
  readonly everything: Signal<boolean>;
  readonly alike: Signal<NonNullable<TreeWish['alike']>>;
  readonly folds: Signal<ReadonlyMap<string, boolean>>;
  readonly zoom: Signal<number>;
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
      alike: signal('fit'),
      folds: signal(new Map()),
      zoom: signal(1),
      unfolded: undefined,
    };
    lookings.set(tab, looking);
  }
  return looking;
}

/** Narrower pictures are not made for: they scroll. */
const LEAST_WIDTH = 320;

/** The tree, with its filter, pan and zoom. */
export function TreeView({ tab }: { readonly tab: Tab }) {
  const looking = lookingAt(tab);
  const { filter, everything, alike, folds, zoom } = looking;
  const scroller = useRef<HTMLDivElement>(null);
  const panZoom = usePanZoom(scroller, zoom);
  const room = useRoom(scroller);
  const machine = tab.machine.value;
  const device = tab.device.value;
  const looks = looksOf(tab);
  useEffect(() => unfoldAbove(tab, looking, device), [tab, looking, device]);
  const tree = useTree(tab, looking, looks, room);
  const { width, height } = tree;
  const fold = (id: string, folded: boolean): void => {
    folds.value = new Map(folds.value).set(id, !folded);
  };
  const become = (wanted: NonNullable<TreeWish['alike']>): void => {
    folds.value = new Map();
    alike.value = alike.value === wanted ? 'fit' : wanted;
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
        <button
          type="button"
          class="quiet"
          aria-pressed={alike.value === 'all'}
          title="One box for what is equal but for addresses: kinds, links, ACS, answers"
          onClick={() => become('all')}
        >
          Fold alike
        </button>
        <button
          type="button"
          class="quiet"
          aria-pressed={alike.value === 'none'}
          title="A box for every device"
          onClick={() => become('none')}
        >
          Expand all
        </button>
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
      <TreeCanvas tab={tab} scroller={scroller} tree={tree} looks={looks} zoom={zoom} panZoom={panZoom} fold={fold} />
      <TreeLegend tab={tab} machine={machine} />
    </section>
  );
}

/** How wide the picture may be. */
function useRoom(scroller: { readonly current: HTMLElement | null }): number {
  const room = useSignal(0);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const look = (): void => {
      room.value = Math.max(LEAST_WIDTH, element.clientWidth);
    };
    look();
    const watch = new ResizeObserver(look);
    watch.observe(element);
    return () => watch.disconnect();
  }, [room, scroller]);
  return room.value;
}

function useTree(tab: Tab, { filter, everything, alike, folds }: Looking, { way }: Looks, room: number) {
  const machine = tab.machine.value;
  const device = tab.device.value;
  const situation = tab.situation.value;
  const traits = useMemo(() => traitsOf(machine.functions, situation), [machine, situation]);
  const passed = [...way.keys()].join();
  return useMemo(() => {
    const only = filter.value.trim() === '' ? undefined : new Set(tab.matching(filter.value).slice(0, 5000));
    const shown = new Set(way.keys());
    for (const above of withAllAbove(tab, device)) shown.add(above);
    const wish = { folds: folds.value, only, everything: everything.value, shown, alike: alike.value, traits };
    return packedTree(machine, wish, room);
  }, [machine, traits, filter.value, everything.value, alike.value, folds.value, passed, device, tab, room]);
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
