/** The tree of a machine as a picture: what hangs where, by which link, and which ports redirect. */
import { type Signal, signal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { messageOf } from '../../../src/base/index.ts';
import type { TreeWish } from '../../drawing/branches.ts';
import { type Box, type PackedTree, packedTree } from '../../drawing/packed-tree.ts';
import { traitsOf } from '../../drawing/traits.ts';
import { announcement, sayRefused } from '../../state.ts';
import type { Tab } from '../../tab.ts';
import { usePanZoom } from '../pan-zoom.ts';
import { describeBox } from './box-words.ts';
import { TreeLegend } from './legend.tsx';
import { type Looks, looksOf, type Overlay } from './looks.ts';
import { useRoom } from './room.ts';
import { saveTree } from './save-tree.tsx';
import { TreeCanvas } from './tree-canvas.tsx';

/** How a machine's tree is looked at. Kept while another view is shown. */
interface Looking {
  readonly filter: Signal<string>;
  readonly everything: Signal<boolean>;
  readonly alike: Signal<NonNullable<TreeWish['alike']>>;
  readonly folds: Signal<ReadonlyMap<string, boolean>>;
  readonly overlay: Signal<Overlay>;
  readonly zoom: Signal<number>;
  /** The device that was last unfolded to. */
  unfolded: number | undefined;
}

/** What is drawn before it is known how much room there is. */
const NOTHING: PackedTree = { boxes: [], frames: [], sockets: [], width: 0, height: 0 };

const lookings = new WeakMap<Tab, Looking>();

function lookingAt(tab: Tab): Looking {
  let looking = lookings.get(tab);
  if (looking === undefined) {
    looking = {
      filter: signal(''),
      everything: signal(false),
      alike: signal('fit'),
      folds: signal(new Map()),
      overlay: signal('none'),
      zoom: signal(1),
      unfolded: undefined,
    };
    lookings.set(tab, looking);
  }
  return looking;
}

/** The tree, with its filter, pan and zoom. */
export function TreeView({ tab }: { readonly tab: Tab }) {
  const looking = lookingAt(tab);
  const { filter, everything, alike, folds, overlay, zoom } = looking;
  const scroller = useRef<HTMLDivElement>(null);
  const panZoom = usePanZoom(scroller, zoom);
  const room = useRoom(scroller);
  const machine = tab.machine.value;
  const device = tab.device.value;
  const looks = looksOf(tab, overlay.value);
  useEffect(() => unfoldAbove(tab, looking, device), [tab, looking, device]);
  const wish = useWish(tab, looking, looks);
  const tree = useMemo(() => (room === 0 ? NOTHING : packedTree(machine, wish, room)), [machine, wish, room]);
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
        <label>
          Show{' '}
          <select
            value={overlay.value}
            onChange={(event) => {
              overlay.value = event.currentTarget.value as Overlay;
            }}
          >
            <option value="none">the machine</option>
            <option value="groups">IOMMU groups</option>
          </select>
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
        <span class="pictures">
          {(['svg', 'png'] as const).map((format) => (
            <button
              key={format}
              type="button"
              class="quiet"
              aria-label={`Save the picture as ${format.toUpperCase()}`}
              onClick={() => save(tab, wish, looks, format)}
            >
              {format.toUpperCase()}
            </button>
          ))}
        </span>
      </div>
      <TreeCanvas tab={tab} scroller={scroller} tree={tree} looks={looks} zoom={zoom} panZoom={panZoom} fold={fold} />
      <TreeLegend tab={tab} machine={machine} looks={looks} overlay={overlay.value} />
    </section>
  );
}

function useWish(tab: Tab, { filter, everything, alike, folds }: Looking, { way }: Looks): TreeWish {
  const machine = tab.machine.value;
  const device = tab.device.value;
  const situation = tab.situation.value;
  const traits = useMemo(() => traitsOf(machine.functions, situation), [machine, situation]);
  const passed = [...way.keys()].join();
  return useMemo(() => {
    const only = filter.value.trim() === '' ? undefined : new Set(tab.matching(filter.value).slice(0, 5000));
    const shown = new Set(way.keys());
    for (const above of withAllAbove(tab, device)) shown.add(above);
    return { folds: folds.value, only, everything: everything.value, shown, alike: alike.value, traits };
  }, [machine, traits, filter.value, everything.value, alike.value, folds.value, passed, device, tab]);
}

/** The picture as it is looked at, as a file. */
function save(tab: Tab, wish: TreeWish, looks: Looks, format: 'svg' | 'png'): void {
  const { kernelLine = '', parameters = '', commands = [] } = tab.situation.value ?? {};
  const { functions, source } = tab.machine.value;
  const changed = [parameters, ...commands].filter((text) => text !== '').join('; ');
  const lines = [
    `${source}, ${functions.length} functions. ${kernelLine}`,
    ...(tab.asksSomething.value ? [`What if: ${changed === '' ? 'another kernel or boot' : changed}`] : []),
  ];
  const picture = { machine: tab.machine.value, wish, looks, lines, titleOf: (box: Box) => describeBox(tab, box) };
  saveTree(picture, format).then(
    () => {
      announcement.value = `The picture is saved as ${format.toUpperCase()}.`;
    },
    (error: unknown) => sayRefused(messageOf(error)),
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
