import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { peerpath } from './run-peerpath.ts';

const HGX = 'examples/machines/hgx-8gpu.yaml';
const folder = mkdtempSync(join(tmpdir(), 'peerpath-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a machine described in YAML', () => {
  test('can be asked, and answers the same from the archive it is written to', () => {
    const archive = join(folder, 'hgx.tar.gz');
    expect(peerpath(['capture', archive, '--machine', HGX]).code).toBe(0);
    const asked = peerpath(['matrix', HGX]);
    expect(asked.code).toBe(0);
    expect(peerpath(['matrix', archive]).stdout).toBe(asked.stdout);
  });

  test('that is not there writes nothing: exit 2', () => {
    const archive = join(folder, 'none.tar.gz');
    expect(peerpath(['capture', archive, '--machine', 'nosuch.yaml']).code).toBe(2);
    expect(existsSync(archive)).toBe(false);
  });

  test('its matrix of 8 GPUs, 8 NICs and 16 NVMe fits 120 columns', () => {
    const lines = peerpath(['matrix', HGX, '--only', 'gpu,nic,nvme']).stdout.split('\n');
    const rows = lines.filter((line) => /^(?:gpu|nic|nvme)\d/.test(line));
    expect(rows).toHaveLength(32);
    expect(Math.max(...rows.map((row) => row.length))).toBeLessThanOrEqual(120);
  });

  test('two pairs that share a link are told what is left for each', () => {
    const args = ['trace', 'gpu0:0', 'nic4', HGX, '--with', 'gpu0:0=nic5', '--json'];
    const { sharedLinks } = JSON.parse(peerpath(args).stdout) as { sharedLinks: { pairs: number[]; below: string }[] };
    const gpu = (
      JSON.parse(peerpath(['devices', HGX, '--json']).stdout) as { functions: { label: string; bdf: string }[] }
    ).functions.find((fn) => fn.label === 'gpu0');
    expect(sharedLinks.some((link) => link.below === gpu?.bdf && link.pairs.length === 2)).toBe(true);
  });
});

test('the capture script is printed', () => {
  expect(peerpath(['capture', '--script']).stdout).toMatch(/^#!\/bin\/sh/);
});
