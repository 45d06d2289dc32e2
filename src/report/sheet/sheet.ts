/** The one form of every report: the answer, what it holds for, then sections. Text, Markdown, HTML and the page draw it. */

/** How words stand out. Meaning never depends on it. */
export type Tone = 'good' | 'warn' | 'bad' | 'open' | 'dim' | 'plain';

/** Words with one emphasis. */
export interface Emphasis {
  readonly text: string;
  readonly tone: Tone;
  readonly strong: boolean;
}

/** One line: plain words, or words and emphasis in a row. Safe to print. */
export type Line = string | readonly (string | Emphasis)[];

/** A part of a section. */
export type Block =
  /** Sentences, one a line. */
  | { readonly kind: 'text'; readonly lines: readonly Line[] }
  /** Points. Beyond `most` they fold: text counts the rest as `rest`, a page unfolds them. */
  | { readonly kind: 'list'; readonly items: readonly Line[]; readonly most: number; readonly rest: string }
  /** Terms and what is said of each. */
  | { readonly kind: 'facts'; readonly facts: readonly (readonly [string, Line])[] }
  /** Commands or files to copy, and what they are for those who do not see them. */
  | { readonly kind: 'code'; readonly lines: readonly string[]; readonly label: string }
  /** Paths and trees: every space counts. */
  | { readonly kind: 'drawing'; readonly lines: readonly Line[] }
  | TableBlock
  | BarsBlock
  | MatrixBlock;

/** Rows of cells. */
export interface TableBlock {
  readonly kind: 'table';
  readonly head: readonly string[];
  readonly rows: readonly (readonly Line[])[];
  /** Cells hold sentences, which are broken to fit, those of the last column first; other rows stay lines, for programs that read them. */
  readonly prose?: boolean;
}

/** A chart of counts: a bar for each, the longest as wide as there is room. */
export interface BarsBlock {
  readonly kind: 'bars';
  /** What the whole is of, for those who do not see it. */
  readonly label: string;
  readonly bars: readonly Bar[];
}

/** One bar. `value` is 0 or more; `words` say it, and stand behind the bar. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly words: string;
  readonly tone: Tone;
}

/** All pairs of some devices: a row whose memory, a column who uses it. */
export interface MatrixBlock {
  readonly kind: 'matrix';
  readonly rows: readonly MatrixRow[];
  readonly columns: readonly MatrixColumn[];
}

/** One row. */
export interface MatrixRow {
  readonly label: string;
  readonly address: string;
  readonly name: string;
  /** One a column, all equally wide. */
  readonly cells: readonly Emphasis[];
}

/** The head of a column: a kind in words and the number within it, or where there is room the label of its device. */
export interface MatrixColumn {
  readonly kind: string;
  readonly number: string;
  readonly label: string;
}

/** Blocks below a title; '' for none. */
export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
  /** The switch that shows it where room is short: a terminal names it instead. Files hold the whole report. */
  readonly behind?: string;
}

/** A report. */
export interface Sheet {
  /** For headings of files: "peerpath groups". */
  readonly title: string;
  /** What people want to know, in one sentence; strong as a whole where it is plain words. */
  readonly answer: Line;
  /** What the answer holds for: what-if, kernel. */
  readonly context: readonly Line[];
  readonly sections: readonly Section[];
}

/** Sentences. */
export function text(...lines: readonly Line[]): Block {
  return { kind: 'text', lines };
}

/** Points; `rest` tells what those are that a fold hides: "more; --json lists them all". */
export function list(items: readonly Line[], most = 8, rest = 'more; --json lists them all'): Block {
  return { kind: 'list', items, most, rest };
}

/** Terms and values. */
export function facts(...pairs: readonly (readonly [string, Line])[]): Block {
  return { kind: 'facts', facts: pairs };
}

/** Lines to paste. */
export function code(lines: readonly string[], label = 'these lines'): Block {
  return { kind: 'code', lines, label };
}

/** A drawing. */
export function drawing(lines: readonly Line[]): Block {
  return { kind: 'drawing', lines };
}

/** Words that stand out by their meaning. */
export function toned(tone: Tone, words: string): Emphasis {
  return { text: words, tone, strong: false };
}

/** Words that stand out. */
export function strong(words: string, tone: Tone = 'plain'): Emphasis {
  return { text: words, tone, strong: true };
}

/** A line without emphasis. */
export function plainLine(line: Line): string {
  return typeof line === 'string' ? line : line.map((part) => (typeof part === 'string' ? part : part.text)).join('');
}

/** The items of a list that stand before its fold, and how many fold: a fold hides two at least. */
export function foldedList({ items, most }: Extract<Block, { kind: 'list' }>): {
  readonly shown: readonly Line[];
  readonly hidden: number;
} {
  const folds = items.length > most + 1;
  return { shown: folds ? items.slice(0, most) : items, hidden: folds ? items.length - most : 0 };
}
