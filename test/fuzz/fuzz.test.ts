import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { FUZZ_MODES } from './modes.ts';

const FOUND = fileURLToPath(new URL('found', import.meta.url));

describe.each(Object.entries(FUZZ_MODES))('%s', (name, mode) => {
  test('a short run finds nothing', async () => {
    for (let seed = 1; seed <= mode.few; seed++) {
      const input = mode.make(seed);
      const run = async (): Promise<void> => mode.run(input);
      await expect(run(), `npm run -s fuzz -- ${name} 1 --seed ${seed}`).resolves.toBeUndefined();
    }
  });

  test('the same seed makes the same input', () => {
    expect(mode.make(7)).toEqual(mode.make(7));
  });

  const folder = `${FOUND}/${name}`;
  test.each(existsSync(folder) ? readdirSync(folder) : [])('what was found once: %s', async (file) => {
    await mode.run(new Uint8Array(readFileSync(`${folder}/${file}`)));
  });
});
