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
