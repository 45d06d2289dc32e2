/** What goes to the terminal. */
import { printable } from '../base/index.ts';
import type { Finding } from '../capture/index.ts';
import { type Sheet, sheetHtml, sheetMarkdown, sheetText } from '../report/index.ts';
import { UsageError } from './exit-code.ts';
import type { FormatOptions } from './options.ts';
import { isLong, page, pagerOf } from './pager.ts';
import { isQuiet, terminalColumns, terminalPaint, wantsPager } from './terminal.ts';

/** Text, with a newline at its end. */
export function printText(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A report for people: through a pager where it is longer than the terminal. */
function printPages(text: string): void {
  const pager = wantsPager() && isLong(text, process.stdout.rows) ? pagerOf(process.env) : undefined;
  if (pager === undefined) printText(text);
  else page(`${text}\n`, pager, (whole) => process.stdout.write(whole));
}

/** A sentence for people, on standard error; none under --quiet. */
export function printNote(text: string): void {
  if (isQuiet()) return;
  process.stderr.write(`note: ${printable(text)}\n`);
}

/** One JSON document. */
export function printDocument(document: object): void {
  process.stdout.write(`${JSON.stringify(document, null, 1)}\n`);
}

/** The form of output asked for; `others`: forms that the command has beside these. @throws UsageError for one that is none. */
export function chosenFormat(
  { json, format }: FormatOptions,
  others: readonly string[] = [],
): 'text' | 'json' | 'md' | 'html' {
  if (json === true) return 'json';
  if (format === undefined || format === 'text') return 'text';
  if (format === 'md' || format === 'html' || format === 'json') return format;
  throw new UsageError(`--format ${format}: say ${['text', 'md', 'html', ...others].join(', ')} or json`);
}

/** Prints a report as text, Markdown or HTML, or its JSON document. */
export function printSheet(
  sheet: Sheet,
  json: () => object,
  options: FormatOptions,
  others: readonly string[] = [],
): void {
  const format = chosenFormat(options, others);
  if (format === 'json') printDocument(json());
  else if (format === 'md') printText(sheetMarkdown(sheet).trimEnd());
  else if (format === 'html') printText(sheetHtml(sheet).trimEnd());
  else printPages(sheetText(sheet, terminalPaint(), { width: terminalColumns(), shown: options.shown ?? [] }));
}

const MOST_FINDINGS = 8;

/** What was damaged or odd, on standard error, the damage first; nothing under --quiet. */
export function printFindings(findings: readonly Finding[]): void {
  if (isQuiet()) return;
  const lines = findingLines(findings);
  for (const line of lines.slice(0, MOST_FINDINGS)) process.stderr.write(`${line}\n`);
  const more = lines.length - MOST_FINDINGS;
  if (more > 0) process.stderr.write(`note: ${more} more findings; --json lists them all\n`);
}

/** A line for all findings of the same words: which first, and how many others. */
export function findingLines(findings: readonly Finding[]): readonly string[] {
  const sorted = findings.toSorted((a, b) => Number(a.severity === 'notice') - Number(b.severity === 'notice'));
  const byWords = new Map<string, { readonly first: Finding; count: number }>();
  for (const finding of sorted) {
    const words = `${finding.severity} ${finding.text}`;
    const before = byWords.get(words);
    if (before === undefined) byWords.set(words, { first: finding, count: 1 });
    else before.count++;
  }
  return [...byWords.values()].map(({ first: { severity, where, text }, count }) => {
    const more = count === 1 ? '' : ` and ${count - 1} more`;
    return `${severity === 'damaged' ? 'damaged' : 'note'}: ${printable(where)}${more}: ${printable(text)}`;
  });
}
