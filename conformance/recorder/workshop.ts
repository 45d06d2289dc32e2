/** The folder where kernels, tools and built modules are kept, and commands that run in it as in a root directory. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ARCHES, archOfRelease } from './arch.ts';
import {
  CROSS_PACKAGES,
  GUEST_PACKAGES,
  kernelPackages,
  modulePackages,
  QEMU_PACKAGES,
  TOOL_PACKAGES,
  Unavailable,
  unpackInto,
} from './packages.ts';

/** The module's sources. */
const ORACLE = fileURLToPath(new URL('../../oracle', import.meta.url));

/** A folder with everything that one kernel needs. */
export interface Workshop {
  readonly cache: string;
  readonly root: string;
  readonly release: string;
  /** Where the guest's programs lie. */
  readonly guest: string;
  /** The compressed kernel. */
  readonly kernel: string;
  /** Built modules by name without `.ko`: `peerpath-oracle`, `mapping-probe`. */
  readonly modules: Readonly<Record<string, string>>;
}

/** Where things are kept: `PEERPATH_RECORDER_CACHE`, else in the cache folder of the user. */
function cacheFolder(): string {
  const own = process.env['PEERPATH_RECORDER_CACHE'];
  return own ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'peerpath-recorder');
}

/** Fetches, unpacks and builds what a kernel needs. @throws Unavailable with one sentence */
export async function openWorkshop(release: string, cache: string = cacheFolder()): Promise<Workshop> {
  const root = join(cache, 'root');
  const downloads = join(cache, 'packages');
  const guest = join(root, ARCHES[archOfRelease(release)].guest);
  await unpackInto(root, [...TOOL_PACKAGES, ...kernelPackages(release)], downloads);
  if (guest !== root) {
    await unpackInto(root, CROSS_PACKAGES, downloads);
    await unpackInto(guest, GUEST_PACKAGES, downloads);
  }
  for (const [path, target] of [
    ['usr/bin/awk', 'mawk'],
    ['usr/bin/sh', 'dash'],
  ] as const) {
    if (!existsSync(join(root, path))) symlinkSync(target, join(root, path));
  }
  // Up to 7.1 the kernel lies in /boot.
  const places = [join(root, 'usr/lib/modules', release, 'vmlinuz'), join(root, 'boot', `vmlinuz-${release}`)];
  const kernel = places.find(existsSync);
  if (kernel === undefined) throw new Unavailable(`the packages of ${release} hold no kernel`);
  return { cache, root, release, guest, kernel, modules: buildModules(root, release) };
}

/** Adds the distribution's modules to the workshop. @returns the folder that they lie in */
export async function packagedModules({ cache, root, release }: Workshop): Promise<string> {
  await unpackInto(root, modulePackages(release), join(cache, 'packages'));
  return join(root, 'usr/lib/modules', release, 'kernel');
}

/** The program that drives VFIO, and the module that imports its buffers. */
const VFIO_SOURCES = fileURLToPath(new URL('./vfio', import.meta.url));

/** What asks VFIO in the guest, built once of these sources. @throws Unavailable for kernels before 7.1 */
export function vfioPrograms({ root, release }: Workshop): { readonly program: string; readonly module: string } {
  if (archOfRelease(release) !== 'amd64') throw new Unavailable(`the VFIO programs are not built for ${release}`);
  const folder = join(root, 'build', `${release}-vfio`);
  const built = { program: join(folder, 'vfiotest'), module: join(folder, 'fdmap.ko') };
  const names = ['vfiotest.c', 'fdmap.c', 'Makefile'];
  if (existsSync(built.module) && isCopyOf(VFIO_SOURCES, folder, names)) return built;
  copySources(VFIO_SOURCES, folder, names);
  const make = `make -C /usr/src/linux-headers-${release} M=$PWD CC=gcc modules`;
  const run = runInRoot(root, `cd /build/${release}-vfio && gcc -static -O1 -w -o vfiotest vfiotest.c && ${make}`);
  if (!run.ok) throw new Unavailable(`the VFIO programs cannot be built for ${release}:\n${run.output}`);
  return built;
}

function isCopyOf(from: string, folder: string, names: readonly string[]): boolean {
  return names.every(
    (name) => existsSync(join(folder, name)) && readFileSync(join(folder, name)).equals(readFileSync(join(from, name))),
  );
}

function copySources(from: string, folder: string, names: readonly string[]): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of names) cpSync(join(from, name), join(folder, name));
}

/** Adds QEMU 10 to the workshop. @returns the command that starts it, words apart */
export async function packagedQemu(cache: string = cacheFolder()): Promise<readonly string[]> {
  const root = join(cache, 'root');
  await unpackInto(root, [...TOOL_PACKAGES, ...QEMU_PACKAGES], join(cache, 'packages'));
  const libraries = ['usr/lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu/pulseaudio'].map((path) => join(root, path));
  return [
    join(root, 'lib64/ld-linux-x86-64.so.2'),
    '--library-path',
    libraries.join(':'),
    join(root, 'usr/bin/qemu-system-x86_64'),
    ...['qemu', 'seabios', '../lib/ipxe/qemu'].flatMap((path) => ['-L', join(root, 'usr/share', path)]),
  ];
}

/** Builds the project's modules for a kernel, unless they are built of these sources. */
function buildModules(root: string, release: string): Workshop['modules'] {
  const folder = join(root, 'build', release);
  const names = ['peerpath-oracle', 'mapping-probe'];
  const sources = [...names.map((name) => `${name}.c`), 'Makefile'];
  const built = Object.fromEntries(names.map((name) => [name, join(folder, `${name}.ko`)]));
  if (!isCopyOf(ORACLE, folder, sources) || !Object.values(built).every(existsSync)) {
    copySources(ORACLE, folder, sources);
    const make = `make KDIR=/usr/src/linux-headers-${release} PROBE=1 ${ARCHES[archOfRelease(release)].make}`;
    const run = runInRoot(root, `cd /build/${release} && ${make}`);
    if (!run.ok) throw new Unavailable(`the modules cannot be built for ${release}:\n${run.output}`);
  }
  return built;
}

/**
 * Runs a shell command with `root` as its root directory. In a user namespace, so that no privilege is needed; where
 * those are forbidden and the caller is root, without one.
 */
export function runInRoot(root: string, command: string): { readonly ok: boolean; readonly output: string } {
  for (const name of ['dev', 'proc']) mkdirSync(join(root, name), { recursive: true });
  const inner = `mount --rbind /dev "$1/dev" && mount --rbind /proc "$1/proc" && exec chroot "$1" /usr/bin/sh -c "$2"`;
  const script = `export PATH=/usr/bin:/usr/sbin:/bin:/sbin HOME=/; ${command}`;
  const namespaces = ['--map-root-user', '--mount', '--'];
  const start = (flags: readonly string[]) =>
    spawnSync('unshare', [...flags, 'sh', '-c', inner, 'sh', root, script], { encoding: 'utf8' });
  let run = start(namespaces);
  if (run.status !== 0 && /unshare/.test(run.stderr ?? '') && process.getuid?.() === 0) run = start(['--mount', '--']);
  return { ok: run.status === 0, output: `${run.stdout ?? ''}${run.stderr ?? ''}${run.error?.message ?? ''}` };
}
