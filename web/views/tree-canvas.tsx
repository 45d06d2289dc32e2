/** The boxes and lines in sight, and everything that moves among them. */
import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { BOX_HEIGHT, BOX_WIDTH, type Box, linkCurve, type Socket, type TreeLayout } from '../drawing/tree-layout.ts';
import type { Place } from '../protocol.ts';
import { announcement, showDevice } from '../state.ts';
import type { Tab } from '../tab.ts';
import type { PanZoom } from './pan-zoom.ts';
import { StopNumbers, stopNumbers } from './stop-numbers.tsx';
import { BoxDrawing, describeBox, LinkLine } from './tree-box.tsx';
import { TYPE_CLASSES } from './verdict-mark.tsx';

interface CanvasProps {
  readonly tab: Tab;
  readonly scroller: { readonly current: HTMLDivElement | null };
  readonly layout: TreeLayout;
  /** Functions that the pair's traffic passes, and in which role. */
  readonly way: ReadonlyMap<number, string>;
  readonly zoom: Signal<number>;
  readonly panZoom: PanZoom;
  readonly fold: (id: string, folded: boolean) => void;
}

/** The picture, as an element that scrolls. */
export function TreeCanvas({ tab, scroller, layout, way, zoom, panZoom, fold }: CanvasProps) {
  const sight = useSignal({ top: 0, height: 2000 });
  const current = useSignal<string | undefined>(undefined);
  const { boxes, width, height } = layout;
  const scale = zoom.value;
  const redirects = new Set((tab.situation.value?.ports ?? []).filter((acs) => acs.redirects).map(({ port }) => port));
  const at = boxes.findIndex(({ id }) => id === current.value);
  const activeBox = boxes[at < 0 ? 0 : at];
  const chosen = tab.device.value === undefined ? undefined : tab.fn(tab.device.value)?.bdf;
  const look = (): void => {
    const element = scroller.current;
    if (element !== null) sight.value = { top: element.scrollTop / scale, height: element.clientHeight / scale };
  };
  useEffect(look, [layout, scale]);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const watch = new ResizeObserver(look);
    watch.observe(element);
    return () => watch.disconnect();
  });
  // Once for each choice: who has scrolled on since is not pulled back.
  const revealed = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (chosen === undefined || revealed.current === chosen) return;
    const box = boxes.find(({ id }) => id === chosen);
    if (box === undefined) return;
    revealed.current = chosen;
    current.value = chosen;
    reveal(scroller.current, [box], scale);
  }, [chosen, boxes, scale, current, scroller]);

  const pair = tab.pairView.value?.forth;
  const shownWay = useRef<string | undefined>(undefined);
  useEffect(() => {
    const key = pair === undefined ? undefined : `${pair.provider} ${pair.client}`;
    if (shownWay.current === key) return;
    shownWay.current = key;
    if (pair !== undefined) revealWay(scroller.current, boxes, way, pair, scale);
  }, [pair, boxes, way, scale, scroller]);

  const route = pair?.route;
  const numbers = useMemo(() => stopNumbers(route?.stops ?? [], (place) => place), [route]);
  const visible = boxes.filter(
    ({ y, parent }) =>
      inSight(y, sight.value) ||
      (parent >= 0 && inSight(boxes[parent]?.y ?? 0, sight.value) && y < sight.value.top + sight.value.height + 4000),
  );
  const go = (box: Box | undefined): void => {
    if (box === undefined) return;
    current.value = box.id;
    reveal(scroller.current, [box], scale);
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
      ' ': () => act(tab, box, fold),
      '+': () => panZoom.rescale(1.25),
      '=': () => panZoom.rescale(1.25),
      '-': () => panZoom.rescale(1 / 1.25),
      '0': () => panZoom.fit(width, height),
    };
    const move = moves[event.key];
    if (move === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move();
  };
  return (
    <div
      ref={scroller}
      class="tree-scroll"
      role="tree"
      aria-label="PCI tree. Arrow keys move, right and left unfold and fold, Enter chooses, plus and minus zoom, 0 fits."
      tabIndex={0}
      aria-activedescendant={activeBox === undefined ? undefined : `box-${activeBox.id}`}
      onKeyDown={onKeyDown}
      onScroll={look}
      {...panZoom.handlers}
    >
      <svg
        class="tree-picture"
        role="none"
        width={width * scale}
        height={height * scale}
        viewBox={`0 0 ${width} ${height}`}
      >
        <g aria-hidden="true">
          {layout.sockets.map((socket) => (
            <SocketHead key={socket.numaNode} socket={socket} />
          ))}
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
        {visible.map((box) => (
          <StopNumbers key={box.id} x={box.x} y={box.y} numbers={numbers.get(placeOf(box) ?? 'ram')} />
        ))}
        {visible
          .filter((box) => pair?.stop !== undefined && placeOf(box) === pair.stop)
          .map((box) => (
            <StopSign key={box.id} box={box} />
          ))}
      </svg>
    </div>
  );
}

/** Here a pair comes to an end. */
function StopSign({ box: { x, y } }: { readonly box: Box }) {
  return (
    <g class="stop-sign" transform={`translate(${x + BOX_WIDTH + 12} ${y + BOX_HEIGHT / 2})`}>
      <title>Here it ends: see why beside the tree</title>
      <path d="M-4 -9.5H4L9.5 -4V4L4 9.5H-4L-9.5 4V-4Z" />
      <path class="bar" d="M-5 0H5" />
    </g>
  );
}

function SocketHead({ socket: { numaNode, y, height } }: { readonly socket: Socket }) {
  return (
    <g class="socket">
      <path d={`M4 ${y}V${y + height}`} />
      <text x="12" y={y + 12}>
        {numaNode === undefined ? 'NUMA node not known' : `NUMA node ${numaNode}`}
      </text>
    </g>
  );
}

function placeOf({ node }: Box): Place | undefined {
  if (node.what === 'root') return -1 - node.hostBridge;
  return node.what === 'function' ? node.fn.index : undefined;
}

function act(tab: Tab, box: Box, fold: (id: string, folded: boolean) => void): void {
  if (box.node.what === 'function') showDevice(tab, box.node.fn.index);
  else if (box.folded !== undefined) fold(box.id, !box.folded);
}

function inSight(y: number, { top, height }: { readonly top: number; readonly height: number }): boolean {
  return y > top - 300 && y < top + height + 300;
}

/** Scrolls boxes into view, with some of what is around them. */
function reveal(element: HTMLElement | null, shown: readonly Box[], scale: number): void {
  if (element === null || shown.length === 0) return;
  const { x, y, right, bottom } = extent(shown, scale);
  const { scrollTop, scrollLeft, clientHeight, clientWidth } = element;
  if (y < scrollTop + 24) element.scrollTop = y - 60;
  else if (bottom + 24 > scrollTop + clientHeight) element.scrollTop = bottom - clientHeight + 60;
  if (x < scrollLeft + 8) element.scrollLeft = x - 20;
  else if (right + 8 > scrollLeft + clientWidth) element.scrollLeft = right - clientWidth + 20;
}

/** Where boxes are on the picture, in pixels. */
function extent(boxes: readonly Box[], scale: number) {
  const [xs, ys] = [boxes.map(({ x }) => x), boxes.map(({ y }) => y)];
  return {
    x: Math.min(...xs) * scale,
    y: Math.min(...ys) * scale,
    right: (Math.max(...xs) + BOX_WIDTH) * scale,
    bottom: (Math.max(...ys) + BOX_HEIGHT) * scale,
  };
}

/** The whole way of a pair where there is room for it, else its two ends, else whose memory it is. */
function revealWay(
  element: HTMLElement | null,
  boxes: readonly Box[],
  way: ReadonlyMap<number, string>,
  { provider, client }: { readonly provider: number; readonly client: number },
  scale: number,
): void {
  if (element === null) return;
  const among = (wanted: (index: number) => boolean): readonly Box[] =>
    boxes.filter(({ node }) => node.what === 'function' && wanted(node.fn.index));
  const choices = [
    among((index) => way.has(index)),
    among((index) => index === provider || index === client),
    among((index) => index === provider),
  ];
  const fits = (shown: readonly Box[]): boolean => {
    const { x, y, right, bottom } = extent(shown, scale);
    return right - x + 40 <= element.clientWidth && bottom - y + 120 <= element.clientHeight;
  };
  reveal(element, choices.find(fits) ?? choices.at(-1) ?? [], scale);
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
  const verdict = TYPE_CLASSES[tab.pairView.value?.forth.type ?? 0] ?? '';
  return <LinkLine box={box} parent={parent} d={linkCurve(parent, box)} lit={lit} narrow={narrow} verdict={verdict} />;
}

function wayHas({ node }: Box, way: ReadonlyMap<number, string>): boolean {
  return node.what === 'function' && way.has(node.fn.index);
}
