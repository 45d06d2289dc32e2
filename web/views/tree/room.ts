/** How wide a picture may be. */
import { useSignal } from '@preact/signals';
import { useLayoutEffect } from 'preact/hooks';

/** Narrower pictures are not made for: they scroll. */
const LEAST_WIDTH = 320;

/** The width of an element, as it becomes: 320 pixels at least, 0 before it is known. */
export function useRoom(place: { readonly current: HTMLElement | null }): number {
  const room = useSignal(0);
  useLayoutEffect(() => {
    const element = place.current;
    if (element === null) return;
    const look = (): void => {
      room.value = Math.max(LEAST_WIDTH, element.clientWidth);
    };
    look();
    const watch = new ResizeObserver(look);
    watch.observe(element);
    return () => watch.disconnect();
  }, [room, place]);
  return room.value;
}
