import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { newFolder } from '../../test/capture/host-on-disk.ts';
import { readMachine } from './index.ts';

const folder = newFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function described(text: string): string {
  const path = join(folder, 'host.txt');
  writeFileSync(path, text);
  return path;
}

describe('readMachine of a description', () => {
  it.each(['hgx-8gpu', 'bus-offset', 'vm-passthrough'])('makes the machine of %s.yaml', async (name) => {
    const machine = await readMachine(`examples/machines/${name}.yaml`);
    expect(machine.ok && machine.value.source).toEqual({ kind: 'generated', name });
  });

  it('is told by its first line, not by the name of the file', async () => {
    const path = described('# mine\npeerpath-machine: 1\nhost-bridges: [{devices: [gpu]}]\n');
    const machine = await readMachine(path);
    expect(machine.ok && machine.value.functions.length).toBe(1);
  });

  it('refuses a wrong one in one sentence with its line', async () => {
    const path = described('peerpath-machine: 1\nhost-bridges: [{devices: [toaster]}]\n');
    const machine = await readMachine(path);
    const text = machine.ok ? '' : machine.error.text;
    expect(text).toMatch(/^\S+host\.txt:2: host-bridges\[0\]\.devices\[0\] .*toaster/);
    expect(text).not.toMatch(/\n|\.$/);
  });

  it('leaves texts that only mention the word to the other readers', async () => {
    const machine = await readMachine(described('see peerpath-machine: 1\n'));
    expect(machine.ok || machine.error.text).toMatch(/is no capture,/);
  });
});
