/** What a scenario's run tells, step by step. Plain values; timeline and JSON are made of them. */

import type { MapFlow } from '../../dma-buf/index.ts';
import type { Verdict } from '../../p2pdma/index.ts';
import type { PciFunction } from '../../pci/index.ts';
import type { Errno } from '../../uapi/index.ts';
import type { Step } from './scenario.ts';
import type { Landing } from './transfer.ts';

/**
 * How a step ended.
 *
 * - `done`: the call returned without an error, every byte arrived somewhere.
 * - `failed`: the kernel returned an error.
 * - `waits`: the call has not returned; it waits for an importer.
 * - `stopped`: not every byte arrived.
 * - `unknown`: the input lacks facts; `why` names them.
 * - `crashed`: the kernel died.
 */
export type StepOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly errno: Errno; readonly at: string }
  | { readonly kind: 'waits'; readonly why: string }
  | { readonly kind: 'stopped'; readonly why: string }
  | { readonly kind: 'unknown'; readonly why: string }
  | { readonly kind: 'crashed'; readonly at: string };

/** A table that an importer got. */
export interface LabTable {
  readonly flow: MapFlow;
  readonly space: 'bus' | 'iova' | 'phys';
  readonly nents: number;
  readonly origNents: number;
  /** The first of them, at most 64. */
  readonly entries: readonly (readonly [address: bigint, length: bigint])[];
}

/** Bytes that moved. */
export interface LabTransfer {
  readonly kind: 'read' | 'write';
  readonly requester: PciFunction;
  readonly length: bigint;
  /** Requests of at most 4 KiB. */
  readonly packets: bigint;
  readonly landings: readonly Landing[];
}

/** Bytes that were read: the first of them, and the XXH32 of all. */
export interface LabBytes {
  readonly head: Uint8Array;
  readonly hash: number;
  readonly length: bigint;
}

/** One thing that was expected. */
export interface Check {
  /** The key of the expectation. */
  readonly what: string;
  readonly expected: string;
  readonly found: string;
  readonly ok: boolean;
}

/** One step, after it was taken. */
export interface LabEvent {
  /** Number of the step, from 1. */
  readonly number: number;
  readonly step: Step;
  /** The step in words. */
  readonly title: string;
  readonly outcome: StepOutcome;
  readonly verdict: Verdict | undefined;
  readonly table: LabTable | undefined;
  readonly transfer: LabTransfer | undefined;
  readonly bytes: LabBytes | undefined;
  /** What else happened because of it, in order: importers told to unmap, calls that returned. */
  readonly effects: readonly string[];
  readonly warns: readonly string[];
  readonly defects: readonly string[];
  /** In the order of the keys. Without an expectation: that the step is done. */
  readonly checks: readonly Check[];
  /** Every check holds. */
  readonly ok: boolean;
}
