import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wildcard } from './wildcard.ts';

describe('wildcard', () => {
  it.each([
    ['gpu*', 'gpu0', true],
    ['gpu*', 'gpu', true],
    ['gpu*', 'xgpu', false],
    ['*:03:*', '0000:03:00.0', true],
    ['0000:0?:*', '0000:03:00.0', false],
    ['a.c', 'abc', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['*ab*ba*', 'aba', false],
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
    ['**', 'anything', true],
  ])('%j on %j: %s', (pattern, text, expected) => {
    expect(wildcard(pattern)(text)).toBe(expected);
  });

  it('means what the regular expression of the same form means', () => {
    const letters = fc.constantFrom('a', 'b', '*', '.');
    const pattern = fc.array(letters, { maxLength: 8 }).map((parts) => parts.join(''));
    const text = fc.array(fc.constantFrom('a', 'b', '.'), { maxLength: 10 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(pattern, text, (p, t) => {
        const regex = new RegExp(`^${p.replaceAll('.', '\\.').replaceAll('*', '.*')}$`);
        expect(wildcard(p)(t)).toBe(regex.test(t));
      }),
    );
  });

  it('takes no longer for many stars', () => {
    const matches = wildcard(`${'*a'.repeat(2000)}*b`);
    expect(matches('a'.repeat(100_000))).toBe(false);
  });
});
