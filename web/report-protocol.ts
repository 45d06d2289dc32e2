/** What the page and its worker say to each other about whole reports: the command's own documents. Plain data. */
import type { Sheet } from '../src/report/index.ts';
import type { OpenInput, Refused, WhatIfChoice } from './protocol.ts';

/** Which report. */
export type ReportQuestion =
  | { readonly what: 'evidence' | 'near' | 'groups' }
  /** `want`: pairs as the command takes them, `gpu*<->nic*`; '' for those that are wanted by default. */
  | { readonly what: 'fix'; readonly want: string }
  | { readonly what: 'trace'; readonly requester: number; readonly address: string; readonly kind: 'read' | 'write' }
  /** Against another machine; left out: the question against the machine as it is. */
  | { readonly what: 'compare'; readonly other?: OpenInput | undefined };

/** A report, or why there is none, in one sentence. */
export type ReportAnswer = { readonly ok: true; readonly sheet: Sheet } | Refused;

/** Requests by name. `reportOn` comes first. */
export interface ReportRequests {
  reportOn: [{ input: OpenInput; pciIds: string | undefined }, { ok: true } | Refused];
  report: [{ whatIf: WhatIfChoice; question: ReportQuestion }, ReportAnswer];
}
