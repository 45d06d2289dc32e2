import { expect, test } from 'vitest';
import { findingLines } from './output.ts';

test('findings of the same words are one line with their number, the damage first', () => {
  const cut = (line: number) => ({
    code: 'text-cut',
    severity: 'notice' as const,
    where: `line ${line}`,
    text: 'lines were left out',
  });
  const damage = { code: 'config-cut', severity: 'damaged' as const, where: 'line 9', text: 'cut' };
  expect(findingLines([cut(3), damage, cut(40), cut(77)])).toEqual([
    'damaged: line 9: cut',
    'note: line 3 and 2 more: lines were left out',
  ]);
});
