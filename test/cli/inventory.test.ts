import { describe, expect, test } from 'vitest';
import { peerpath } from './run-peerpath.ts';

const SERVER = 'examples/machines/hgx-8gpu.yaml';
const SMALL = 'examples/machines/sriov.yaml';

/** Addresses of functions that JSON lists. */
function addresses(source: string): string[] {
  const { functions } = JSON.parse(peerpath(['devices', source, '--json']).stdout) as { functions: { bdf: string }[] };
  return functions.map(({ bdf }) => bdf);
}

describe.each(['devices', 'tree'])('%s', (command) => {
  test('of a large machine: who people ask about, on one page, and how many others there are', () => {
    const { stdout } = peerpath([command, SERVER]);
    const lines = stdout.trimEnd().split('\n');
    expect(stdout).toMatch(/^8 GPUs, 1 accelerator, 8 NICs and 16 NVMe, among 84 functions below 7 host bridges\.$/m);
    expect(stdout).toMatch(/Left out: 1 display and \d+ ports and parts of the platform \(--all\)\./);
    expect(lines.length).toBeLessThanOrEqual(45);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(120);
    for (const device of ['GPU0', 'GPU7']) expect(stdout).toContain(device);
  });

  test('--all and files show every function; so does a small machine', () => {
    for (const words of [[SERVER, '--all'], [SERVER, '--format', 'md'], [SMALL]]) {
      const { stdout } = peerpath([command, ...words]);
      for (const address of addresses(words[0] ?? '')) expect(stdout).toContain(address);
    }
  });
});
