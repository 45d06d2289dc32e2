import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { peerpath } from './run-peerpath.ts';

const NOW = 'test/machines/acsswitch-none-setpci/capture.tar.gz';
const HGX = 'examples/machines/hgx-8gpu.yaml';
const folder = mkdtempSync(join(tmpdir(), 'peerpath-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The server with ACS redirect off at all its switches. */
const OPENED = join(folder, 'opened.yaml');
writeFileSync(OPENED, readFileSync(HGX, 'utf8').replaceAll(/kind: switch\b/g, 'kind: switch\n    acs: off'));

describe('diff', () => {
  test('a machine and itself: 0, all pairs alike', () => {
    const { stdout, code } = peerpath(['diff', NOW, NOW]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^All \d+ ordered pairs of devices that both have answer alike\.\nA .*\nB .*/);
    const document = JSON.parse(peerpath(['diff', NOW, NOW, '--json']).stdout);
    expect(document).toMatchObject({ schema: 'peerpath.diff/1', pairs: [], acs: [], links: [], drivers: [] });
  });

  test('pairs that answer otherwise: 1, who, why, and what differs, alike ones in one line', () => {
    const { stdout, code } = peerpath(['diff', HGX, OPENED]);
    expect(code).toBe(1);
    const document = JSON.parse(peerpath(['diff', HGX, OPENED, '--json']).stdout);
    expect(document.pairs.length).toBeGreaterThan(0);
    expect(document.pairs[0]).toMatchObject({
      from: 'PCI_P2PDMA_MAP_THRU_HOST_BRIDGE',
      to: 'PCI_P2PDMA_MAP_BUS_ADDR',
      reasons: { a: expect.stringContaining('ACS sends peer traffic up') },
    });
    expect(stdout.startsWith(`${document.pairs.length} of ${document.compared} ordered pairs`)).toBe(true);
    expect(stdout).toMatch(
      /^ {2}through the host bridge → direct: GPU0, GPU1, NIC0, NIC1, NVME0…NVME3 among each other$/m,
    );
    // What follows a line that wraps is as far in as the line.
    expect(stdout).toMatch(/\n {4}A: ACS sends .*\n {4}\S/);
    const acs = /ACS Control\n((?: {2}.*\n?)+)/.exec(stdout)?.[1]?.trimEnd().split('\n') ?? [];
    expect(acs.filter((line) => line.startsWith('  - '))).toHaveLength(1);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(45);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  test('a what-if holds for both, and reads as one in text and JSON', () => {
    const args = ['diff', HGX, OPENED, '--acs', 'clear:all'];
    const { stdout, code } = peerpath(args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^What if --acs clear:all$/m);
    expect(JSON.parse(peerpath([...args, '--json']).stdout)).toMatchObject({ whatIf: { asked: '--acs clear:all' } });
  });

  test.each([
    ['one machine', ['diff', NOW], /missing required argument 'b'/],
    ['a source that is not there', ['diff', NOW, 'nosuch'], /nosuch/],
    ['a device that is not there in a what-if', ['diff', NOW, NOW, '--acs', 'clear:gpu9'], /gpu9/],
  ])('%s: 2, one sentence', (_, args, sentence) => {
    const run = peerpath(args);
    expect(run.code).toBe(2);
    expect(run.stdout).toBe('');
    expect(run.stderr).toMatch(sentence);
  });
});
