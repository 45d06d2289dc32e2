/** What people leave of a whole lspci text with grep never tells what the whole text contradicts. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { withoutHex } from './lspci-fixture.ts';
import { contradictions, toldBy } from './told-facts.ts';

const RECORDINGS = ['acsswitch-intel', 'acsswitch-epyc-amd', 'multifn-intel', 'n03', 'n05', 'split-intel'];
const MACHINES = [
  ...RECORDINGS.map((name) => [name, `../../conformance/recordings/${name}/lspci.txt.gz`] as const),
  ...['random-1', 'random-4'].map((name) => [name, `../fixtures/lspci/${name}.txt.gz`] as const),
];
const TITLE = /^(?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]/;
const PATTERNS = [
  ...[/Express/, /Bus:/, /ACSC/, /Flags|Control:/, /LnkCap/, /Class|Region/, /DevCap/, /RootC|RootS/, /Slt/],
  ...[/Access Control/, /Capabilities/, /Express|Slt/, /Express|Capabilities: \[1/, /Memory/, /Kernel/, /Status/],
];

/** Titles and lines that match, or all lines that do not. */
function filtered(lines: readonly string[], pattern: RegExp, keeps: boolean): string[] {
  return lines.filter((line) => TITLE.test(line) || pattern.test(line) === keeps);
}

/** What else happens to what was filtered. */
const FORMS: readonly (readonly [string, (lines: readonly string[]) => readonly string[]])[] = [
  ['as it is', (lines) => lines],
  ['set apart', (lines) => lines.flatMap((line) => [line, ''])],
  ['without indentation', (lines) => lines.map((line) => line.trim())],
];

describe.each(MACHINES)('%s', (_, path) => {
  const recorded = gunzipSync(readFileSync(new URL(path, import.meta.url))).toString('latin1');
  const whole = toldBy(recorded);
  const lines = withoutHex(recorded).split('\n');

  test.each([
    ['grep', true],
    ['grep -v', false],
  ])('%s', (_grep, keeps) => {
    const wrong = PATTERNS.flatMap((pattern) =>
      FORMS.flatMap(([form, change]) => {
        const found = contradictions(toldBy(change(filtered(lines, pattern, keeps)).join('\n')), whole);
        return found.slice(0, 2).map((words) => `${pattern} ${form}: ${words}`);
      }),
    );
    expect(wrong).toEqual([]);
  });
});
