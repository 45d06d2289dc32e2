/** A report with a fixed order: the answer, then sections. One value for text, Markdown and HTML. */

/** A part of a section. Lines are plain text that is safe to print. */
export type Block =
  /** Sentences, one a line. */
  | { readonly kind: 'text'; readonly lines: readonly string[] }
  /** Points, one each. */
  | { readonly kind: 'list'; readonly items: readonly string[] }
  /** Commands or files to paste, and drawings: every space counts. */
  | { readonly kind: 'code'; readonly lines: readonly string[] }
  | { readonly kind: 'table'; readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };

/** Blocks below a title. */
export interface Section {
  readonly title: string;
  readonly blocks: readonly Block[];
}

/** A report. */
export interface Sheet {
  /** For headings of files: "peerpath groups". */
  readonly title: string;
  /** What people want to know, in one sentence. */
  readonly answer: string;
  /** What the answer holds for: kernel, what-if. */
  readonly context: readonly string[];
  readonly sections: readonly Section[];
}

/** Sentences; no block for none. */
export function text(...lines: readonly string[]): Block {
  return { kind: 'text', lines };
}

/** Points. */
export function list(items: readonly string[]): Block {
  return { kind: 'list', items };
}

/** Lines to paste. */
export function code(...lines: readonly string[]): Block {
  return { kind: 'code', lines };
}
