import { execFileSync } from 'node:child_process';
import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { newFolder, recordingPath, unpackRecording, writeFiles } from '../../test/capture/host-on-disk.ts';
import { configOf, functionFiles } from '../../test/capture/tree-of.ts';
import { readInput } from '../archive/index.ts';
import { type ServedSource, servedSource, servedSources } from './served-source.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

async function sourceOf(source: string | undefined, sysroot?: string): Promise<ServedSource> {
  const served = await servedSource(source, sysroot === undefined ? {} : { sysroot });
  if (!served.ok) throw new Error(served.error.text);
  return served.value;
}

describe('a served machine', () => {
  test('has one mark while it stays as it is, another with every change, and none when it is gone', async () => {
    const root = unpackRecording('switch-none');
    folders.push(root);
    const source = await sourceOf(undefined, root);
    const first = await source.mark();
    expect(first).not.toBe('');
    expect(await source.mark()).toBe(first);
    expect((await (await sourceOf(root)).bytes()).ok).toBe(true);
    writeFiles(root, functionFiles('sys/devices/pci0000:00/0000:00:1e.0'));
    const second = await source.mark();
    expect([second === first, second === '']).toEqual([false, false]);
    const marks = new Set([first, second]);
    const device = join(root, 'sys/devices/pci0000:00/0000:00:1e.0');
    for (const [file, content] of [
      [join(device, 'config'), configOf().fill(1, 0x40)],
      [join(device, 'resource'), '0x0000000000001000 0x0000000000001fff 0x0000000000000200\n'.repeat(13)],
      [join(device, 'resource'), '0x0000000000002000 0x0000000000002fff 0x0000000000000200\n'.repeat(13)],
      [join(root, 'boot/config-7.3.4+deb13-amd64'), 'CONFIG_PCI_P2PDMA=y\n'],
      [join(root, 'boot/config-7.3.4+deb13-amd64'), '# CONFIG_PCI_P2PDMA is not set\n'],
    ] as const) {
      writeFileSync(file, content);
      marks.add(await source.mark());
    }
    expect(marks.size).toBe(7);
    const bytes = await source.bytes();
    const read = bytes.ok ? await readInput(bytes.value, 'x') : bytes;
    expect(read.ok && read.value.functions.some(({ bdf }) => bdf === 0x00f0)).toBe(true);
    rmSync(root, { recursive: true });
    expect(await source.mark()).toBe('');
    expect((await source.bytes()).ok).toBe(false);
  });

  test('of a scenario has another mark when the scenario or its machine changes, and none when either is gone', async () => {
    const folder = newFolder();
    folders.push(folder);
    const [story, box] = [join(folder, 'story.yaml'), join(folder, 'box.yaml')];
    writeFiles(folder, {
      'story.yaml': 'peerpath-scenario: 1\nmachine: box.yaml\nsteps:\n  - {reset: gpu0}\n',
      'box.yaml': 'peerpath-machine: 1\nhost-bridges: [{devices: [gpu]}]\n',
    });
    const source = await sourceOf(story);
    const marks = new Set([await source.mark()]);
    appendFileSync(box, '# more\n');
    marks.add(await source.mark());
    appendFileSync(story, '# more\n');
    marks.add(await source.mark());
    expect(marks.size).toBe(3);
    const machine = await source.beside?.bytes();
    expect(machine?.ok && new TextDecoder().decode(machine.value)).toMatch(/^peerpath-machine: 1\n/);
    rmSync(box);
    expect(await source.mark()).toBe('');
  });

  test('of several files has them all, and changes with each; what is not one machine is refused', async () => {
    const folder = newFolder();
    folders.push(folder);
    const [list, log, other] = ['lspci.txt', 'dmesg.txt', 'other.txt'].map((name) => join(folder, name));
    writeFileSync(String(list), '00:00.0 Host bridge [0600]: A [8086:29c0]\n');
    writeFileSync(String(log), 'Linux version 6.6.9 (a@b) (gcc 14) #1 SMP\n');
    writeFileSync(String(other), '00:00.0 Host bridge [0600]: B [1022:1480]\n');
    const served = await servedSources([String(list), String(log)], {});
    if (!served.ok) throw new Error(served.error.text);
    expect(served.value.others?.map(({ name }) => name)).toEqual([log]);
    const first = await served.value.mark();
    writeFileSync(String(log), 'Linux version 6.12.9 (a@b) (gcc 14) #1 SMP\n');
    expect(await served.value.mark()).not.toBe(first);
    rmSync(String(log));
    expect(await served.value.mark()).toBe('');
    expect(await servedSources([String(list), String(other)], {})).toMatchObject({ error: { code: 'two-machines' } });
    expect(await servedSources([String(list), '-'], {})).toMatchObject({ ok: false });
  });

  test('of a scenario that names itself, or another scenario, is refused', async () => {
    const folder = newFolder();
    folders.push(folder);
    const story = (machine: string) => `peerpath-scenario: 1\nmachine: ${machine}\nsteps:\n  - {elapse: 1}\n`;
    writeFiles(folder, { 'self.yaml': story('self.yaml'), 'a.yaml': story('b.yaml'), 'b.yaml': story('a.yaml') });
    for (const name of ['self.yaml', 'a.yaml']) {
      const served = await servedSource(join(folder, name), {});
      expect(served).toMatchObject({
        ok: false,
        error: { text: expect.stringMatching(/is a scenario, not a machine/) },
      });
    }
  });

  test('of a pipe is what came through it, and a file that becomes a pipe is gone', async () => {
    const folder = newFolder();
    folders.push(folder);
    const [pipe, file] = ['pipe', 'file'].map((name) => join(folder, name));
    if (pipe === undefined || file === undefined) throw new Error('two names');
    execFileSync('mkfifo', [pipe]);
    writeFileSync(file, '00:00.0 Host bridge: Some Bridge\n');
    const source = await sourceOf(file);
    execFileSync('sh', ['-c', `cat '${file}' > '${pipe}' &`], { stdio: 'ignore' });
    const piped = await sourceOf(pipe);
    for (let time = 0; time < 2; time++) expect((await piped.bytes()).ok).toBe(true);
    rmSync(file);
    execFileSync('mkfifo', [file]);
    expect(await source.bytes()).toMatchObject({ ok: false, error: { code: 'not-readable' } });
  });

  test('of a file is read anew each time, and says when it is gone', async () => {
    const folder = newFolder();
    folders.push(folder);
    const file = join(folder, 'capture');
    writeFiles(folder, { capture: '' });
    expect(await servedSource(file, {})).toMatchObject({ ok: false });
    const source = await sourceOf(recordingPath('switch-none'));
    expect((await source.bytes()).ok).toBe(true);
    writeFileSync(file, '00:00.0 Host bridge: Some Bridge\n');
    const text = await sourceOf(file);
    const first = await text.mark();
    writeFileSync(file, '00:00.0 Host bridge: Another Bridge\n');
    expect(await text.mark()).not.toBe(first);
    rmSync(file);
    expect(await text.mark()).toBe('');
    expect(await text.bytes()).toMatchObject({ ok: false, error: { code: 'not-readable' } });
  });
});
