/** What the page and its worker say to each other about whole reports: the command's own documents. Plain data. */
import type { Sheet } from '../src/report/index.ts';
import type { MachineView, OpenInput, Refused, WhatIfChoice } from './protocol.ts';

/** Which report. */
export type ReportQuestion =
  | { readonly what: 'evidence' | 'near' | 'groups' }
  /** `want`: pairs as the command takes them, `gpu*<->nic*`; '' for those that are wanted by default. */
  | { readonly what: 'fix'; readonly want: string }
  | { readonly what: 'trace'; readonly requester: number; readonly address: string; readonly kind: 'read' | 'write' }
  /** Against another machine; left out: the question against the machine as it is. */
  | { readonly what: 'compare'; readonly other?: OpenInput | undefined };

/** What is drawn beside a comparison. */
export interface CompareView {
  /** Devices that both machines have, and that have a pair that answers otherwise: what A calls them. */
  readonly devices: readonly string[];
  /** Answers in A and in B, by provider * n + client. */
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  /** How many such devices there are beyond those. */
  readonly leftOut: number;
  /** How many devices have no such pair. */
  readonly alike: number;
  readonly marksA: readonly MarkView[];
  readonly marksB: readonly MarkView[];
  /** Undefined: B is A after what is changed. */
  readonly b: MachineView | undefined;
}

/** What is different about a function. */
export interface MarkView {
  readonly fn: number;
  readonly what: 'new' | 'gone' | 'slower' | 'faster' | 'moved' | 'redirect-on' | 'redirect-off' | 'acs';
}

/** A report, or why there is none, in one sentence. */
export type ReportAnswer =
  | { readonly ok: true; readonly sheet: Sheet; readonly picture?: CompareView | undefined }
  | Refused;

/** Requests by name. `reportOn` comes first. */
export interface ReportRequests {
  reportOn: [{ input: OpenInput; pciIds: string | undefined }, { ok: true } | Refused];
  report: [{ whatIf: WhatIfChoice; question: ReportQuestion }, ReportAnswer];
}
