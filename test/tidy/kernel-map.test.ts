import { expect, test } from 'vitest';
import { kernelMap } from '../../scripts/kernel-map.ts';
import { readRepositoryFile } from './sources.ts';

test('docs/kernel-map.md is what the @kernel tags say (npm run kernel-map)', () => {
  expect(readRepositoryFile('docs/kernel-map.md')).toBe(kernelMap());
});

test('every tag stands above a declaration that has a name', () => {
  expect(kernelMap()).not.toMatch(/\[`(?:function|class|const|static|async|src\/[^`]*)`\]/);
});
