/** What threads say to each other. */
import type { Outcome } from './capture-reader.ts';

/** One input: a path, or the bytes themselves. */
export interface InputJob {
  readonly source: string;
  readonly bytes?: Uint8Array;
}

/** What a thread is started with. */
export interface WorkerStart {
  readonly claims: SharedArrayBuffer;
  readonly known: SharedArrayBuffer;
}

/** Inputs to read. `alone`: the thread before ended while it read this one; answer whoever claimed the fingerprint. */
export interface BatchMessage {
  readonly inputs: readonly InputJob[];
  readonly alone: boolean;
}

/** What became of each input, in order. */
export type BatchReply = readonly (readonly Outcome[])[];
