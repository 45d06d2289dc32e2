/** The words of a command line in the order in which commander reads them. */
import { existsSync } from 'node:fs';
import type { Command, Option } from 'commander';
import { nearestWord } from '../base/index.ts';
import { UsageError } from './exit-code.ts';

/**
 * Options may stand before the command: they move behind its name. A first word that is neither a command nor a source
 * is refused, with the command that was meant where there is one like it.
 * @param typed without the names of Node and the program
 * @throws UsageError
 */
export function arrange(program: Command, typed: readonly string[]): readonly string[] {
  const words = withColourWords(typed);
  const first = firstOperand(program, words);
  const word = words[first];
  if (word === undefined || word === '-') return words;
  const names = program.commands.map((command) => command.name());
  if (names.includes(word)) return [word, ...words.slice(0, first), ...words.slice(first + 1)];
  if (!/^[\w-]+$/.test(word) || existsSync(word)) return words;
  const meant = nearestWord(word, names);
  const next = meant === undefined ? 'peerpath --help lists the commands' : `did you mean ${meant}?`;
  throw new UsageError(`${word}: neither a command nor a file; ${next}`);
}

const COLOUR_WORDS = ['auto', 'always', 'never'];

/** `--color` without a word means always, as with other commands. */
function withColourWords(words: readonly string[]): readonly string[] {
  return words.map((word, at) =>
    word === '--color' && !COLOUR_WORDS.includes(words[at + 1] ?? '') ? '--color=always' : word,
  );
}

/** Where the first word stands that is no option, nor the value of one; past the end where none is. */
function firstOperand(program: Command, words: readonly string[]): number {
  const options = [program, ...program.commands].flatMap((command) => command.options);
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--') return words.length;
    if (!word.startsWith('-') || word === '-') return at;
    if (!options.some((option) => isNamed(option, word)) && word.startsWith('--')) refuse(options, word);
    if (!word.includes('=') && takesValue(options, word)) at++;
  }
  return words.length;
}

function takesValue(options: readonly Option[], name: string): boolean {
  return options.some((option) => (option.long === name || option.short === name) && option.required);
}

function isNamed({ long, short }: Option, word: string): boolean {
  const [name] = word.split('=');
  return long === name || short === name || name === '--help' || name === '--version';
}

/** The word behind an option that nobody knows may be its value or the command: it is not looked at. */
function refuse(options: readonly Option[], word: string): never {
  const [name = ''] = word.split('=');
  const meant = nearestWord(
    name,
    options.map(({ long }) => long ?? ''),
  );
  const next = meant === undefined ? 'peerpath --help lists what there is' : `Did you mean ${meant}?`;
  throw new UsageError(`unknown option '${name}' (${next})`);
}
