import { expect, test } from 'vitest';
import { mappingTypesPage } from '../../scripts/mapping-types.ts';
import { MAPPING_TYPE_DEFECTS } from '../../src/dma-buf/index.ts';
import { readRepositoryFile } from './sources.ts';

test('docs/mapping-types.md has what the model answers (npm run mapping-types), and names every defect', () => {
  const page = readRepositoryFile('docs/mapping-types.md');
  expect(page).toBe(mappingTypesPage());
  for (const { name } of MAPPING_TYPE_DEFECTS) expect(page).toContain(`| \`${name}\` |`);
});
