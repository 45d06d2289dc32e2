/** Kernel functions that may sleep until an importer lets go: generators that yield the buffer they wait for. */
import type { VfioDmaBuf } from './vfio-dma-buf.ts';

/** A call that is under way. It yields while a mapping of the buffer is left; run it again after the importer unmapped. */
export type Sleeping<T> = Generator<VfioDmaBuf, T, undefined>;

/** How far a call came. The kernel has no timeout: an importer that never unmaps blocks it for ever. */
export type Progress<T> =
  | { readonly state: 'done'; readonly value: T }
  | { readonly state: 'sleeping'; readonly waitingFor: VfioDmaBuf };

/** Runs a call until it returns or has to wait. */
export function proceed<T>(call: Sleeping<T>): Progress<T> {
  const { done, value } = call.next();
  return done === true ? { state: 'done', value } : { state: 'sleeping', waitingFor: value };
}
