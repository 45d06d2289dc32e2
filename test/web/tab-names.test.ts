import { expect, test } from 'vitest';
import { tabNames } from '../../web/tab-names.ts';

const at = (title: string, called?: string, renamed?: string) => ({ title, called, renamed });
const texts = (...tabs: ReturnType<typeof at>[]) =>
  tabNames(tabs).map(({ name, beside }) => (beside === '' ? name : `${name} | ${beside}`));

test.each([
  ['the file, without its folders', [at('/home/x/lspci.txt')], ['lspci.txt']],
  ['all files of one machine', [at('a/lspci.txt, a/dmesg.txt')], ['lspci.txt, dmesg.txt']],
  ['host or board first, then the file', [at('lspci.txt', 'ESC8000A-E13P')], ['ESC8000A-E13P | lspci.txt']],
  ['what people gave alone', [at('lspci.txt', 'ESC8000A-E13P', 'node 7')], ['node 7']],
  ['folders, where files are called alike', [at('a/x.txt'), at('b/x.txt')], ['x.txt | a/', 'x.txt | b/']],
  ['numbers, where folders are, too', [at('x.txt'), at('x.txt'), at('x.txt')], ['x.txt', 'x.txt | 2', 'x.txt | 3']],
  ['numbers of one board with two folders', [at('a/x', 'B'), at('a/x', 'B')], ['B | a/x', 'B | a/x 2']],
])('a tab is called by %s', (_, tabs, expected) => {
  expect(texts(...tabs)).toEqual(expected);
});
