import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { linkRate, packetEfficiency } from '../../src/route/index.ts';

const DOCUMENT = readFileSync(fileURLToPath(new URL('../../docs/bandwidth.md', import.meta.url)), 'utf8');

/** GT/s by generation. */
const SPEEDS: Readonly<Record<string, number>> = { gen3: 8, gen4: 16, gen5: 32 };

/** The rows of the table of measurements. */
const rows = DOCUMENT.split('## Model against measurement')[1]
  ?.split('\n')
  .filter((line) => /^\| .*gen\d/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, transfer = '', links = '', measured = '', ceiling = '']) => ({ transfer, links, measured, ceiling }));

describe('what was measured', () => {
  it('is in the document, case by case', () => {
    expect(rows?.length).toBeGreaterThanOrEqual(8);
  });

  it.each(rows ?? [])('$transfer: the ceiling is what the model says, and not below the measurement', (row) => {
    const [, count = '1', generation = '', lanes = ''] = /^(?:(\d+) )?(gen\d) x(\d+)$/.exec(row.links) ?? [];
    const speed = SPEEDS[generation] ?? Number.NaN;
    const ceiling = Number(count) * linkRate(speed, Number(lanes)) * packetEfficiency(speed, 'request-64', 256);
    // The document rounds to a tenth; twice a rounded link is two tenths off at most.
    expect(Math.abs(Number(row.ceiling) - ceiling)).toBeLessThanOrEqual(0.1 * Number(count));
    expect(ceiling).toBeGreaterThanOrEqual(Number(row.measured));
  });
});
