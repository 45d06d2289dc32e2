/** Writes man/: a page for peerpath and one for each command, from the same table as `--help`. Run by `npm run build`. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { buildProgram } from '../src/cli/program.ts';

const ROOT = new URL('..', import.meta.url).pathname;
const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { version: string };

/** Pages by the name of their file. */
export function manualPages(): ReadonlyMap<string, string> {
  const program = buildProgram(version);
  const commands = program.createHelp().visibleCommands(program);
  const own = commands.filter((command) => command.name() !== 'help');
  const pages = new Map([['peerpath.1', mainPage(program, commands)]]);
  for (const command of own) pages.set(`peerpath-${command.name()}.1`, commandPage(command));
  // A heading begins a paragraph itself.
  return new Map([...pages].map(([name, page]) => [name, page.replaceAll(/^(\.SH .*)\n\.PP$/gm, '$1')]));
}

function mainPage(program: Command, commands: readonly Command[]): string {
  const { about, examples, exit } = told(program);
  return [
    ...head('peerpath', 'which PCIe devices can do peer-to-peer DMA with which, and why'),
    ...usage('peerpath', '[COMMAND] [ARGUMENT...] [OPTION...]'),
    '.SH DESCRIPTION',
    ...paragraph(program.description()),
    ...paragraph('Without a command it answers for all pairs, as "peerpath matrix" does.'),
    ...texts(about),
    '.SH COMMANDS',
    ...commands.flatMap((command) => item(command.name(), '', command.summary() || command.description())),
    ...options(program),
    ...examplesSection(examples),
    ...exitSection(exit),
    '.SH SEE ALSO',
    ...list(commands.filter((command) => command.name() !== 'help').map((command) => `peerpath-${command.name()}`)),
    '',
  ].join('\n');
}

function commandPage(command: Command): string {
  const { about, examples, exit } = told(command);
  const name = `peerpath-${command.name()}`;
  return [
    ...head(name, command.summary() || command.description()),
    ...usage(`peerpath ${command.name()}`, command.usage()),
    '.SH DESCRIPTION',
    ...paragraph(command.description()),
    ...texts(about),
    ...options(command),
    ...examplesSection(examples),
    ...exitSection(exit),
    '.SH SEE ALSO',
    ...list(['peerpath']),
    '',
  ].join('\n');
}

/** What a command's help says beyond its table, in parts. */
interface Told {
  readonly about: readonly string[];
  readonly examples: readonly string[];
  readonly exit: readonly string[];
}

/** Paragraphs behind the table; a paragraph of examples begins with `Examples:`, that of exit codes with `Exit codes`. */
function told(command: Command): Told {
  let whole = '';
  command.configureOutput({ writeOut: (text) => (whole += text) });
  command.outputHelp();
  const after = whole.slice(command.helpInformation().length);
  const parts = after
    .split(/\n{2,}/)
    .map((part) => part.replace(/^\n+|\n+$/g, ''))
    .filter((part) => part !== '');
  const is = (start: RegExp) => (part: string) => start.test(part);
  return {
    about: parts.filter((part) => !/^(?:Examples:|Exit codes?\b)/.test(part)),
    examples: parts.filter(is(/^Examples:/)),
    exit: parts.filter(is(/^Exit codes?\b/)),
  };
}

function head(name: string, about: string): readonly string[] {
  return [
    `.\\" Made from the command table by scripts/manual.ts.`,
    `.TH ${name.toUpperCase()} 1 "" "peerpath ${version}" "peerpath manual"`,
    '.SH NAME',
    `${escaped(name)} \\- ${escaped(about)}`,
  ];
}

function usage(name: string, text: string): readonly string[] {
  const forms = text.split(' | ').map((form) => form.trim());
  return [
    '.SH SYNOPSIS',
    ...forms.flatMap((form, index) => [...(index === 0 ? [] : ['.br']), `\\fB${escaped(name)}\\fR ${escaped(form)}`]),
  ];
}

function options(command: Command): readonly string[] {
  const all = command.createHelp().visibleOptions(command);
  return [
    '.SH OPTIONS',
    ...all.flatMap(({ flags, description }) => item(flags.replace(/ ?[<[].*$/, ''), value(flags), description)),
  ];
}

function value(flags: string): string {
  return (/[<[](.*)[>\]]$/.exec(flags)?.[1] ?? '')
    .toUpperCase()
    .replace(/^[^|]*\|.*$/, (values) => values.toLowerCase());
}

function item(term: string, argument: string, about: string): readonly string[] {
  const rest = argument === '' ? '' : ` \\fI${escaped(argument)}\\fR`;
  return ['.TP', `\\fB${escaped(term)}\\fR${rest}`, ...filled(about)];
}

function examplesSection(examples: readonly string[]): readonly string[] {
  if (examples.length === 0) return [];
  return ['.SH EXAMPLES', ...verbatim(examples.flatMap((part) => part.split('\n').slice(1)))];
}

function exitSection(parts: readonly string[]): readonly string[] {
  return parts.length === 0
    ? []
    : ['.SH EXIT STATUS', ...texts(parts.map((part) => part.replace(/^Exit codes: /, '')))];
}

function list(pages: readonly string[]): readonly string[] {
  return pages.map((page, index) => `.BR ${escaped(page)} (1)${index === pages.length - 1 ? '' : ' ,'}`);
}

/** Paragraphs; what is indented stays so. */
function texts(parts: readonly string[]): readonly string[] {
  return parts.flatMap((part) => {
    const lines = part.split('\n');
    const plain = lines.filter((line) => !line.startsWith('  '));
    const indented = lines.filter((line) => line.startsWith('  '));
    const inner = indented.map((line) => line.trim()).join(' ');
    return [...paragraph(plain.join(' ')), ...(inner === '' ? [] : ['.RS 4', ...filled(inner), '.RE'])];
  });
}

function paragraph(text: string): readonly string[] {
  return ['.PP', ...filled(text)];
}

/** Text that is filled: lines of at most 78 characters of words that are whole. */
function filled(text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of escaped(text).split(/\s+/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > 78) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.flatMap(guarded);
}

function verbatim(lines: readonly string[]): readonly string[] {
  return ['.RS 4', '.nf', ...lines.flatMap((line) => guarded(escaped(line.replace(/^ {2}/, '')))), '.fi', '.RE'];
}

/** A line of text must not begin as a request does. */
function guarded(text: string): readonly string[] {
  return [/^[.']/.test(text) ? `\\&${text}` : text];
}

/** What roff reads as its own: backslashes, and hyphens that people copy. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti');
}

/** npm installs the pages that package.json lists by name; a new command's is added there. */
function listPages(names: readonly string[]): void {
  const manifest = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { man: readonly string[] };
  const man = names.map((name) => `./man/${name}`);
  if (JSON.stringify(manifest.man) === JSON.stringify(man)) return;
  writeFileSync(`${ROOT}package.json`, `${JSON.stringify({ ...manifest, man }, null, 2)}\n`);
}

if (process.argv[1]?.endsWith('manual.ts') === true) {
  rmSync(`${ROOT}man`, { recursive: true, force: true });
  mkdirSync(`${ROOT}man`);
  const pages = manualPages();
  for (const [name, page] of pages) writeFileSync(`${ROOT}man/${name}`, page);
  listPages([...pages.keys()].sort());
}
