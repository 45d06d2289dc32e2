/** Reports in the form that was asked for. */
import { type Paint, PLAIN, type Sheet, sheetHtml, sheetMarkdown, sheetText, textSheet } from '../report/index.ts';
import { UsageError } from './exit-code.ts';
import { printJson, printText, terminalPaint } from './output.ts';

/** `--json` and `--format`. */
export interface FormatOptions {
  readonly json?: boolean;
  readonly format?: string;
}

/** The form of output asked for. @throws UsageError for one that is none. */
export function chosenFormat({ json, format }: FormatOptions): 'text' | 'json' | 'md' | 'html' {
  if (json === true) return 'json';
  if (format === undefined || format === 'text') return 'text';
  if (format === 'md' || format === 'html' || format === 'json') return format;
  throw new UsageError(`--format ${format}: say text, md, html or json`);
}

/** Prints a report as text, Markdown or HTML, or its JSON document. */
export function printSheet(sheet: Sheet, json: () => object, options: FormatOptions): void {
  const format = chosenFormat(options);
  if (format === 'json') printJson(json());
  else if (format === 'md') printText(sheetMarkdown(sheet).trimEnd());
  else if (format === 'html') printText(sheetHtml(sheet).trimEnd());
  else printText(sheetText(sheet, terminalPaint()));
}

/** A report that is written as text: its Markdown and HTML are made from that. */
export interface TextReport {
  readonly title: string;
  readonly text: (paint: Paint) => string;
  /** What the parts without a title of their own show. */
  readonly drawing: string;
}

/** Prints such a report in the form asked for. */
export function printReport({ title, text, drawing }: TextReport, json: () => object, options: FormatOptions): void {
  if (chosenFormat(options) === 'text') printText(text(terminalPaint()));
  else printSheet(textSheet(title, text(PLAIN), drawing), json, options);
}
