/** The one shape in which peerpath says that something cannot be done as asked. */
import type { Err } from './result.ts';

/** Why something could not be done: the error of every {@link Result} of the library; some say more beside it. */
export interface Failure {
  /** One sentence for people: what is wrong, where, what to do. No newline, no stop at its end. */
  readonly text: string;
}

/** A failure that is its sentence alone. */
export function fail(text: string): Err<Failure> {
  return { ok: false, error: { text } };
}
