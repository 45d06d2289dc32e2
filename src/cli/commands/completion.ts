/** `peerpath completion SHELL`: the script that a shell loads, and `peerpath complete`, which it asks. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { barMemory } from '../../answers/index.ts';
import { printable, sizeText } from '../../base/index.ts';
import { factValue } from '../../capture/index.ts';
import { loadPciNames, readMachines } from '../../node/index.ts';
import { buildTopology, type PciFunction } from '../../pci/index.ts';
import { deviceNames } from '../../report/index.ts';
import { formatBdf } from '../../uapi/index.ts';
import { splitBashLine } from '../completion/bash-line.ts';
import { type AskMachine, type Candidate, type Completion, complete } from '../completion/complete.ts';
import { SHELLS, shellScript } from '../completion/shell-scripts.ts';
import { UsageError } from '../exit-code.ts';
import { machineRoot } from '../open-machine.ts';

/** A command line that people type has fewer. */
const MOST_WORDS = 10_000;
/** BARs of a function; resources behind them are its ROM and windows. */
const BARS = 6;

/** Prints the script. @throws UsageError for other shells. */
export function completionCommand(shell: string): void {
  const known = SHELLS.find((name) => name === shell);
  if (known === undefined) throw new UsageError(`completion ${shell}: say ${SHELLS.join(', ')}`);
  process.stdout.write(shellScript(known));
}

/**
 * Answers a shell: whether files fit (`no`, `files`, `folders`) in the first line, then a line per word, a tab, what it is.
 * bash gives the place of the cursor, its line, and what breaks words; the others the cursor's word and all words.
 */
export async function completeCommand(program: Command, shell: string, args: readonly string[]): Promise<void> {
  const [first = '', ...rest] = args;
  const [line = '', breaks = ''] = rest;
  if (!SHELLS.some((name) => name === shell)) throw new UsageError(`complete ${shell}: say ${SHELLS.join(', ')}`);
  if (!/^\d{1,6}$/.test(first)) throw new UsageError('complete: begins with the place of the cursor, a number');
  const typed =
    shell === 'bash' ? splitBashLine(line, Number(first), breaks) : { words: rest, cursor: Number(first), kept: 0 };
  // What is typed may begin with a quote that is not closed.
  const words = typed.words.map((word) => word.replace(/^["']/, ''));
  // A cursor past the words begins a new one; the program itself is not completed.
  if (typed.cursor > MOST_WORDS) throw new UsageError(`complete: more than ${MOST_WORDS} words`);
  const cursor = Math.max(1, typed.cursor);
  const missing = Array<string>(Math.max(0, cursor + 1 - words.length)).fill('');
  printCompletion(await complete(program, [...words, ...missing], cursor, askMachine), typed.kept);
}

function printCompletion({ candidates, files }: Completion, kept: number): void {
  const lines = candidates.map(({ value, about }) => `${printable(value).slice(kept)}\t${printable(about)}`);
  process.stdout.write(`${[files, ...lines].join('\n')}\n`);
}

const askMachine: AskMachine = async (kind, operands, sysroot) => {
  const read = await readMachines(
    operands.filter((operand) => existsSync(operand.replace(/#\d+$/, ''))),
    machineRoot(sysroot),
  );
  if (!read.ok) return [];
  const topology = buildTopology(read.value);
  const names = deviceNames(topology, loadPciNames());
  const candidate = (fn: PciFunction, value: string): Candidate => ({ value, about: names.nameOf(fn) });
  return topology.functions.flatMap((fn) => {
    const label = names.labelOf(fn);
    if (kind === 'ports') return factValue(fn.buses) !== undefined ? [candidate(fn, formatBdf(fn.bdf))] : [];
    if (label === undefined) return [];
    if (kind === 'labels') return [candidate(fn, label)];
    return [...fn.resources.keys()].flatMap((bar) => {
      const memory = bar < BARS ? barMemory(fn, bar, []) : undefined;
      if (memory?.ok !== true) return [];
      const { start, end } = memory.value.provider.resource.cpu;
      return [{ value: `${label}:${bar}`, about: `${sizeText(end - start)} of ${names.nameOf(fn)}` }];
    });
  });
};
