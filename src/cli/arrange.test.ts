import { expect, test } from 'vitest';
import { arrange } from './arrange.ts';
import { buildProgram } from './program.ts';

const program = buildProgram('0');

test.each([
  ['--kernel 6.19 explain a b', 'explain --kernel 6.19 a b'],
  ['--json --quiet tree x.txt', 'tree --json --quiet x.txt'],
  ['--color=never tree', 'tree --color=never'],
  ['--color explain a b', 'explain --color=always a b'],
  ['--color never tree', 'tree --color never'],
  ['tree --color', 'tree --color=always'],
  ['-q --cmdline matrix devices', 'devices -q --cmdline matrix'],
  ['explain --kernel 6.19 a b', 'explain --kernel 6.19 a b'],
  ['--kernel 6.19 host.tar.gz', '--kernel 6.19 host.tar.gz'],
  ['-', '-'],
  ['package.json', 'package.json'],
  ['--all', '--all'],
  ['', ''],
  ['-- explain', '-- explain'],
])('%j is read as %j', (typed, read) => {
  const words = typed.split(' ').filter((word) => word !== '');
  expect(arrange(program, words).join(' ')).toBe(read);
});

test.each([
  ['explian', /^explian: neither a command nor a file; did you mean explain\?$/],
  ['--json devcies', /^devcies: .* did you mean devices\?$/],
  ['--kernle 6 matrix', /^unknown option '--kernle' \(Did you mean --kernel\?\)$/],
  ['--frobnicate=7', /^unknown option '--frobnicate' \(peerpath --help lists what there is\)$/],
  ['frobnicate', /^frobnicate: neither a command nor a file; peerpath --help lists the commands$/],
])('%j is refused', (typed, sentence) => {
  expect(() => arrange(program, typed.split(' '))).toThrow(sentence);
});
