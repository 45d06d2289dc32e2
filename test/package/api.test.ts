import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { apiReports } from '../../scripts/api.ts';
import { readRepositoryFile } from '../tidy/sources.ts';

const reports = apiReports();

describe('the public interface is what docs/api says (npm run api, then read the diff)', () => {
  test.each([...reports])('%s', (file, text) => {
    expect(readRepositoryFile(file)).toBe(text);
  });

  test('there is a report for every door, and none besides', () => {
    const folder = fileURLToPath(new URL('../../docs/api', import.meta.url));
    expect(readdirSync(folder).map((name) => `docs/api/${name}`)).toEqual([...reports.keys()].toSorted());
  });
});
