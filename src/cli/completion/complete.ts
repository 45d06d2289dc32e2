/** What may come next on a command line, read off the command table. */
import type { Command, Option } from 'commander';
import { collect } from '../options.ts';
import { NAMED_PAIRS, placeholderOf, type ValueKind, valueKind } from './value-kinds.ts';

/** A word that may stand where the cursor is. */
export interface Candidate {
  readonly value: string;
  /** A few words about it, for shells that show them. */
  readonly about: string;
}

/** What completes the word below the cursor. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  /** Whether names of files (or of folders alone) fit here, too: the shell knows those best. */
  readonly files: 'no' | 'files' | 'folders';
}

/**
 * What is asked of the machine: devices that the word may name. Called only where devices are wanted. `operands`: all
 * of the line; those that are files show the machine, and where none is, it is this one.
 */
export type AskMachine = (
  kind: 'labels' | 'memory' | 'ports',
  operands: readonly string[],
  sysroot: string | undefined,
) => Promise<readonly Candidate[]>;

const NOTHING: Completion = { candidates: [], files: 'no' };

/** Completes `words[cursor]`; `words[0]` is the name of the program. */
export async function complete(
  program: Command,
  words: readonly string[],
  cursor: number,
  ask: AskMachine,
): Promise<Completion> {
  const typed = words[cursor] ?? '';
  const others = words.with(cursor, typed.startsWith('-') ? typed : '').slice(1);
  const all = readWords(program, others, program);
  const before = readWords(program, words.slice(1, cursor), all.command);
  const place = placeOf(before, typed);
  if (place === 'options') return optionNames(before, typed);
  const commands = before.named === undefined && before.operands.length === 0 ? commandNames(program, typed) : [];
  const rest =
    place.kind === undefined
      ? NOTHING
      : await valuesOf(place.kind, place.typed, program, (kind) => ask(kind, all.operands, all.sysroot));
  const candidates = rest.candidates.map(({ value, about }) => ({ value: place.prefix + value, about }));
  return { candidates: [...commands, ...candidates], files: rest.files };
}

/** A command line as far as it was read. */
interface ReadLine {
  readonly command: Command;
  /** Its name where it was typed; undefined for the default command. */
  readonly named: string | undefined;
  readonly operands: readonly string[];
  readonly given: readonly Option[];
  /** An option whose value comes next. */
  readonly waiting: Option | undefined;
  readonly sysroot: string | undefined;
}

function readWords(program: Command, words: readonly string[], presumed: Command): ReadLine {
  const operands: string[] = [];
  const given: Option[] = [];
  let named: string | undefined;
  let command = presumed === program ? defaultCommand(program) : presumed;
  let waiting: Option | undefined;
  let sysroot: string | undefined;
  for (const word of words) {
    if (waiting !== undefined) {
      if (waiting.long === '--sysroot') sysroot = word;
      waiting = undefined;
    } else if (word.startsWith('-') && word !== '-') {
      const [name, value] = word.split('=', 2);
      const option = optionsOf(program, command).find(({ long, short }) => long === name || short === name);
      if (option === undefined) continue;
      given.push(option);
      if (option.required && value === undefined) waiting = option;
      if (option.long === '--sysroot' && value !== undefined) sysroot = value;
    } else if (named === undefined && operands.length === 0 && commandOf(program, word) !== undefined) {
      named = word;
      command = commandOf(program, word) ?? command;
    } else operands.push(word);
  }
  return { command, named, operands, given, waiting, sysroot };
}

function defaultCommand(program: Command): Command {
  return program.commands.find((command) => command.name() === 'matrix') ?? program;
}

function commandOf(program: Command, name: string): Command | undefined {
  return program
    .createHelp()
    .visibleCommands(program)
    .find((command) => command.name() === name);
}

function optionsOf(program: Command, command: Command): readonly Option[] {
  const all = [command, program].flatMap((of) => of.createHelp().visibleOptions(of));
  return [...new Map(all.map((option) => [option.long ?? option.short, option])).values()];
}

/** Where the cursor is: at the name of an option, or at a value. */
function placeOf(
  { command, operands, waiting }: ReadLine,
  typed: string,
): 'options' | { readonly kind: ValueKind | undefined; readonly prefix: string; readonly typed: string } {
  const ofOption = (option: Option): ValueKind | undefined => valueKind(placeholderOf(option.flags) ?? '');
  if (waiting !== undefined) return { kind: ofOption(waiting), prefix: '', typed };
  const [name = '', value] = typed.split(/=(.*)/s, 2);
  if (typed.startsWith('--') && value !== undefined) {
    const option = optionsOf(command.parent ?? command, command).find(({ long }) => long === name);
    return { kind: option === undefined ? undefined : ofOption(option), prefix: `${name}=`, typed: value };
  }
  if (typed.startsWith('-')) return 'options';
  const argument = command.registeredArguments[operands.length] ?? command.registeredArguments.at(-1);
  const full = operands.length >= command.registeredArguments.length && argument?.variadic !== true;
  return { kind: argument === undefined || full ? undefined : valueKind(argument.name()), prefix: '', typed };
}

function optionNames({ command, given }: ReadLine, typed: string): Completion {
  const candidates = optionsOf(command.parent ?? command, command)
    .filter((option) => option.parseArg === collect || !given.includes(option))
    .flatMap(({ long, description }) =>
      long?.startsWith(typed) === true ? [{ value: long, about: description }] : [],
    );
  return { candidates, files: 'no' };
}

function commandNames(program: Command, typed: string): readonly Candidate[] {
  return program
    .createHelp()
    .visibleCommands(program)
    .map((command) => ({ value: command.name(), about: command.summary() || command.description() }))
    .filter(({ value }) => value.startsWith(typed));
}

async function valuesOf(
  kind: ValueKind,
  typed: string,
  program: Command,
  ask: (kind: 'labels' | 'memory' | 'ports') => Promise<readonly Candidate[]>,
): Promise<Completion> {
  const only = (candidates: readonly Candidate[]): Completion => ({
    candidates: candidates.filter(({ value }) => value.startsWith(typed)),
    files: 'no',
  });
  switch (kind.kind) {
    case 'none':
      return NOTHING;
    case 'files':
    case 'folders':
      return { candidates: [], files: kind.kind };
    case 'values':
      return only(plain(kind.values));
    case 'commands':
      return only(commandNames(program, ''));
    case 'memory':
      return only(await ask('memory'));
    case 'memory-or-label':
      return only([...(await ask('labels')), ...(await ask('memory'))]);
    case 'labels-or-files':
      return { candidates: only(await ask('labels')).candidates, files: 'files' };
    case 'labels':
      return only(behind(/.*,/s, typed, await ask('labels')));
    case 'pairs':
      return only([...plain(NAMED_PAIRS), ...behind(/.*(?:->|,)\s*/s, typed, await ask('labels'))]);
    case 'ports':
      return only(behind(/^(?:clear:|set:|[^@]*@)(?:.*,)?/s, typed, await portsBehind(typed, ask)));
  }
}

/** First what is done to ports, then to which. */
async function portsBehind(
  typed: string,
  ask: (kind: 'ports') => Promise<readonly Candidate[]>,
): Promise<readonly Candidate[]> {
  return /[:@]/.test(typed) ? [...plain(['all']), ...(await ask('ports'))] : plain(['clear:', 'set:']);
}

function plain(values: readonly string[]): readonly Candidate[] {
  return values.map((value) => ({ value, about: '' }));
}

/** Values of a list go on behind what is typed of it. */
function behind(start: RegExp, typed: string, candidates: readonly Candidate[]): readonly Candidate[] {
  const before = start.exec(typed)?.[0] ?? '';
  return candidates.map(({ value, about }) => ({ value: before + value, about }));
}
