/** Focus that stays on the page when what has it goes away. */
import { useLayoutEffect, useRef } from 'preact/hooks';

/**
 * For an element that goes away by what is done in it: who is in it is then at what stands around it, and not at the
 * top of the page.
 * @param around what has the focus afterwards; it must take focus
 */
export function useKeptFocus<E extends HTMLElement>(around: string): { readonly current: E | null } {
  const element = useRef<E>(null);
  useLayoutEffect(() => {
    const { current } = element;
    return () => {
      if (current?.contains(document.activeElement) !== true) return;
      document.querySelector<HTMLElement>(around)?.focus({ preventScroll: true });
    };
  }, [around]);
  return element;
}
