import { expect, test } from 'vitest';
import { nearestWord } from './nearest-word.ts';

test.each([
  ['explian', ['matrix', 'explain'], 'explain'],
  ['matirx', ['map', 'matrix'], 'matrix'],
  ['gpu9', ['nic0', 'gpu0', 'gpu1'], 'gpu0'],
  ['nvm0', ['nic0', 'nvme0'], 'nvme0'],
  ['devcies', ['devices', 'doctor'], 'devices'],
  // Half the letters are others: no guess.
  ['lab', ['map'], undefined],
  ['frobnicate', ['fix', 'devices'], undefined],
  ['', ['a'], undefined],
  ['x', ['y'], undefined],
])('%j among %j: %j', (word, candidates, nearest) => {
  expect(nearestWord(word, candidates)).toBe(nearest);
});
