import { expect, test } from 'vitest';
import { isLong, pagerOf } from './pager.ts';
import { coloured } from './terminal.ts';

test.each([
  ['auto', {}, true, true],
  ['auto', {}, false, false],
  ['auto', { TERM: 'dumb' }, true, false],
  ['auto', { NO_COLOR: '1' }, true, false],
  ['auto', { NO_COLOR: '' }, true, true],
  ['auto', { FORCE_COLOR: '1' }, false, true],
  ['auto', { FORCE_COLOR: '1', NO_COLOR: '1' }, false, true],
  ['auto', { FORCE_COLOR: '0' }, true, false],
  ['always', { NO_COLOR: '1' }, false, true],
  ['never', { FORCE_COLOR: '1' }, true, false],
])('--color %s with %j on a terminal %j: colours %j', (color, environment, isTerminal, expected) => {
  expect(coloured(color, environment, isTerminal)).toBe(expected);
});

test.each([
  [{}, /less/],
  [{ PAGER: 'more' }, /^more$/],
  [{ PAGER: 'more', PEERPATH_PAGER: 'most -s' }, /^most -s$/],
])('the pager of %j', (environment, pager) => {
  expect(pagerOf(environment)).toMatch(pager);
});

test.each([[{ PAGER: '' }], [{ PAGER: 'cat' }], [{ PEERPATH_PAGER: '', PAGER: 'less' }]])(
  '%j wants none',
  (environment) => {
    expect(pagerOf(environment)).toBeUndefined();
  },
);

test('text is long where the terminal cannot show it with the prompt below', () => {
  expect(isLong('1\n2\n3', 4)).toBe(false);
  expect(isLong('1\n2\n3\n4', 4)).toBe(true);
});
