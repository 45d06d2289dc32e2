import { expect, test } from 'vitest';
import { splitBashLine } from './bash-line.ts';

const BREAKS = ' \t\n"\'><=;|&(:';

/** `|` stands for the cursor. */
function split(text: string) {
  const point = text.indexOf('|');
  return splitBashLine(text.replace('|', ''), point, BREAKS);
}

test.each([
  ['peerpath expl|', ['peerpath', 'expl'], 1, 0],
  ['peerpath |', ['peerpath', ''], 1, 0],
  ['peerpath explain | nic0 a.tar', ['peerpath', 'explain', '', 'nic0', 'a.tar'], 2, 0],
  ['peerpath exp|lain a.tar', ['peerpath', 'exp', 'a.tar'], 1, 0],
  ['peerpath map gpu0:|', ['peerpath', 'map', 'gpu0:'], 2, 5],
  ['peerpath --format=m|', ['peerpath', '--format=m'], 1, 9],
  ["peerpath fix --want 'gpu0->n|", ['peerpath', 'fix', '--want', 'gpu0->n'], 3, 0],
  ['peerpath a\\ b.tar |', ['peerpath', 'a b.tar', ''], 2, 0],
  ['peerpath "a b" \'c"d\' e|', ['peerpath', 'a b', 'c"d', 'e'], 3, 0],
])('%s', (text, words, cursor, kept) => {
  expect(split(text)).toEqual({ words, cursor, kept });
});
