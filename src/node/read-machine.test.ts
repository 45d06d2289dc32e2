import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { newFolder, RECORDINGS, recordingPath, unpackRecording, writeFiles } from '../../test/capture/host-on-disk.ts';
import { functionFiles } from '../../test/capture/tree-of.ts';
import type { MachineCapture } from '../capture/index.ts';
import { type ReadMachineOptions, readMachine } from './index.ts';
import { sysrootTree } from './read-machine.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function folder(path = newFolder()): string {
  folders.push(path);
  return path;
}

async function capture(source: string | undefined, options?: ReadMachineOptions): Promise<MachineCapture> {
  const result = await readMachine(source, options);
  if (!result.ok) throw new Error(result.error.text);
  return { ...result.value, source: { ...result.value.source, name: '' }, parts: [] };
}

async function failure(source: string | undefined, options?: ReadMachineOptions): Promise<string> {
  const result = await readMachine(source, options);
  return result.ok ? 'read' : `${result.error.code}: ${result.error.text}`;
}

/** A file with these bytes. */
function file(bytes: Uint8Array | string): string {
  const path = join(folder(), 'input');
  writeFileSync(path, bytes);
  return path;
}

const FUNCTION = functionFiles('sys/devices/pci0000:00/0000:00:01.0');

describe('readMachine', () => {
  it.each(RECORDINGS)('reads %s the same from its archive and unpacked', async (name) => {
    const archive = await capture(recordingPath(name));
    const unpacked = await capture(folder(unpackRecording(name)));
    // A view into the archive and a copy from disk are two kinds of array with the same bytes.
    expect(unpacked).toEqual(archive);
    expect(archive.functions.length).toBeGreaterThan(5);
  });

  it('reads an archive from a pipe', async () => {
    const pipe = join(folder(), 'pipe');
    execFileSync('mkfifo', [pipe]);
    const writing = import('node:child_process').then(({ spawn }) =>
      spawn('cp', [recordingPath('switch-none'), pipe], { stdio: 'ignore' }),
    );
    const piped = await capture(pipe);
    await writing;
    expect(piped).toEqual(await capture(recordingPath('switch-none')));
  });

  it('reads a configuration in /proc/config.gz, in a folder and in an archive', async () => {
    const host = folder();
    writeFiles(host, { ...FUNCTION, 'proc/config.gz': gzipSync('CONFIG_PCI_P2PDMA=y\n') });
    const config = { state: 'known', value: new Map([['CONFIG_PCI_P2PDMA', 'y']]) };
    expect((await capture(host)).kernel.config).toEqual(config);
    const archive = join(folder(), 'a.tgz');
    execFileSync('tar', ['-C', host, '-czf', archive, '.']);
    expect((await capture(archive)).kernel.config).toEqual(config);
  });

  it('tells data that is cut from data that is damaged', async () => {
    const bytes = readFileSync(recordingPath('switch-none'));
    expect(await failure(file(bytes.subarray(0, 5000)))).toMatch(/^cut-short: .*its gzip data ends in the middle/);
    const damaged = Uint8Array.from(bytes, (byte, at) => (at === 3000 ? byte ^ 0x55 : byte));
    expect(await failure(file(damaged))).toMatch(/^damaged: .*its gzip data does not unpack/);
    const tar = gunzipSync(bytes);
    expect(await failure(file(tar.subarray(0, 10000)))).toMatch(/^cut-short: .*the tar archive ends in the middle/);
  });

  it.each<[string, () => string, RegExp]>([
    ['a missing file', () => '/nowhere/x', /^not-found: \/nowhere\/x: does not exist$/],
    ['a device', () => '/dev/zero', /^not-readable: \/dev\/zero: is neither a file nor a folder$/],
    ['an empty file', () => file(''), /^not-recognised: .*input: is empty$/],
    ['a text', () => file('hello\n'), /^not-recognised: .*is no capture,/],
    [
      'an empty folder',
      () => folder(),
      /^no-machine: .* is a folder that tells nothing of a machine: no "sys\/bus\/pci\/devices", no text of lspci/,
    ],
  ])('refuses %s in one sentence', async (_name, source, sentence) => {
    expect(await failure(source())).toMatch(sentence);
  });

  it('does not take a source and a sysroot', async () => {
    expect(await failure('x', { sysroot: '/' })).toBe(
      'not-recognised: x: cannot be read together with a sysroot; give one of them',
    );
  });
});

describe('readMachine of a folder from others', () => {
  const outside = (): string => {
    const other = folder();
    writeFiles(other, { secret: '0x1234\n', 'dir/vendor': '0x1234\n' });
    return other;
  };

  it('does not follow a link in the place of a file', async () => {
    const host = folder();
    writeFiles(host, { ...FUNCTION, 'sys/devices/pci0000:00/0000:00:01.0/label': { link: join(outside(), 'secret') } });
    const [fn] = (await capture(host)).functions;
    expect(fn?.label).toEqual({
      state: 'unreadable',
      why: 'label: a link stands in its place; links are not followed',
    });
  });

  it('does not follow a link in the place of a directory', async () => {
    const host = folder();
    writeFiles(host, { 'sys/bus/pci/devices/0000:00:01.0': { link: '../../../devices/pci0000:00/0000:00:01.0' } });
    mkdirSync(join(host, 'sys/devices/pci0000:00'), { recursive: true });
    symlinkSync(join(outside(), 'dir'), join(host, 'sys/devices/pci0000:00/0000:00:01.0'));
    const [fn] = (await capture(host)).functions;
    expect(fn?.vendor).toEqual({ state: 'unreadable', why: 'its directory is not in this capture' });
  });

  it('does not follow a link higher up, and takes a circle of links for nothing', async () => {
    const host = folder();
    const real = folder();
    writeFiles(real, FUNCTION);
    symlinkSync(join(real, 'sys'), join(host, 'sys'));
    expect(await failure(host)).toMatch(/^no-machine/);
    const circle = folder();
    symlinkSync('sys', join(circle, 'sys'));
    expect(await failure(circle)).toMatch(/^no-machine/);
  });

  it('does not climb out by a name from a file', async () => {
    const host = folder();
    const other = folder();
    writeFiles(other, { config: 'CONFIG_A=y\n' });
    writeFiles(host, {
      ...FUNCTION,
      'lib/modules': null,
      'proc/version': `Linux version ..${'/..'.repeat(20)}${other} x\n`,
    });
    expect((await capture(host)).kernel.config.state).toBe('unreadable');
    const tree = sysrootTree(host);
    expect(tree.ok && tree.value.directory(`lib/..${'/..'.repeat(20)}${other}`)).toEqual({ state: 'absent' });
  });

  it('does not wait for a pipe', async () => {
    const host = folder();
    writeFiles(host, FUNCTION);
    execFileSync('mkfifo', [join(host, 'sys/devices/pci0000:00/0000:00:01.0/label')]);
    expect((await capture(host)).functions[0]?.label).toEqual({ state: 'unreadable', why: 'label: it is not a file' });
  });

  it('does not read files without end', async () => {
    const host = folder();
    writeFiles(host, { ...FUNCTION, 'proc/cmdline': new Uint8Array(17 * 2 ** 20) });
    expect((await capture(host)).kernel.cmdline).toEqual({
      state: 'unreadable',
      why: '/proc/cmdline: it is larger than 16 MiB',
    });
  });
});

describe('readMachine of this machine', () => {
  it('has functions, or says in one sentence that there are none', async () => {
    const result = await readMachine(undefined);
    if (result.ok) {
      expect(result.value.source).toEqual({ kind: 'sysfs', name: 'this machine' });
      expect(result.value.functions.length).toBeGreaterThan(0);
      expect(result.value.kernel.release.state).toBe('known');
    } else expect(result.error.text).toMatch(/^this machine: shows no PCI function .*capture/);
  });
});

describe('readMachine of a sysroot', () => {
  it('reads a mounted /sys as that of a running machine: what is not there does not exist', async () => {
    const host = folder();
    writeFiles(host, FUNCTION);
    const machine = await capture(undefined, { sysroot: host });
    expect(machine.source.kind).toBe('sysfs');
    expect(machine.functions[0]?.driver).toEqual({ state: 'absent' });
    expect(machine.iommuGroups).toEqual({ state: 'known', value: [] });
  });

  it('reads an unpacked capture as what it is', async () => {
    const unpacked = folder(unpackRecording('switch-none'));
    expect(await capture(undefined, { sysroot: unpacked })).toEqual(await capture(unpacked));
  });

  it('is refused without /sys, without functions, and when it is no folder', async () => {
    const empty = folder();
    expect(await failure(undefined, { sysroot: empty })).toBe(
      `no-machine: ${empty}: holds no folder "sys"; the sysroot is the folder above it`,
    );
    mkdirSync(join(empty, 'sys'));
    expect(await failure(undefined, { sysroot: empty })).toMatch(/^no-pci: .* shows no PCI function .*container/);
    expect(await failure(undefined, { sysroot: '/nowhere' })).toBe('not-found: /nowhere: does not exist');
    expect(await failure(undefined, { sysroot: file('') })).toMatch(/^not-readable: .* is not a folder$/);
  });
});

it('a folder that cannot be searched shows nothing, and is no defect', () => {
  const root = folder();
  const tree = sysrootTree(root);
  // A name longer than any file system takes fails as a folder without permission does, for root as well.
  expect(tree.ok && tree.value.directory(`${'n'.repeat(300)}/sys`).state).toBe('absent');
});
