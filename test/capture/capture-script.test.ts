/** The script runs on machines without Node, under the shells and the tar that such machines have. */
import { execFileSync, spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MachineCapture } from '../../src/capture/index.ts';
import { captureScript, readMachine, writeCaptureArchive } from '../../src/node/index.ts';
import { newFolder, unpackRecording, writeFiles } from './host-on-disk.ts';
import { type Files, functionFiles } from './tree-of.ts';

const SCRIPT = new URL('../../assets/capture.sh', import.meta.url).pathname;
const work = newFolder();
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** A machine with what no recording has: a VMD domain, virtual functions, published memory, odd names. */
const RICH: Files = {
  ...functionFiles('sys/devices/pci0000:e0/0000:e0:00.5', {
    'p2pmem/size': '1048576\n',
    'p2pmem/available': '0\n',
    'p2pmem/published': '1\n',
    label: 'Onboard "NVMe" \\ 1\n',
    virtfn0: { link: '../0000:e0:00.6' },
    current_link_speed: '32.0 GT/s PCIe\n',
    current_link_width: '16\n',
    driver: { link: '../../../bus/pci/drivers/vmd' },
    iommu_group: { link: '../../../kernel/iommu_groups/3' },
  }),
  ...functionFiles('sys/devices/pci0000:e0/0000:e0:00.6', { physfn: { link: '../0000:e0:00.5' } }),
  ...functionFiles('sys/devices/pci0000:e0/0000:e0:00.5/pci10000:e0/10000:e0:02.0', { config: new Uint8Array(256) }),
  'sys/devices/pci0000:e0/firmware_node': { link: '../LNXSYSTM:00/LNXSYBUS:00/PNP0A08:02' },
  'sys/devices/pci0000:e0/uevent': '',
  'sys/devices/pci0000:f0/uevent': '',
  'sys/kernel/iommu_groups/3/type': 'identity\n',
  'sys/kernel/iommu_groups/3/reserved_regions': '',
  'sys/kernel/iommu_groups/3/devices/0000:e0:00.5': { link: '../../../../devices/pci0000:e0/0000:e0:00.5' },
  'sys/class/iommu/ivhd0': { link: '../../devices/pci0000:e0/0000:e0:00.2/iommu/ivhd0' },
  'sys/devices/pci0000:e0/0000:e0:00.2/iommu/ivhd0/amd-iommu/cap': '1f03000f\n',
  'sys/class/net/enp224s0': { link: '../../devices/pci0000:e0/0000:e0:00.6/net/enp224s0' },
  'sys/devices/pci0000:e0/0000:e0:00.6/net/enp224s0/device': { link: '../../../0000:e0:00.6' },
  'sys/class/net/lo': { link: '../../devices/virtual/net/lo' },
  'sys/devices/virtual/net/lo/mtu': '65536\n',
  'sys/class/drm/card0-DP-1': { link: '../../devices/pci0000:e0/0000:e0:00.5/drm/card0/card0-DP-1' },
  'sys/devices/pci0000:e0/0000:e0:00.5/drm/card0/card0-DP-1/device': { link: '../../card0' },
  'proc/cpuinfo': 'processor\t: 0\nvendor_id\t: AuthenticAMD\n\nprocessor\t: 1\n',
  'proc/cmdline': 'quiet * $(id) \\n\n',
  'proc/version': 'Linux version 7.3.4 (x)\n',
  'proc/modules': '',
  'proc/sys/kernel/osrelease': '7.3.4\n',
  'lib/modules/7.3.4/config': '# CONFIG_PCI_P2PDMA is not set\nCONFIG_AMD_IOMMU=y\nCONFIG_NET=y\n',
};

interface Shell {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly path: string;
}

/** Those that are there. busybox runs with its own tar, cat and so on, as on a machine that has nothing else. */
function findShells(): readonly Shell[] {
  const path = process.env['PATH'] ?? '';
  const which = (tool: string) => spawnSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).stdout.trim();
  const dash = which('dash');
  const found: Shell[] = [
    dash === '' ? { name: 'sh', command: ['sh'], path } : { name: 'dash', command: [dash], path },
  ];
  const busybox = which('busybox');
  if (busybox !== '') {
    const applets = join(work, 'applets');
    mkdirSync(applets);
    for (const applet of ['cat', 'mkdir', 'readlink', 'tar', 'gzip', 'rm', 'mv', 'id']) {
      symlinkSync(busybox, join(applets, applet));
    }
    found.push({ name: 'busybox', command: [busybox, 'sh'], path: applets });
  }
  return found;
}

const shells = findShells();

function run(shell: Shell, ...args: string[]): { status: number | null; stdout: Buffer; stderr: string } {
  const [program, ...before] = shell.command;
  const env = { PATH: shell.path, TMPDIR: join(work, 'tmp') };
  const result = spawnSync(program, [...before, SCRIPT, ...args], { env, maxBuffer: 2 ** 26 });
  return { ...result, stderr: result.stderr.toString() };
}

async function machine(source: string): Promise<MachineCapture> {
  const result = await readMachine(source);
  if (!result.ok) throw new Error(result.error.text);
  return { ...result.value, source: { kind: result.value.source.kind, name: '' }, parts: [] };
}

/** A host's root folder. */
function host(name: string): string {
  if (name === 'rich') {
    const folder = join(work, 'rich host');
    writeFiles(folder, RICH);
    return folder;
  }
  const folder = unpackRecording(name);
  writeFiles(folder, {
    'proc/sys/kernel/osrelease': readdirSync(join(folder, 'boot'))[0]?.slice('config-'.length) ?? '',
  });
  return folder;
}

const HOSTS = ['rich', 'arm-domains-none'];
const hosts = new Map<string, string>();
beforeAll(() => {
  for (const name of HOSTS) hosts.set(name, host(name));
});
afterAll(() => {
  for (const folder of hosts.values()) rmSync(folder, { recursive: true, force: true });
});

describe.each(shells)('capture.sh under $name', (shell) => {
  it.each(HOSTS)('captures %s as the library does', async (name) => {
    const sysroot = hosts.get(name) ?? '';
    const script = join(work, `${shell.name}-${name}.tgz`);
    const library = join(work, `library-${shell.name}-${name}.tgz`);
    expect(run(shell, '--sysroot', sysroot, script)).toMatchObject({ status: 0 });
    expect(writeCaptureArchive(library, { sysroot }).ok).toBe(true);
    const captured = await machine(script);
    expect(captured).toEqual(await machine(library));
    expect(captured.findings).toEqual([]);
    expect(captured.functions.length).toBeGreaterThan(2);
  });

  it('replaces a file only where it is told to, and nothing that is no file', () => {
    const sysroot = hosts.get('rich') ?? '';
    const file = join(work, `${shell.name}-there.tgz`);
    writeFileSync(file, 'older');
    const link = join(work, `${shell.name}-link`);
    symlinkSync(file, link);
    expect(run(shell, '--sysroot', sysroot, file)).toMatchObject({ status: 2 });
    for (const other of [link, '/dev/null', work]) {
      expect(run(shell, '--sysroot', sysroot, '--force', other)).toMatchObject({ status: 2 });
    }
    expect(readFileSync(file, 'utf8')).toBe('older');
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
    expect(run(shell, '--sysroot', sysroot, '--force', file)).toMatchObject({ status: 0 });
    expect(readFileSync(file).subarray(0, 2)).toEqual(Buffer.from([0x1f, 0x8b]));
  });

  it('writes to standard output when it is given no file', async () => {
    const { stdout, status } = run(shell, '--sysroot', hosts.get('rich') ?? '');
    expect(status).toBe(0);
    const file = join(work, `${shell.name}-stdout.tgz`);
    writeFileSync(file, stdout);
    expect((await machine(file)).functions).toHaveLength(3);
  });

  it('says what it could not read', async () => {
    const folder = join(work, `${shell.name} unreadable`);
    const dir = 'sys/devices/pci0000:00/0000:00:01.0';
    // Reading the first bytes of this file fails with EIO for everyone.
    writeFiles(folder, functionFiles(dir, { label: { link: '/proc/self/mem' }, config: { link: '/proc/self/mem' } }));
    const file = join(work, `${shell.name}-unreadable.tgz`);
    expect(run(shell, '--sysroot', folder, file).status).toBe(0);
    const { functions, findings } = await machine(file);
    expect(functions[0]?.label).toEqual({
      state: 'unreadable',
      why: 'label: it could not be read when the capture was made',
    });
    expect(functions[0]?.config.bytes).toHaveLength(0);
    expect(findings.map((finding) => finding.code)).toEqual(['capture-unreadable', 'capture-missing']);
  });

  it('captures a machine without PCI', async () => {
    const folder = join(work, `${shell.name} empty`);
    mkdirSync(folder);
    const file = join(work, `${shell.name}-empty.tgz`);
    expect(run(shell, '--sysroot', folder, file).status).toBe(0);
    expect((await machine(file)).findings.map((finding) => finding.code)).toContain('no-pci-functions');
  });

  it.each<[string[], number, RegExp]>([
    [['--help'], 0, /^$/],
    [['--nonsense'], 2, /unknown option --nonsense/],
    [['a', 'b'], 2, /more than one file: a, b/],
    [['--sysroot'], 2, /--sysroot needs a folder/],
    [['--sysroot', '/nowhere', 'x'], 2, /\/nowhere: no such folder/],
    [['--sysroot', work, '/nowhere/x.tgz'], 1, /cannot write \/nowhere\/x.tgz/],
  ])('%j ends with %i', (args, status, stderr) => {
    const result = run(shell, ...args);
    expect(result.status).toBe(status);
    expect(result.stderr).toMatch(stderr);
  });

  it('leaves nothing behind', () => {
    const folder = join(work, `${shell.name} target`);
    mkdirSync(folder);
    run(shell, '--sysroot', hosts.get('rich') ?? '', join(folder, 'x.tgz'));
    run(shell, '--sysroot', hosts.get('rich') ?? '', join(folder, 'x.tgz', 'y.tgz'));
    expect(readdirSync(folder)).toEqual(['x.tgz']);
    expect(readdirSync(join(work, 'tmp'))).toEqual([]);
  });
});

describe('the script', () => {
  it('is what the library prints', () => {
    expect(captureScript()).toBe(readFileSync(SCRIPT, 'utf8'));
  });

  it('is POSIX sh: no shell finds a fault in it', () => {
    for (const { command } of shells) execFileSync(command[0], [...command.slice(1), '-n', SCRIPT]);
  });
});
