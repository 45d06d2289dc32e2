/** Moving about in a picture that scrolls: drag, wheel with Ctrl, two fingers. What is under the pointer stays there. */
import type { Signal } from '@preact/signals';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';

const LEAST = 0.1;
const MOST = 3;
/** Pixels before a press is a drag and no click. */
const SLACK = 4;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** What moves the picture. */
export interface PanZoom {
  /** Larger or smaller, around a point of the window or the middle of what is in sight. */
  readonly rescale: (by: number, around?: Point) => void;
  /** As much of the picture as there is room for, at most at its natural size. */
  readonly fit: (width: number, height: number) => void;
  /** For the element that scrolls. */
  readonly handlers: object;
}

/** Lets people move about in the picture in `scroller`, which is drawn at `zoom`. */
export function usePanZoom(scroller: { readonly current: HTMLElement | null }, zoom: Signal<number>): PanZoom {
  const anchor = useRef<{ at: Point; of: Point } | undefined>(undefined);
  const scale = zoom.value;
  useLayoutEffect(() => {
    const [element, kept] = [scroller.current, anchor.current];
    anchor.current = undefined;
    if (element === null || kept === undefined) return;
    element.scrollLeft = kept.of.x * scale - kept.at.x;
    element.scrollTop = kept.of.y * scale - kept.at.y;
  }, [scale, scroller]);
  return useMemo(() => {
    const become = (next: number, around?: Point): void => {
      const element = scroller.current;
      if (element === null) return;
      const box = element.getBoundingClientRect();
      const at = {
        x: around === undefined ? element.clientWidth / 2 : around.x - box.left,
        y: around === undefined ? element.clientHeight / 2 : around.y - box.top,
      };
      const now = zoom.value;
      anchor.current = { at, of: { x: (element.scrollLeft + at.x) / now, y: (element.scrollTop + at.y) / now } };
      zoom.value = Math.min(MOST, Math.max(LEAST, next));
    };
    return {
      rescale: (by, around) => become(zoom.value * by, around),
      fit: (width, height) => {
        const element = scroller.current;
        if (element === null) return;
        anchor.current = { at: { x: 0, y: 0 }, of: { x: 0, y: 0 } };
        const fitting = Math.min(1, element.clientWidth / width, element.clientHeight / height);
        zoom.value = Math.max(LEAST, fitting);
      },
      handlers: { ...dragging(scroller), ...pinching(zoom, become), ...wheeling(zoom, become) },
    };
  }, [scroller, zoom]);
}

/** The mouse drags; fingers scroll by themselves. A drag is no click on what it ends on. */
function dragging(scroller: { readonly current: HTMLElement | null }): object {
  let from: (Point & { left: number; top: number }) | undefined;
  let moved = false;
  return {
    onPointerDown: (event: PointerEvent) => {
      const element = scroller.current;
      moved = false;
      if (event.pointerType !== 'mouse' || event.button !== 0 || element === null) return;
      from = { x: event.clientX, y: event.clientY, left: element.scrollLeft, top: element.scrollTop };
    },
    onPointerMove: (event: PointerEvent) => {
      const element = scroller.current;
      if (from === undefined || element === null) return;
      const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
      if (!moved && Math.hypot(dx, dy) < SLACK) return;
      moved = true;
      element.scrollLeft = from.left - dx;
      element.scrollTop = from.top - dy;
    },
    onPointerUp: () => {
      from = undefined;
    },
    onPointerLeave: () => {
      from = undefined;
    },
    onClickCapture: (event: MouseEvent) => {
      if (moved) event.stopPropagation();
      moved = false;
    },
  };
}

type Become = (zoom: number, around: Point) => void;

function pinching(zoom: Signal<number>, become: Become): object {
  let start: { apart: number; zoom: number } | undefined;
  const both = (event: TouchEvent): readonly [Point, Point] | undefined => {
    const [a, b] = event.touches;
    if (a === undefined || b === undefined || event.touches.length !== 2) return undefined;
    return [
      { x: a.clientX, y: a.clientY },
      { x: b.clientX, y: b.clientY },
    ];
  };
  const apart = ([a, b]: readonly [Point, Point]): number => Math.max(1, Math.hypot(a.x - b.x, a.y - b.y));
  return {
    onTouchStart: (event: TouchEvent) => {
      const fingers = both(event);
      start = fingers === undefined ? undefined : { apart: apart(fingers), zoom: zoom.value };
    },
    onTouchMove: (event: TouchEvent) => {
      const fingers = both(event);
      if (fingers === undefined || start === undefined) return;
      event.preventDefault();
      const [a, b] = fingers;
      become((start.zoom * apart(fingers)) / start.apart, { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
    },
    onTouchEnd: () => {
      start = undefined;
    },
  };
}

/** With Ctrl, which a pinch on a touch pad comes with too; without, the wheel scrolls. */
function wheeling(zoom: Signal<number>, become: Become): object {
  return {
    onWheel: (event: WheelEvent) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      const step = Math.max(-60, Math.min(60, event.deltaY * (event.deltaMode === 0 ? 1 : 30)));
      become(zoom.value * 1.004 ** -step, { x: event.clientX, y: event.clientY });
    },
  };
}
