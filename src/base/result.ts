/**
 * What can become of a call: a value, an error that is a value too, or a defect of our own, which is thrown.
 */

/** Success with a value, or failure with an error that is a value too. `ok` tells them apart. */
export type Result<T, E> = Ok<T> | Err<E>;

/** The success arm of {@link Result}. */
export interface Ok<T> {
  readonly ok: true;
  readonly value: T;
}

/** The failure arm of {@link Result}. */
export interface Err<E> {
  readonly ok: false;
  readonly error: E;
}

/** Wraps a value as success. */
export function ok<T>(value: T): Ok<T> {
  return { ok: true, value };
}

/** Wraps an error as failure. */
export function err<E>(error: E): Err<E> {
  return { ok: false, error };
}

/** A broken invariant of peerpath itself: never the fault of the input. Caught only at the edge of the CLI and the web worker. */
class BugError extends Error {
  override readonly name = 'BugError';
}

/**
 * States an invariant of our own code.
 * @throws BugError when `condition` is false.
 */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new BugError(invariant);
}

/** The value of something that our own code guarantees to be there. @throws BugError when it is not. */
export function defined<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new BugError(`missing ${what}`);
  return value;
}

/** What was thrown, as one sentence for people. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
