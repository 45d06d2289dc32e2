/** Is the page on its way to paper? */
import { type Signal, signal } from '@preact/signals';

const query = matchMedia('print');

/** While it is printed, and in the preview of it. */
export const printing: Signal<boolean> = signal(query.matches);
const follow = (): void => {
  printing.value = query.matches;
};
query.addEventListener('change', follow);
window.addEventListener('beforeprint', () => {
  printing.value = true;
});
window.addEventListener('afterprint', follow);
