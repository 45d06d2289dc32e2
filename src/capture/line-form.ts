/** Forms whose passages are short: each run of their lines is read as a whole. */
import { decodeUtf8, printable } from '../base/index.ts';
import type { CapturePart, PassageKind } from './capture-part.ts';
import { eachLine } from './each-line.ts';
import type { Finding } from './finding.ts';
import type { Lines, PassageForm, PassageReader } from './passage-form.ts';

/** One line of a passage, without margins (blanks, `>`, `|`) at its start and blanks at its end. */
export interface TextLine {
  readonly text: string;
  /** Its number in the source, from 1. */
  readonly line: number;
  /** Columns before it: a tab counts as one. */
  readonly indent: number;
}

/** What makes a form of it. */
export interface LineFormOptions {
  readonly kind: PassageKind;
  /** See `PassageForm`. */
  readonly firstCharacters: string;
  /** See `PassageForm`. */
  readonly starts?: readonly string[];
  readonly claims: PassageForm['claims'];
  /** So many lines of others may stand between two of one passage; default none. */
  readonly gap?: number;
  /** Reads a run of lines; undefined where they tell nothing, several parts where they are of several machines. */
  readonly read: (lines: readonly TextLine[], source: string) => CapturePart | readonly CapturePart[] | undefined;
}

/** The longest line that is kept whole; what is longer is cut. */
const MAX_LINE = 16_384;
/** Most lines of all passages of one form in a source; what follows is not read. */
const MAX_LINES = 200_000;

/** Makes the form. */
export function lineForm({ kind, firstCharacters, starts, claims, gap = 0, read }: LineFormOptions): PassageForm {
  return {
    kind,
    firstCharacters,
    ...(starts === undefined ? {} : { starts }),
    claims,
    others: 'left-out',
    open: (source) => new RunReader(source, gap, read),
  };
}

class RunReader implements PassageReader {
  readonly #source: string;
  readonly #gap: number;
  readonly #read: LineFormOptions['read'];
  readonly #runs: TextLine[][] = [];
  #count = 0;

  constructor(source: string, gap: number, read: LineFormOptions['read']) {
    this.#source = source;
    this.#gap = gap;
    this.#read = read;
  }

  take(lines: Lines): void {
    const last = this.#runs.at(-1);
    const goesOn = last !== undefined && (last.at(-1)?.line ?? 0) + this.#gap + 1 >= lines.firstLine;
    const run = goesOn ? last : [];
    if (!goesOn) this.#runs.push(run);
    eachLine(lines, (start, end, line) => {
      if (this.#count++ < MAX_LINES) run.push(textLine(lines.bytes, start, end, line));
    });
  }

  finish(): CapturePart[] {
    const parts = this.#runs.flatMap((run) => (run.length === 0 ? [] : (this.#read(run, this.#source) ?? [])));
    const last = parts.pop();
    if (last === undefined) return parts;
    const left = this.#count - MAX_LINES;
    return [...parts, left <= 0 ? last : { ...last, findings: [...last.findings, tooManyLines(last, left)] }];
  }
}

function tooManyLines({ origin }: CapturePart, left: number): Finding {
  const text = `${left} more lines of this form are not read: no machine has so many`;
  return { code: 'passage-too-long', severity: 'damaged', where: `line ${origin.line ?? 1}`, text };
}

function textLine(bytes: Uint8Array, start: number, end: number, line: number): TextLine {
  const text = decodeUtf8(bytes.subarray(start, Math.min(end, start + MAX_LINE)));
  const [margin = ''] = /^[\s>|]*/.exec(text) ?? [];
  return { text: text.slice(margin.length).trimEnd(), line, indent: margin.length };
}

/** The text of `[start, end)`, for a closer look at few lines. */
export function lineText(bytes: Uint8Array, start: number, end: number): string {
  return decodeUtf8(bytes.subarray(start, Math.min(end, start + MAX_LINE)));
}

/** Text of others for a sentence: cut, and harmless to print. */
export function quoted(text: string): string {
  return text.length > 60 ? `"${printable(text.slice(0, 60))}…"` : `"${printable(text)}"`;
}
