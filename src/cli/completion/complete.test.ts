import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { buildProgram } from '../program.ts';
import { type AskMachine, complete } from './complete.ts';
import { placeholderOf, valueKind } from './value-kinds.ts';

const program = buildProgram('0');
const everyCommand = [program, ...program.commands];

/** A machine of one GPU and one NIC below two ports; it tells what it was asked. */
const machine: AskMachine = async (kind, operands, sysroot) => {
  asked.push([kind, operands.join(' '), sysroot ?? ''].join('|'));
  const values = { labels: ['gpu0', 'nic0'], memory: ['gpu0:0', 'gpu0:2'], ports: ['0000:00:01.0'] }[kind];
  return values.map((value) => ({ value, about: kind }));
};
const asked: string[] = [];

/** Words that may stand at the end of a line, or at `|`. */
async function completed(line: string): Promise<readonly string[]> {
  const words = line.split(' ');
  const at = words.findIndex((word) => word.endsWith('|'));
  const cursor = at < 0 ? words.length - 1 : at;
  const { candidates, files } = await complete(
    program,
    words.map((word) => word.replace(/\|$/, '')),
    cursor,
    machine,
  );
  return [...candidates.map(({ value }) => value), ...(files === 'no' ? [] : [`<${files}>`])];
}

describe('the command table', () => {
  test('every placeholder of every command has a kind of value, so that shells can complete it', () => {
    const placeholders = everyCommand.flatMap((command: Command) => [
      ...command.registeredArguments.map((argument) => argument.name()),
      ...command.options.flatMap(({ flags }) => placeholderOf(flags) ?? []),
    ]);
    expect(placeholders.length).toBeGreaterThan(40);
    // The words of `complete` are those of any command line.
    expect(placeholders.filter((name) => valueKind(name) === undefined)).toEqual([]);
  });
});

test.each([
  ['commands as they begin', 'peerpath exp', ['explain', '<files>']],
  ['help is followed by commands', 'peerpath help ma', ['matrix', 'map']],
  ['options of the command', 'peerpath capture --s', ['--script', '--sysroot']],
  ['options of the default command before any', 'peerpath --cl', ['--classes']],
  ['an option that is given is not offered again', 'peerpath matrix --json --j', []],
  ['one that may be repeated is', 'peerpath matrix --acs clear:all --ac', ['--acs']],
  ['values that the table lists', 'peerpath matrix --format m', ['md']],
  ['values behind =', 'peerpath check --format=j', ['--format=json', '--format=junit']],
  ['values of the model', 'peerpath doctor --for g', ['gpudirect-rdma', 'gpudirect-storage']],
  ['folders', 'peerpath tree --sysroot ', ['<folders>']],
  ['nothing for free text', 'peerpath matrix --cmdline ', []],
  ['devices', 'peerpath explain n', ['nic0']],
  ['several devices', 'peerpath matrix --only gpu0,n', ['gpu0,nic0']],
  ['memory', 'peerpath map gpu0:', ['gpu0:0', 'gpu0:2']],
  ['a device or memory', 'peerpath trace gpu0', ['gpu0', 'gpu0:0', 'gpu0:2']],
  ['pairs behind an arrow', 'peerpath fix --want gpu0->g', ['gpu0->gpu0']],
  ['pairs that have a name', 'peerpath fix --want nea', ['nearest']],
  ['what is done to ports', 'peerpath matrix --acs c', ['clear:']],
  ['ports', 'peerpath matrix --acs clear:0', ['clear:0000:00:01.0']],
  ['a device or a file', 'peerpath near g', ['gpu0', '<files>']],
  ['sources behind the devices', 'peerpath explain gpu0 nic0 ', ['<files>']],
  ['no third machine', 'peerpath diff a b ', []],
  ['shells', 'peerpath completion ', ['bash', 'zsh', 'fish']],
])('%s: %s', async (_, line, words) => {
  expect(await completed(line)).toEqual(words);
});

test('the machine is that of the words around the cursor', async () => {
  asked.length = 0;
  await completed('peerpath explain g| nic0 host.tar.gz --sysroot /host');
  await completed('peerpath matrix a.txt b.txt --only g');
  expect(asked).toEqual(['labels| nic0 host.tar.gz|/host', 'labels|a.txt b.txt|']);
});
