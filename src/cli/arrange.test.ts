import { expect, test } from 'vitest';
import { arrange } from './arrange.ts';
import { buildProgram } from './program.ts';

const program = buildProgram('0');

test.each([
  ['--kernel 6.19 explain a b', 'explain --kernel 6.19 a b'],
  ['--json --quiet tree x.txt', 'tree --json --quiet x.txt'],
  ['--color=never tree', 'tree --color=never'],
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
  ['frobnicate', /^frobnicate: neither a command nor a file; peerpath --help lists the commands$/],
])('%j is refused', (typed, sentence) => {
  expect(() => arrange(program, typed.split(' '))).toThrow(sentence);
});
