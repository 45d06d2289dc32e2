import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readMachine } from '../../src/node/index.ts';
import { recordingPath } from './host-on-disk.ts';

/** What a process of its own says of its standard input. */
function printed(input: Uint8Array): string {
  const script = new URL('print-machine.ts', import.meta.url).pathname;
  return spawnSync(process.execPath, ['--import', 'tsx', script, '-'], { input, encoding: 'utf8' }).stdout;
}

describe('standard input', () => {
  it('is read whole', async () => {
    const path = recordingPath('vfio-epyc-intel');
    const machine = await readMachine(path);
    expect(printed(readFileSync(path))).toBe(`${machine.ok ? machine.value.functions.length : 0} functions`);
  });

  it('that is empty is refused', () => {
    expect(printed(new Uint8Array(0))).toBe('standard input: is empty');
  });
});
