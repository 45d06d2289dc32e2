/** What a reader of passages is: how its lines are told from others, and what makes parts of them. */
import type { CapturePart, PassageKind } from './capture-part.ts';

/** Whole lines of a source that follow each other: bytes `start` ... `end`-1. Valid during the call that hands them over. */
export interface Lines {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Number of the first line in the source, from 1. */
  readonly firstLine: number;
  /** Where each line ends, without its newline: as many as there are lines. Left out: not looked for yet. */
  readonly ends?: Uint32Array;
}

/**
 * One form of passage. To add one: a file with its form below `capture/`, its kind in `PassageKind`, its place in
 * `FORMS` (passage/forms.ts).
 */
export interface PassageForm {
  readonly kind: PassageKind;
  /**
   * The characters with which its lines can begin behind margins (blanks, `>`, `|`). Only lines that begin so are shown
   * to `claims`, which keeps a source of other text cheap.
   */
  readonly firstCharacters: string;
  /**
   * Texts with which its lines begin, where no others do but inside a passage: other lines are shown to `claims` inside
   * a passage of this form only. Left out: any line with such a first character may be one.
   */
  readonly starts?: readonly string[];
  /**
   * Inside a passage of this form: is the line surely of it, so that no other form needs to be asked? For forms of which
   * a source may have a million lines.
   */
  readonly isSurely?: (bytes: Uint8Array, start: number, end: number) => boolean;
  /**
   * Does the line have this form? `[start, end)` is one line without its end and its margins. Must not depend on
   * other lines but for `inside`: the lines before belong to a passage of this form, so that less is enough.
   * Asked once for most lines of a source: look at a byte or two before anything else.
   */
  readonly claims: (bytes: Uint8Array, start: number, end: number, inside: boolean) => boolean;
  /**
   * Lines that no form claims and that stand behind a line of this form: `left-out`, or `kept`: handed over too, because
   * they may go on what stands before (wrapped, indented, or marked beyond recognition).
   */
  readonly others: 'left-out' | 'kept';
  /** A reader for one source. */
  readonly open: (source: string) => PassageReader;
}

/** Reads all passages of one form of one source. */
export interface PassageReader {
  /** Takes lines. Called again for those that follow, which may stand behind lines of other forms. Never throws. */
  readonly take: (lines: Lines) => void;
  /** What the lines tell: a part for each passage, or one for all of them; none where nothing was told. */
  readonly finish: () => readonly CapturePart[];
}
