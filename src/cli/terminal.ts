/** What the terminal is, and what the user wants of it. */
import { writeSync } from 'node:fs';
import pc from 'picocolors';
import { type Paint, PLAIN } from '../report/index.ts';
import { UsageError } from './exit-code.ts';
import type { ProgressTerminal } from './progress.ts';

/** Options that every command takes, before its name or behind it. */
export interface TerminalOptions {
  readonly color?: string;
  readonly quiet?: boolean;
  /** False with --no-pager. */
  readonly pager?: boolean;
}

/** The options of this run; every command has them before it begins. */
let chosen: TerminalOptions = {};

/** Takes the options. @throws UsageError for a --color that is none. */
export function chooseTerminal(options: TerminalOptions): void {
  const { color = 'auto' } = options;
  if (!['auto', 'always', 'never'].includes(color)) throw new UsageError(`--color ${color}: say auto, always or never`);
  chosen = options;
}

/** True with --quiet: nothing on standard error but what failed. */
export function isQuiet(): boolean {
  return chosen.quiet === true;
}

/** Whether long text goes through a pager: on a terminal, and unless --no-pager says otherwise. */
export function wantsPager(): boolean {
  return process.stdout.isTTY === true && chosen.pager !== false;
}

/** Colours of standard output: as --color says; else as FORCE_COLOR and NO_COLOR do; else on terminals. */
export function terminalPaint(): Paint {
  return coloured(chosen.color ?? 'auto', process.env, process.stdout.isTTY === true) ? pc.createColors(true) : PLAIN;
}

/** @param color auto, always or never @param isTerminal of standard output */
export function coloured(color: string, environment: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  if (color !== 'auto') return color === 'always';
  const { FORCE_COLOR, NO_COLOR, TERM } = environment;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '') return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  return isTerminal && TERM !== 'dumb';
}

/** Columns of standard output; undefined where it is no terminal. One that does not know its width says 0. */
export function terminalColumns(): number | undefined {
  return process.stdout.columns === 0 ? USUAL_COLUMNS : process.stdout.columns;
}

const USUAL_COLUMNS = 80;

/** Standard error, written to without delay; no terminal under --quiet. */
export function terminalOfErrors(): ProgressTerminal {
  const { isTTY = false, columns = 0 } = process.stderr;
  return {
    isTTY: isTTY && !isQuiet(),
    columns: columns > 0 ? columns : USUAL_COLUMNS,
    write: (text) => writeSync(2, text),
    now: () => performance.now(),
  };
}
