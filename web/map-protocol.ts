/** What the page and its worker say to each other about the mapping of a BAR: plain data. */
import type { Sheet } from '../src/report/index.ts';

/** Which ranges of a BAR: `count` pieces of `size` bytes, one every `stride` bytes from `start` on. Decimal text. */
export interface RangePattern {
  readonly start: string;
  readonly size: string;
  readonly stride: string;
  readonly count: number;
}

/** What to map. */
export interface MapRequest {
  readonly provider: number;
  readonly bar: number;
  readonly client: number;
  readonly patterns: readonly RangePattern[];
  /** As the kernel's authors meant it, without its defects. */
  readonly intended: boolean;
  /** What the importer wants: a table, or what the proposed mapping types have beside it. */
  readonly form: MapForm;
}

/** A table of DMA addresses, a list of physical ones (as iommufd takes it), or a link of the devices' own. */
export type MapForm = 'table' | 'physical-list' | 'own-link';

/** What came of a mapping. */
export interface MapView {
  /** `given`: the importer got something, and no table that is shown entry by entry. */
  readonly outcome: 'mapped' | 'given' | 'failed' | 'crashed' | 'refused';
  /** The outcome, its proof, and what was met on the way. */
  readonly sheet: Sheet;
  readonly flow: string | undefined;
  readonly space: string;
  readonly ranges: number;
  readonly totalBytes: string;
  readonly entries: number;
  /** Entry by entry: address halves and length. */
  readonly addrLo: Uint32Array;
  readonly addrHi: Uint32Array;
  readonly lengths: Uint32Array;
  readonly bar: { readonly start: string; readonly size: string };
  readonly drawing: DrawingView | undefined;
  /** By name. */
  readonly defects: readonly string[];
}

/** A part of an address space in words: first and last byte, and how many. */
export interface SpanView {
  readonly from: string;
  readonly to: string;
  readonly size: string;
}

/** A part of something drawn: fractions of it, 0 ... 1. */
export interface PartView {
  readonly from: number;
  readonly to: number;
}

/** BAR, address space and table as three columns, with bands between them. */
export interface DrawingView {
  /** What the column of the BAR stands for, and which part of the BAR that is. */
  readonly bar: SpanView;
  readonly part: PartView;
  readonly space: SpanView;
  /** Bands are of every so manieth entry. */
  readonly step: number;
  readonly bands: readonly BandView[];
}

/** One stretch of an entry, in each column. */
export interface BandView {
  readonly entry: number;
  /** Undefined: the addresses do not lead to the BAR. */
  readonly bar: PartView | undefined;
  readonly space: PartView;
  readonly table: PartView;
}

/** Where an entry comes from, in words, and its bands. */
export interface OriginView {
  readonly text: string;
  readonly bands: readonly BandView[];
}
