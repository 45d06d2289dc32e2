/** A text that says which kernel ran is answered as that kernel. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Analysis, analyze, answerAllPairs } from '../../src/analyze.ts';
import { readInput } from '../../src/archive/index.ts';
import { cellMapType, kernelChoice } from '../../src/p2pdma/index.ts';
import { kernelLine } from '../../src/report/index.ts';

const LSPCI = readFileSync(new URL('../machines/acsswitch-lspci/lspci.txt', import.meta.url), 'utf8');

async function analysisOf(text: string): Promise<Analysis> {
  const input = await readInput(new TextEncoder().encode(text), 'report.txt');
  if (!input.ok) throw new Error('not read');
  return analyze(input.value);
}

/** How many ordered pairs of functions are of each type. */
function counts(analysis: Analysis): Record<string, number> {
  const { cells, functions } = answerAllPairs(analysis);
  const found: Record<string, number> = {};
  for (const cell of cells) found[cellMapType(cell)] = (found[cellMapType(cell)] ?? 0) + 1;
  expect(cells.length).toBe(functions.length ** 2);
  return found;
}

describe('a text that names its kernel', () => {
  it.each([
    ['Linux version 5.0.0-29-generic (buildd@host) (gcc version 7.4.0) #31-Ubuntu SMP', '5.0.0-29-generic', false],
    ['Linux host 5.4.0-58-lowlatency #64-Ubuntu SMP PREEMPT x86_64 GNU/Linux', '5.4.0-58-lowlatency', false],
    ['Linux version 6.1.0-28-amd64 (debian-kernel@lists.debian.org)', '6.1.0-28-amd64', true],
  ])('%s', async (line, release, withoutP2pdma) => {
    const { machine } = await analysisOf(`${line}\n\n${LSPCI}`);
    expect(machine.kernelChoice).toMatchObject({ release, source: 'read' });
    expect(machine.configP2pdma.state === 'known' && !machine.configP2pdma.value).toBe(
      withoutP2pdma || release.startsWith('5.4'),
    );
  });

  it('is not answered as the newest: host bridges count from 5.2 on only', async () => {
    const newest = counts(await analysisOf(LSPCI));
    const old = counts(await analysisOf(`Linux version 5.0.0-29-generic (buildd@host)\n\n${LSPCI}`));
    expect(newest['unknown']).toBeGreaterThan(0);
    expect(old['unknown']).toBeUndefined();
    expect(old['PCI_P2PDMA_MAP_THRU_HOST_BRIDGE']).toBeUndefined();
    expect(old['PCI_P2PDMA_MAP_NOT_SUPPORTED']).toBeGreaterThan(newest['PCI_P2PDMA_MAP_NOT_SUPPORTED'] ?? 0);
  });

  it('without one says that the newest is assumed, and which is answered where another was asked for', async () => {
    const analysis = await analysisOf(LSPCI);
    expect(kernelLine(analysis.machine)).toMatch(/^As Linux 7\.3 answers \(assumed: the input does not tell/);
    const asked = analyze(analysis.capture, { kernel: kernelChoice('9.9', 'chosen') });
    expect(kernelLine(asked.machine)).toMatch(
      /^As Linux 7\.3 answers \(chosen; the newest that is known, in place of 9\.9;/,
    );
    expect(counts(asked)).toEqual(counts(analysis));
    const old = analyze(analysis.capture, { kernel: kernelChoice('4.15', 'chosen') });
    expect(kernelLine(old.machine)).toMatch(
      /^As Linux 4\.15 answers \(chosen; it has no P2PDMA, which came with Linux 4\.20;/,
    );
  });
});
