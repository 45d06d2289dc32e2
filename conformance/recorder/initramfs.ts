/** The file system a recorded kernel starts with: busybox, pciutils, the modules, the capture script and the requests. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { ARCHES, archOfRelease } from './arch.ts';
import { Unavailable } from './packages.ts';
import { runInRoot, type Workshop } from './workshop.ts';

/** A member: a file, a link or a directory (neither). */
interface Member {
  readonly path: string;
  readonly bytes?: Uint8Array;
  readonly link?: string;
}

const CAPTURE_SCRIPT = fileURLToPath(new URL('../../assets/capture.sh', import.meta.url));
const INIT = fileURLToPath(new URL('./guest-init.sh', import.meta.url));
const FOLDERS = 'bin sbin lib lib64 usr usr/bin usr/share usr/share/misc mod boot proc sys dev tmp root etc run'.split(
  ' ',
);
/** Lines of the kernel's configuration that the capture script would find in /boot. */
const CONFIG = /^.*(?:P2PDMA|DMA_SHARED|DMABUF|VFIO|IOMMU|ZONE_DEVICE).*$/gm;

/** The part that is the same for all boots of a kernel. `extra`: further modules, files of the kernel's own folder; `programs`: static ones. */
export function baseFiles(
  workshop: Workshop,
  extra: readonly string[] = [],
  programs: readonly string[] = [],
): Uint8Array {
  const file = (path: string, from: string): Member => ({ path, bytes: readFileSync(from) });
  const { root, guest, release, modules } = workshop;
  // That of another architecture has the same applets.
  const applets = spawnSync(join(root, 'usr/bin/busybox'), ['--list'], { encoding: 'utf8' })
    .stdout.split('\n')
    .filter((name) => name !== '');
  const config = readFileSync(join(root, 'usr/src', `linux-headers-${release}`, '.config'), 'utf8').match(CONFIG) ?? [];
  return cpio([
    ...FOLDERS.map((path) => ({ path })),
    file('bin/busybox', join(guest, 'usr/bin/busybox')),
    ...applets.filter((name) => name !== 'busybox').map((name) => ({ path: `bin/${name}`, link: 'busybox' })),
    ...['insmod', 'rmmod', 'modprobe'].map((name) => ({ path: `sbin/${name}`, link: '../bin/busybox' })),
    ...pciutils(workshop),
    file('init', INIT),
    file('capture.sh', CAPTURE_SCRIPT),
    { path: `boot/config-${release}`, bytes: Buffer.from(`${config.join('\n')}\n`) },
    ...Object.values(modules).map((from) => file(`mod/${basename(from)}`, from)),
    ...extra.map((from) => moduleFile(from)),
    ...programs.map((from) => file(`bin/${basename(from)}`, from)),
  ]);
}

/** A module of the distribution, unpacked. */
function moduleFile(from: string): Member {
  const bytes = from.endsWith('.xz')
    ? spawnSync('xz', ['-dc', from], { maxBuffer: 1 << 28 }).stdout
    : readFileSync(from);
  return { path: `mod/${basename(from, '.xz')}`, bytes };
}

/** lspci and setpci with all libraries that they need. */
function pciutils({ root, guest, release }: Workshop): Member[] {
  const { libraries, loader } = ARCHES[archOfRelease(release)];
  const programs = ['lspci', 'setpci'];
  const needed = new Set<string>();
  for (let files = programs.map((name) => join('usr/bin', name)); files.length > 0; ) {
    const found = neededBy(root, guest, files).filter((name) => !needed.has(name) && !loader.endsWith(`/${name}`));
    for (const name of found) needed.add(name);
    files = [...new Set(found)].map((name) => join('usr', libraries, name));
  }
  return [
    ...programs.map((name) => ({ path: `usr/bin/${name}`, bytes: readFileSync(join(guest, 'usr/bin', name)) })),
    ...programs.map((name) => ({ path: `bin/${name}`, link: `../usr/bin/${name}` })),
    { path: loader, bytes: readFileSync(join(guest, 'usr', loader)) },
    { path: libraries },
    ...[...needed].map((name) => ({
      path: join(libraries, name),
      bytes: readFileSync(join(guest, 'usr', libraries, name)),
    })),
  ];
}

/** The libraries that programs or libraries of the guest name. */
function neededBy(root: string, guest: string, files: readonly string[]): string[] {
  const paths = files.map((file) => join('/', relative(root, guest), file));
  const run = runInRoot(root, `readelf -d ${paths.join(' ')}`);
  if (!run.ok) throw new Unavailable(`the guest's programs cannot be read:\n${run.output}`);
  return [...run.output.matchAll(/\(NEEDED\).*\[([^\]]+)\]/g)].map(([, name = '']) => name);
}

/** What differs from boot to boot, to be appended to the base. */
export function bootFiles(files: Readonly<Record<string, string>>): Uint8Array {
  return cpio(Object.entries(files).map(([path, text]) => ({ path, bytes: Buffer.from(text) })));
}

/** ACPI tables for the kernel's early look at its file system: not compressed, and first. */
export function tableFiles(tables: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const folders = ['kernel', 'kernel/firmware', 'kernel/firmware/acpi'].map((path) => ({ path }));
  const files = Object.entries(tables).map(([name, bytes]) => ({ path: `kernel/firmware/acpi/${name}`, bytes }));
  return archive([...folders, ...files]);
}

/** A compressed archive in the format `newc` (Documentation/driver-api/early-userspace/buffer-format.rst). */
function cpio(members: readonly Member[]): Uint8Array {
  return gzipSync(archive(members), { level: 1 });
}

function archive(members: readonly Member[]): Uint8Array {
  return Buffer.concat([...members, undefined].flatMap((member, index) => cpioEntry(member, index + 1)));
}

function cpioEntry(member: Member | undefined, inode: number): Buffer[] {
  const name = Buffer.from(`${member?.path ?? 'TRAILER!!!'}\0`);
  const data = Buffer.from(member?.link ?? member?.bytes ?? new Uint8Array());
  const kind = member?.link !== undefined ? 0o120777 : member?.bytes !== undefined ? 0o100755 : 0o040755;
  const fields = [inode, member === undefined ? 0 : kind, 0, 0, 1, 0, data.length, 0, 0, 0, 0, name.length, 0];
  const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`);
  return [header, name, padding(header.length + name.length), data, padding(data.length)];
}

function padding(length: number): Buffer {
  return Buffer.alloc((4 - (length % 4)) % 4);
}
