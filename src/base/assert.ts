/** A broken invariant of peerpath itself: never the fault of the input. Caught only at the edge of the CLI and the web worker. */
export class BugError extends Error {
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
