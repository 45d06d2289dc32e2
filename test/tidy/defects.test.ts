import { expect, test } from 'vitest';
import { defectsPage } from '../../scripts/defects.ts';
import { readRepositoryFile } from './sources.ts';

test('docs/defects.md is what the tables of defects say (npm run defects)', () => {
  expect(readRepositoryFile('docs/defects.md')).toBe(defectsPage());
});
