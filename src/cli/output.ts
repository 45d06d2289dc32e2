/** What goes to the terminal. */
import { writeSync } from 'node:fs';
import pc from 'picocolors';
import { printable } from '../base/index.ts';
import type { Finding } from '../capture/index.ts';
import { type Paint, PLAIN } from '../report/index.ts';
import type { ProgressTerminal } from './progress.ts';

/** Colours for standard output: only on a terminal, and not where NO_COLOR asks for none. */
export function terminalPaint(): Paint {
  return process.stdout.isTTY === true && pc.isColorSupported ? pc : PLAIN;
}

/** Columns of the terminal; 120 where the output is no terminal. */
export function terminalWidth(): number {
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

/** One JSON document. */
export function printJson(document: object): void {
  process.stdout.write(`${JSON.stringify(document, null, 1)}\n`);
}

const MOST_FINDINGS = 8;

/** What was damaged or odd, on standard error, the damage first. */
export function printFindings(findings: readonly Finding[]): void {
  const sorted = findings.toSorted((a, b) => Number(a.severity === 'notice') - Number(b.severity === 'notice'));
  for (const { severity, where, text } of sorted.slice(0, MOST_FINDINGS)) {
    process.stderr.write(`${severity === 'damaged' ? 'damaged' : 'note'}: ${printable(where)}: ${printable(text)}\n`);
  }
  const more = sorted.length - MOST_FINDINGS;
  if (more > 0) process.stderr.write(`note: ${more} more findings; --json lists them all\n`);
}
