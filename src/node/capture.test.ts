import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { newFolder, RECORDINGS, unpackRecording, writeFiles } from '../../test/capture/host-on-disk.ts';
import { type Files, functionFiles, treeOf } from '../../test/capture/tree-of.ts';
import { type Directory, type FileTree, known, unreadable } from '../capture/index.ts';
import { collectCapture } from './capture-files.ts';
import { captureMachine, readMachine, writeCaptureArchive } from './index.ts';
import { writeTar } from './write-tar.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function folder(path = newFolder()): string {
  folders.push(path);
  return path;
}

const DIR = 'sys/devices/pci0000:00/0000:00:01.0';
const noGunzip = () => undefined;

/** The text of the capture's log. */
function logOf(tree: FileTree): string {
  const log = collectCapture(tree, noGunzip).members.find((member) => member.path === 'capture.log');
  return log?.kind === 'file' ? new TextDecoder().decode(log.bytes) : '';
}

describe('collectCapture', () => {
  it('takes files, links and what they lead to, and nothing else', () => {
    const files: Files = {
      ...functionFiles(DIR, { driver: { link: '../../../bus/pci/drivers/nvme' }, resource0: 'secret', rom: 'secret' }),
      'sys/devices/pci0000:00/firmware_node': { link: '../LNXSYSTM:00/PNP0A08:00' },
      'sys/class/net/eth0': { link: '../../devices/x' },
      'etc/shadow': 'secret',
      'proc/1/environ': 'secret',
    };
    const paths = collectCapture(treeOf(files), noGunzip).members.map((member) => member.path);
    expect(paths).toContain(`${DIR}/config`);
    expect(paths).toContain(`${DIR}/driver`);
    expect(paths).toContain('sys/devices/pci0000:00/firmware_node');
    expect(paths).toEqual([...paths].sort());
    expect(paths.filter((path) => /resource0|rom$|shadow|environ|net/.test(path))).toEqual([]);
  });

  it('logs what could not be read', () => {
    const tree = treeOf({ ...functionFiles(DIR), 'proc/cpuinfo': 'x: y\n', 'proc/sys/kernel/osrelease': '1.2\n' });
    const broken: FileTree = {
      directory: (path) => {
        const directory = tree.directory(path);
        if (path !== DIR || directory.state !== 'known') return directory;
        const files: Directory = directory.value;
        return known({
          names: [...files.names, 'driver'],
          readFile: (name) => (name === 'config' ? unreadable('EIO') : files.readFile(name)),
          readText: (name) => files.readText(name),
          readLink: (name) => (name === 'driver' ? unreadable('EIO') : files.readLink(name)),
        });
      },
    };
    expect(collectCapture(broken, noGunzip).unreadable).toEqual([`${DIR}/config`, `${DIR}/driver`]);
    expect(logOf(broken)).toBe(
      `capture format 1\nunreadable /${DIR}/config\nunreadable link /${DIR}/driver\n` +
        'missing kernel config (/proc/config.gz, /boot/config-1.2, /lib/modules/1.2/config)\n',
    );
  });

  it('takes the first processor and the configuration lines that matter', () => {
    const config = 'CONFIG_PCI_P2PDMA=y\nCONFIG_EXT4_FS=y\n# CONFIG_HSA_AMD_P2P is not set\n# CONFIG_X is not set\n';
    const files: Files = { ...functionFiles(DIR), 'proc/cpuinfo': 'a: 1\nb: 2\n\na: 3\n', 'boot/config-': config };
    const texts = new Map(
      collectCapture(treeOf(files), noGunzip).members.flatMap((member) =>
        member.kind === 'file' ? [[member.path, new TextDecoder().decode(member.bytes)]] : [],
      ),
    );
    expect(texts.get('proc/cpuinfo')).toBe('a: 1\nb: 2\n');
    expect(texts.get('boot/config-')).toBe('CONFIG_PCI_P2PDMA=y\n# CONFIG_HSA_AMD_P2P is not set\n');
  });
});

describe('captureMachine', () => {
  it.each(RECORDINGS)('of the machine of %s reads back the same', async (name) => {
    const host = folder(unpackRecording(name));
    const before = await readMachine(host);
    const release = before.ok && before.value.kernel.release.state === 'known' ? before.value.kernel.release.value : '';
    writeFiles(host, { 'proc/sys/kernel/osrelease': `${release}\n` });
    const archive = join(folder(), 'host.tar.gz');
    const written = writeCaptureArchive(archive, { sysroot: host });
    expect(written).toMatchObject({ ok: true, value: { unreadable: [] } });
    const after = await readMachine(archive);
    if (!before.ok || !after.ok) throw new Error('not read');
    expect({ ...after.value, source: 0, parts: 0 }).toEqual({ ...before.value, source: 0, parts: 0 });
  });

  it('is refused where there is no PCI', () => {
    const result = captureMachine({ sysroot: folder() });
    expect(result).toMatchObject({ ok: false, error: { code: 'no-pci' } });
  });
});

describe('writeCaptureArchive', () => {
  const host = (): string => {
    const path = folder();
    writeFiles(path, functionFiles(DIR));
    return path;
  };

  it('replaces an older file whole where it is told to, readable by its owner only, and leaves nothing beside it', () => {
    const target = folder();
    const file = join(target, 'host.tar.gz');
    writeFileSync(file, 'older', { mode: 0o644 });
    const sysroot = host();
    expect(writeCaptureArchive(file, { sysroot })).toMatchObject({ ok: false, error: { code: 'not-writable' } });
    expect(readFileSync(file, 'utf8')).toBe('older');
    expect(writeCaptureArchive(file, { sysroot, force: true })).toMatchObject({
      ok: true,
      value: { functionCount: 1 },
    });
    expect(readFileSync(file).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(target)).toEqual(['host.tar.gz']);
  });

  it('says where it cannot write, and leaves nothing behind', () => {
    const target = folder();
    mkdirSync(join(target, 'taken'));
    for (const file of [join(target, 'taken'), join(target, 'missing/host.tar.gz')]) {
      const result = writeCaptureArchive(file, { sysroot: host() });
      expect(result).toMatchObject({ ok: false, error: { code: 'not-writable' } });
    }
    expect(readdirSync(target)).toEqual(['taken']);
  });
});

describe('writeTar', () => {
  it('writes what tar unpacks, long names included', () => {
    const long = `${'directory/'.repeat(20)}file`;
    const tar = writeTar(
      [
        { kind: 'directory', path: 'empty' },
        { kind: 'file', path: 'a/b', bytes: new TextEncoder().encode('one\n') },
        { kind: 'file', path: long, bytes: new Uint8Array(1000).fill(7) },
        { kind: 'link', path: 'a/l', target: `../${long}` },
      ],
      1_700_000_000,
    );
    const target = folder();
    execFileSync('tar', ['-C', target, '-xf', '-'], { input: tar });
    expect(readFileSync(join(target, 'a/b'), 'utf8')).toBe('one\n');
    expect(readFileSync(join(target, 'a/l'))).toEqual(Buffer.alloc(1000, 7));
    expect(readdirSync(join(target, 'empty'))).toEqual([]);
    expect(statSync(join(target, 'a/b')).mtime).toEqual(new Date(1_700_000_000_000));
  });
});
