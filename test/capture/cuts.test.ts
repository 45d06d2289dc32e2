/**
 * Whole lspci texts with lines, stretches, functions and columns removed at random never tell what the whole text
 * contradicts: unknown is allowed, false is not. `CUTS=100000` makes as many, `SEED=2` others.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { Prng } from '../../src/base/index.ts';
import { HonestText } from './honest-text.ts';
import { withoutHex } from './lspci-fixture.ts';
import { cutText } from './text-cuts.ts';
import { contradictions, toldBy } from './told-facts.ts';

const CUTS = Number(process.env['CUTS'] ?? 300);
const SEED = Number(process.env['SEED'] ?? 1);

const RECORDINGS = ['acsswitch-intel', 'acsswitch-epyc-amd', 'twoswitch-intel', 'multifn-intel', 'switch-epyc-none'];
/** Random machines of the lab, as lspci 3.9 prints their config space. */
const RANDOM = ['random-1', 'random-4'];

const MACHINES = [
  ...RECORDINGS.map((name) => [name, `../../conformance/recordings/${name}/lspci.txt.gz`] as const),
  ...RANDOM.map((name) => [name, `../fixtures/lspci/${name}.txt.gz`] as const),
];

describe.each(MACHINES)('%s', (name, path) => {
  const recorded = gunzipSync(readFileSync(new URL(path, import.meta.url))).toString('latin1');
  const whole = toldBy(recorded);

  test.each([
    ['text', withoutHex(recorded)],
    ['text and bytes', recorded],
  ])(
    '%s',
    (kind, text) => {
      const random = new Prng(name.length * 1000 + kind.length + SEED * 7919);
      const lines = text.split('\n');
      const wrong: string[] = [];
      const count = Math.ceil(CUTS / (2 * MACHINES.length) / (kind === 'text' ? 1 : 8));
      for (let n = 0; n < count; n++) {
        const cut = cutText(lines, random);
        const told = toldBy(cut.lines.join('\n'));
        const found = contradictions(told, whole);
        if (found.length > 0 && !isOfAnotherMachine(cut, told)) {
          wrong.push(`cut ${n} (${cut.changes}): ${found.slice(0, 2).join('; ')}`);
        }
      }
      expect(wrong).toEqual([]);
    },
    3_600_000,
  );
});

/** Might another machine have printed the text, and is what it tells true of that one? */
function isOfAnotherMachine({ lines, stages }: ReturnType<typeof cutText>, told: ReturnType<typeof toldBy>): boolean {
  return stages.some((before) => {
    const other = new HonestText(before).machineOf(lines);
    return other !== undefined && contradictions(told, toldBy(other.join('\n'))).length === 0;
  });
}
