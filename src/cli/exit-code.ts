/** Exit codes of every command (docs: "Command line"). */
export const EXIT = {
  /** Answered. */
  answered: 0,
  /** Answered, and the answer is no. */
  no: 1,
  /** The command line or the input cannot be used: one sentence on standard error. */
  unusable: 2,
  /** The input lacks facts that the answer needs; they are named. */
  unknown: 3,
  /** A defect of peerpath itself. */
  bug: 70,
} as const;

/** Ends a command with one sentence on standard error, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
