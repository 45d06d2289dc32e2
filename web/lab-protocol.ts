/** What the page and its worker say to each other about a scenario: plain data. */
import type { OpenInput, PacketStop, Refused, TypeCode, WhatIfChoice } from './protocol.ts';

/** A scenario: shipped or brought; on its own machine, or on that of another input. */
export type LabInput =
  | { readonly from: 'scenario'; readonly name: string; readonly on?: OpenInput }
  | (OpenInput & { readonly from: 'bytes' });

/**
 * What came of opening a scenario: its head, and the input that shows its machine; or why not, in one sentence. `needs`
 * names the file of a machine that the scenario asks for.
 */
export type LabOpened =
  | { readonly ok: true; readonly head: ScenarioHead; readonly machine: OpenInput }
  | (Refused & { readonly needs?: string });

/** A scenario that is open, before its first step. */
export interface ScenarioHead {
  readonly name: string;
  readonly about: string | undefined;
  /** Kernel, IOMMU and machine in one line. */
  readonly boot: string;
  /** What the scenario's boot has otherwise than its machine was captured with. */
  readonly asks: Omit<WhatIfChoice, 'acs'>;
  readonly steps: number;
  /** Functions that the steps name, as they name them. */
  readonly devices: readonly { readonly fn: number; readonly name: string }[];
}

/** How a step ended. */
export type StepMark = 'done' | 'failed' | 'waits' | 'stopped' | 'unknown' | 'crashed';

/** What came of a step. */
export interface StepResult {
  readonly mark: StepMark;
  /** Every check holds. */
  readonly ok: boolean;
  /** How it ended, where it is not simply done. */
  readonly outcome: string | undefined;
  /** Verdict, table, where bytes went, bytes read: a line each. */
  readonly facts: readonly string[];
  readonly effects: readonly string[];
  readonly warns: readonly string[];
  readonly defects: readonly string[];
  readonly checks: readonly StepCheck[];
}

/** A call that fails or waits: what, and where or for what. */
export interface StepTrouble {
  readonly what: string;
  readonly why: string;
}

/** One expectation. */
export interface StepCheck {
  readonly what: string;
  readonly expected: string;
  readonly found: string;
  readonly ok: boolean;
}

/** One step of the list. */
export interface StepRow {
  /** From 1. */
  readonly number: number;
  readonly action: string;
  readonly title: string;
  readonly note: string | undefined;
  /** Undefined: not taken, or taken so long ago that it was let go. */
  readonly result: StepResult | undefined;
}

/** The way of one run of requests. */
export interface FlightView {
  readonly kind: 'read' | 'write';
  /** One sentence. */
  readonly text: string;
  readonly stops: readonly PacketStop[];
  /** Completions of reads. */
  readonly back: readonly PacketStop[];
  readonly end: 'arrives' | 'stopped' | 'unknown';
  /** Stopped on the way back. */
  readonly lostOnReturn: boolean;
  /** Where it ended: `GPU0 BAR 1 at 0x1000`, or why not. */
  readonly endText: string;
  /** The rule that stopped it. */
  readonly rule: string | undefined;
}

/** How a device stands. */
export interface DeviceState {
  readonly fn: number;
  readonly gone: boolean;
  readonly memoryOff: boolean;
  /** What it exports, what it holds. */
  readonly words: string;
}

/** A buffer, who uses it and how, or a call that waits. */
export interface LabObject {
  readonly kind: 'buffer' | 'attachment' | 'mapping' | 'memory region' | 'address space' | 'call';
  readonly name: string;
  readonly text: string;
  readonly state: 'live' | 'revoked' | 'given back' | 'waits';
}

/** Part of a strip. Fractions 0 ... 1. */
export interface StripSpan {
  readonly from: number;
  readonly to: number;
}

/** A run of bytes to jump to. Decimal text. */
export interface MemoryPlace {
  readonly from: string;
  readonly text: string;
  /** By the last step. */
  readonly what: 'wrote' | 'read' | 'written';
}

/** A stretch of a memory, and what lies in it. */
export interface StripView {
  /** First byte and how many; decimal text. */
  readonly from: string;
  readonly size: string;
  readonly exported: readonly StripSpan[];
  readonly written: readonly StripSpan[];
  readonly wrote: readonly StripSpan[];
  readonly read: readonly StripSpan[];
}

/** One memory that can be looked at. */
export interface MemoryView {
  /** Name for requests. */
  readonly key: string;
  readonly title: string;
  /** Function index; -1: memory of the machine. */
  readonly fn: number;
  readonly sizeText: string;
  /** All of it. */
  readonly whole: StripView;
  /** The part where something lies, when that is a small one. */
  readonly near: StripView | undefined;
  /** Where to look first; decimal text. */
  readonly start: string;
  readonly places: readonly MemoryPlace[];
  readonly morePlaces: number;
}

/** Everything after a step. */
export interface LabView {
  /** Steps taken. */
  readonly taken: number;
  readonly state: 'running' | 'passed' | 'failed';
  readonly last: StepRow | undefined;
  readonly flights: readonly FlightView[];
  readonly moreFlights: number;
  /** The device that the step is about, where no packets tell it. */
  readonly actor: { readonly fn: number; readonly trouble: StepTrouble | undefined } | undefined;
  readonly verdict: { readonly provider: number; readonly client: number; readonly type: TypeCode } | undefined;
  readonly devices: readonly DeviceState[];
  /** Ports that redirect peer traffic in this boot. */
  readonly redirects: readonly number[];
  readonly objects: readonly LabObject[];
  readonly moreObjects: number;
  readonly memories: readonly MemoryView[];
  /** The memory that the step touched. */
  readonly touched: string | undefined;
}

/** Bytes of a memory. Marks, one a byte: 0 never written, 1 written before, 2 by the last step, 3 read by it. */
export interface MemoryBytes {
  readonly bytes: Uint8Array;
  readonly marks: Uint8Array;
}

/** Requests by name. */
export interface LabRequests {
  story: [LabInput, LabOpened];
  /** Goes towards the state after `to` steps, as far as a moment allows; ask again until it is reached. */
  go: [{ to: number }, { taken: number; ended: boolean }];
  view: [undefined, LabView];
  rows: [{ from: number; count: number }, readonly StepRow[]];
  bytes: [{ key: string; from: string; length: number }, MemoryBytes];
  /** Names of the shipped scenarios whose devices a machine has. */
  fitting: [OpenInput, readonly string[]];
}
