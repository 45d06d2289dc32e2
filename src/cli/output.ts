/** What goes to the terminal. */
import { writeSync } from 'node:fs';
import pc from 'picocolors';
import { printable } from '../base/index.ts';
import type { Finding } from '../capture/index.ts';
import { type Paint, PLAIN, type Sheet, sheetHtml, sheetMarkdown, sheetText } from '../report/index.ts';
import { UsageError } from './exit-code.ts';
import type { FormatOptions } from './options.ts';
import type { ProgressTerminal } from './progress.ts';

/** Colours for standard output: only on a terminal, and not where NO_COLOR asks for none. */
function terminalPaint(): Paint {
  return process.stdout.isTTY === true && pc.isColorSupported ? pc : PLAIN;
}

/** Columns of the terminal; 120 where the output is no terminal. */
function terminalWidth(): number {
  return process.stdout.columns ?? 120;
}

/** Standard error, written to without delay. */
export function terminalOfErrors(): ProgressTerminal {
  const { isTTY = false, columns = 0 } = process.stderr;
  // A terminal that does not know its width says 0.
  return {
    isTTY,
    columns: columns > 0 ? columns : 80,
    write: (text) => writeSync(2, text),
    now: () => performance.now(),
  };
}

/** Text, with a newline at its end. */
export function printText(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A sentence for people, on standard error. */
export function printNote(text: string): void {
  process.stderr.write(`note: ${printable(text)}\n`);
}

/** One JSON document. */
function printJson(document: object): void {
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
  if (format === 'json') printJson(json());
  else if (format === 'md') printText(sheetMarkdown(sheet).trimEnd());
  else if (format === 'html') printText(sheetHtml(sheet).trimEnd());
  else printText(sheetText(sheet, terminalPaint(), { width: terminalWidth(), shown: options.shown ?? [] }));
}

const MOST_FINDINGS = 8;

/** What was damaged or odd, on standard error, the damage first. */
export function printFindings(findings: readonly Finding[]): void {
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
