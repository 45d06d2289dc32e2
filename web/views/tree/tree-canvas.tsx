/** The picture of a tree as an element that scrolls and takes keys. */
import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { type Box, HEIGHT, type PackedTree } from '../../drawing/packed-tree.ts';
import { announcement, showDevice } from '../../state.ts';
import type { Tab } from '../../tab.ts';
import type { PanZoom } from '../pan-zoom.ts';
import { describeBox } from './box-words.ts';
import { TreeDrawing } from './drawing.tsx';
import type { Looks } from './looks.ts';

interface CanvasProps {
  readonly tab: Tab;
  readonly scroller: { readonly current: HTMLDivElement | null };
  readonly tree: PackedTree;
  readonly looks: Looks;
  readonly zoom: Signal<number>;
  readonly panZoom: PanZoom;
  readonly fold: (id: string, folded: boolean) => void;
}

/** Above and below what is in sight at least so much is drawn, */
const MARGIN = 200;
/** and up to so much more: what is drawn stays while little is scrolled. */
const STEP = 100;

/** The picture. */
export function TreeCanvas({ tab, scroller, tree, looks, zoom, panZoom, fold }: CanvasProps) {
  // Nothing, until it is known how much room there is: what is drawn for a guess is drawn twice.
  const sight = useSignal({ top: 0, bottom: 0 });
  const current = useSignal<string | undefined>(undefined);
  const { boxes, width, height } = tree;
  const scale = zoom.value;
  const at = boxes.findIndex(({ id }) => id === current.value);
  const active = boxes[at < 0 ? 0 : at];
  const chosen = tab.device.value === undefined ? undefined : tab.fn(tab.device.value)?.bdf;
  const look = (): void => {
    const element = scroller.current;
    if (element === null) return;
    const from = element.scrollTop / scale;
    const top = Math.floor((from - MARGIN) / STEP) * STEP;
    const bottom = Math.ceil((from + element.clientHeight / scale + MARGIN) / STEP) * STEP;
    // The same is no change, which would draw all anew.
    if (top !== sight.peek().top || bottom !== sight.peek().bottom) sight.value = { top, bottom };
  };
  useLayoutEffect(look, [tree, scale]);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const watch = new ResizeObserver(look);
    watch.observe(element);
    return () => watch.disconnect();
  }, [scroller, scale]);
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
    if (shownWay.current === key || boxes.length === 0) return;
    shownWay.current = key;
    if (pair !== undefined) revealWay(scroller.current, boxes, looks.way, pair, scale);
  }, [pair, boxes, looks, scale, scroller]);

  const go = (box: Box | undefined): void => {
    if (box === undefined) return;
    current.value = box.id;
    reveal(scroller.current, [box], scale);
    announcement.value = describeBox(tab, box);
  };
  const act = (box: Box): void => {
    current.value = box.id;
    if (box.node.what === 'function') showDevice(tab, box.node.fn.index);
    else if (box.folded !== undefined) fold(box.id, !box.folded);
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
      Enter: () => act(box),
      ' ': () => act(box),
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
      aria-activedescendant={active === undefined ? undefined : `box-${active.id}`}
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
        <TreeDrawing
          machine={tab.machine.value}
          tree={tree}
          looks={looks}
          sight={sight.value}
          titleOf={(box) => describeBox(tab, box)}
          hands={{ current: active?.id, chosen, act, fold: (box) => fold(box.id, box.folded === false) }}
        />
      </svg>
    </div>
  );
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
  return {
    x: Math.min(...boxes.map(({ x }) => x)) * scale,
    y: Math.min(...boxes.map(({ y }) => y)) * scale,
    right: Math.max(...boxes.map(({ x, width }) => x + width)) * scale,
    bottom: (Math.max(...boxes.map(({ y }) => y)) + HEIGHT) * scale,
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
