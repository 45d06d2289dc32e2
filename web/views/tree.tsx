/** The tree of a machine as a picture: what hangs where, by which link, and which ports redirect. */
import { useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { BOX_WIDTH, type Box, linkCurve, type TreeLayout, treeLayout } from '../drawing/tree-layout.ts';
import { announcement, showDevice } from '../state.ts';
import type { Tab } from '../tab.ts';
import { BoxDrawing, describeBox, LinkLine } from './tree-box.tsx';

/** The tree, with its filter, pan and zoom. */
export function TreeView({ tab }: { readonly tab: Tab }) {
  const filter = useSignal('');
  const everything = useSignal(false);
  const folds = useSignal<ReadonlyMap<string, boolean>>(new Map());
  const zoom = useSignal(1);
  const machine = tab.machine.value;
  const way = wayOf(tab);
  const device = tab.device.value;
  const layout = useMemo(() => {
    const only = filter.value.trim() === '' ? undefined : new Set(tab.matching(filter.value).slice(0, 5000));
    const shown = new Set(way.keys());
    if (device !== undefined)
      for (let at = tab.fn(device); at !== undefined; at = tab.fn(at.parent)) shown.add(at.index);
    return treeLayout(machine, { folds: folds.value, only, everything: everything.value, shown });
  }, [machine, filter.value, everything.value, folds.value, way, device, tab]);
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
          <button type="button" class="quiet" aria-label="Smaller" onClick={() => rescale(zoom, 1 / 1.25)}>
            −
          </button>
          <button type="button" class="quiet" aria-label="Larger" onClick={() => rescale(zoom, 1.25)}>
            +
          </button>
        </span>
      </div>
      <TreeCanvas tab={tab} layout={layout} way={way} zoom={zoom} fold={fold} />
      <TreeLegend tab={tab} />
    </section>
  );
}

function rescale(zoom: { value: number }, by: number): void {
  zoom.value = Math.min(3, Math.max(0.15, zoom.value * by));
}

/** The functions a pair's traffic passes, and in which role. */
function wayOf(tab: Tab): ReadonlyMap<number, string> {
  const view = tab.pairView.value?.forth;
  return useMemo(() => {
    const way = new Map<number, string>();
    if (view === undefined) return way;
    for (const index of view.path) way.set(index, '');
    for (const hop of view.route?.hops ?? []) if (hop.fn >= 0 && !way.has(hop.fn)) way.set(hop.fn, '');
    way.set(view.provider, 'memory');
    way.set(view.client, 'reads, writes');
    if (view.meets >= 0 && view.meets !== view.provider && view.meets !== view.client)
      way.set(view.meets, 'paths meet');
    return way;
  }, [view]);
}

interface CanvasProps {
  readonly tab: Tab;
  readonly layout: TreeLayout;
  readonly way: ReadonlyMap<number, string>;
  readonly zoom: { value: number };
  readonly fold: (id: string, folded: boolean) => void;
}

function TreeCanvas({ tab, layout, way, zoom, fold }: CanvasProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const sight = useSignal({ top: 0, height: 2000 });
  const current = useSignal<string | undefined>(undefined);
  const dragged = useRef<{ x: number; y: number; left: number; top: number } | undefined>(undefined);
  const { boxes, width, height } = layout;
  const scale = zoom.value;
  const redirects = new Set((tab.situation.value?.ports ?? []).filter((acs) => acs.redirects).map(({ port }) => port));
  const at = boxes.findIndex(({ id }) => id === current.value);
  const activeBox = boxes[at < 0 ? 0 : at];
  const look = (): void => {
    const element = scroller.current;
    if (element !== null) sight.value = { top: element.scrollTop / scale, height: element.clientHeight / scale };
  };
  useEffect(look, [layout, scale]);
  // At first as much as fits, as long as it can be read.
  const fitted = useRef(false);
  useEffect(() => {
    const room = scroller.current?.clientWidth ?? 0;
    if (fitted.current || room < 600) return;
    fitted.current = true;
    if (width > room) zoom.value = Math.max(0.62, room / width);
  }, [width, zoom]);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const watch = new ResizeObserver(look);
    watch.observe(element);
    return () => watch.disconnect();
  });
  const chosen = tab.device.value === undefined ? undefined : tab.fn(tab.device.value)?.bdf;
  useEffect(() => {
    if (chosen === undefined) return;
    current.value = chosen;
    const box = boxes.find(({ id }) => id === chosen);
    if (box !== undefined) reveal(scroller.current, box, scale);
  }, [chosen, boxes, scale, current]);

  const visible = boxes.filter(
    ({ y, parent }) =>
      inSight(y, sight.value) ||
      (parent >= 0 && inSight(boxes[parent]?.y ?? 0, sight.value) && y < sight.value.top + sight.value.height + 4000),
  );
  const go = (box: Box | undefined): void => {
    if (box === undefined) return;
    current.value = box.id;
    reveal(scroller.current, box, scale);
    announcement.value = describeBox(tab, box);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const index = Math.max(0, at);
    const box = boxes[index];
    if (box === undefined) return;
    const moves: Record<string, () => void> = {
      ArrowDown: () => go(boxes[index + 1]),
      ArrowUp: () => go(boxes[index - 1]),
      ArrowRight: () => (box.folded === true ? fold(box.id, false) : box.folded === false && go(boxes[index + 1])),
      ArrowLeft: () => (box.folded === false ? fold(box.id, true) : go(boxes[box.parent])),
      Home: () => go(boxes[0]),
      End: () => go(boxes.at(-1)),
      Enter: () => act(tab, box, fold),
      '+': () => rescale(zoom, 1.25),
      '-': () => rescale(zoom, 1 / 1.25),
    };
    const move = moves[event.key];
    if (move === undefined || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    move();
  };
  return (
    <div
      ref={scroller}
      class="tree-scroll"
      role="tree"
      aria-label="PCI tree. Arrow keys move, right and left unfold and fold, Enter chooses."
      tabIndex={0}
      aria-activedescendant={activeBox === undefined ? undefined : `box-${activeBox.id}`}
      onKeyDown={onKeyDown}
      onScroll={look}
      onWheel={(event) => {
        if (!event.ctrlKey) return;
        event.preventDefault();
        rescale(zoom, event.deltaY < 0 ? 1.1 : 1 / 1.1);
      }}
      onPointerDown={(event) => {
        const element = scroller.current;
        if (event.pointerType !== 'mouse' || event.button !== 0 || element === null) return;
        dragged.current = { x: event.clientX, y: event.clientY, left: element.scrollLeft, top: element.scrollTop };
      }}
      onPointerMove={(event) => {
        const [from, element] = [dragged.current, scroller.current];
        if (from === undefined || element === null) return;
        element.scrollLeft = from.left - (event.clientX - from.x);
        element.scrollTop = from.top - (event.clientY - from.y);
      }}
      onPointerUp={() => {
        dragged.current = undefined;
      }}
      onPointerLeave={() => {
        dragged.current = undefined;
      }}
    >
      <svg
        class="tree-picture"
        role="none"
        width={width * scale}
        height={height * scale}
        viewBox={`0 0 ${width} ${height}`}
      >
        <g aria-hidden="true">
          {visible.map((box) => (
            <WayLink key={box.id} tab={tab} box={box} parent={boxes[box.parent]} way={way} />
          ))}
        </g>
        {visible.map((box) => (
          <BoxDrawing
            key={box.id}
            tab={tab}
            box={box}
            role={box.node.what === 'function' ? way.get(box.node.fn.index) : undefined}
            redirects={box.node.what === 'function' && redirects.has(box.node.fn.index)}
            current={box.id === activeBox?.id}
            chosen={box.id === chosen}
            onAct={() => {
              current.value = box.id;
              act(tab, box, fold);
            }}
            onFold={() => fold(box.id, box.folded === false)}
          />
        ))}
      </svg>
    </div>
  );
}

function act(tab: Tab, box: Box, fold: (id: string, folded: boolean) => void): void {
  if (box.node.what === 'function') showDevice(tab, box.node.fn.index);
  else if (box.folded !== undefined) fold(box.id, !box.folded);
}

function inSight(y: number, { top, height }: { readonly top: number; readonly height: number }): boolean {
  return y > top - 300 && y < top + height + 300;
}

function reveal(element: HTMLElement | null, box: Box, scale: number): void {
  if (element === null) return;
  const [x, y] = [box.x * scale, box.y * scale];
  if (y < element.scrollTop + 20) element.scrollTop = y - 60;
  else if (y + 60 > element.scrollTop + element.clientHeight) element.scrollTop = y - element.clientHeight + 100;
  if (x < element.scrollLeft) element.scrollLeft = x - 20;
  else if (x + BOX_WIDTH * scale > element.scrollLeft + element.clientWidth)
    element.scrollLeft = x + BOX_WIDTH * scale - element.clientWidth + 20;
}

interface LinkProps {
  readonly tab: Tab;
  readonly box: Box;
  readonly parent: Box | undefined;
  readonly way: ReadonlyMap<number, string>;
}

/** A line that lights up where the way of the pair passes it. */
function WayLink({ tab, box, parent, way }: LinkProps) {
  if (parent === undefined) return null;
  const fn = box.node.what === 'function' ? box.node.fn : undefined;
  const lit = fn !== undefined && way.has(fn.index) && (parent.node.what === 'root' || wayHas(parent, way));
  const bottleneck = tab.pairView.value?.forth.route?.bottleneck;
  const narrow = fn !== undefined && bottleneck?.below === fn.index;
  return <LinkLine box={box} parent={parent} d={linkCurve(parent, box)} lit={lit} narrow={narrow} />;
}

function wayHas({ node }: Box, way: ReadonlyMap<number, string>): boolean {
  return node.what === 'function' && way.has(node.fn.index);
}

function TreeLegend({ tab }: { readonly tab: Tab }) {
  const redirecting = (tab.situation.value?.ports ?? []).filter(({ redirects }) => redirects).length;
  const slower = tab.machine.value.functions.filter(({ link }) => link?.below !== undefined).length;
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
              <path class="link lit" d="M0 6H20" stroke-width="4" />
            </svg>
            way of the pair
          </li>
        )}
      </ul>
    </div>
  );
}
