/** Displays on a wall: wide enough for two views side by side. */
import { type Signal, signal } from '@preact/signals';

const query = matchMedia('(min-width: 2300px)');

/** Is this one? */
export const wall: Signal<boolean> = signal(query.matches);
query.addEventListener('change', ({ matches }) => {
  wall.value = matches;
});
