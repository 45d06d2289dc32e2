/** The Debian packages that a recording needs: by name and version, checked by their hash, kept in a folder. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Arch } from './arch.ts';

/** One package as the archive has it. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  /** Below the mirror. Packages that left the index stay in the pool for a while. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

interface PackageLock {
  /** Compiler and programs of the guest. */
  readonly tools: readonly DebianPackage[];
  /** QEMU 10, for machines that need it. */
  readonly qemu: readonly DebianPackage[];
  /** The compiler for arm64, and the programs of a guest that is one. */
  readonly 'cross-arm64': readonly DebianPackage[];
  readonly 'guest-arm64': readonly DebianPackage[];
  /** Headers, kernel and, where there are some, modules by release. */
  readonly kernels: Readonly<Record<string, readonly DebianPackage[]>>;
}

const LOCK = JSON.parse(
  readFileSync(fileURLToPath(new URL('./packages.json', import.meta.url)), 'utf8'),
) as PackageLock;

/** Why something needed cannot be had: one sentence. The recording is then skipped or refused. */
export class Unavailable extends Error {}

/** Releases that can be recorded. */
export const KNOWN_RELEASES: readonly string[] = Object.keys(LOCK.kernels);

/** `7.3.4` or `7.3.4+deb13`, of an architecture, or the whole release. @throws Unavailable for one that is not in the list */
export function releaseOf(text: string, arch: Arch = 'amd64'): string {
  const found = KNOWN_RELEASES.find(
    (release) =>
      release === text ||
      (release.startsWith(`${text}+`) && release.endsWith(`-${arch}`)) ||
      release === `${text}-${arch}`,
  );
  if (found === undefined)
    throw new Unavailable(`no packages of Linux ${text} are listed; there are ${KNOWN_RELEASES.join(', ')}`);
  return found;
}

/** What a kernel needs besides the tools; its modules apart, which few machines need and are most of its bytes. */
export function kernelPackages(release: string): readonly DebianPackage[] {
  return (LOCK.kernels[release] ?? []).filter((wanted) => !isOfModules(wanted));
}

/** The modules of a kernel: none where none are listed. */
export function modulePackages(release: string): readonly DebianPackage[] {
  return (LOCK.kernels[release] ?? []).filter(isOfModules);
}

function isOfModules({ name }: DebianPackage): boolean {
  return name.startsWith('linux-modules-');
}

/** Compiler and guest programs. */
export const TOOL_PACKAGES: readonly DebianPackage[] = LOCK.tools;
/** What else a kernel of another architecture needs: a compiler, and programs of the guest. */
export const CROSS_PACKAGES: readonly DebianPackage[] = LOCK['cross-arm64'];
export const GUEST_PACKAGES: readonly DebianPackage[] = LOCK['guest-arm64'];
/** QEMU 10 and what it needs besides the tools. */
export const QEMU_PACKAGES: readonly DebianPackage[] = LOCK.qemu;

/**
 * Where packages are asked for: `PEERPATH_DEBIAN_MIRROR`, else wherever the package settings of this system say.
 * @throws Unavailable where neither names a mirror
 */
function debianMirrors(): readonly string[] {
  const named = process.env['PEERPATH_DEBIAN_MIRROR'];
  if (named !== undefined) return [named];
  const apt = spawnSync('apt-get', ['indextargets', '--format', '$(SITE)', 'Created-By: Packages'], {
    encoding: 'utf8',
  });
  const sites = [...new Set((apt.stdout ?? '').split('\n').filter((site) => /^https?:\/\//.test(site)))];
  if (sites.length === 0)
    throw new Unavailable('apt-get of this system names no mirror; PEERPATH_DEBIAN_MIRROR=URL names one');
  return sites;
}

/**
 * The file of a package in `folder`, fetched if it is not there.
 * @throws Unavailable where it cannot be had, or is not what the list says
 */
async function packageFile(wanted: DebianPackage, folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, basename(wanted.path));
  if (existsSync(file) && isIntact(file, wanted)) return file;
  writeFileSync(`${file}.part`, await fetched(wanted));
  if (!isIntact(`${file}.part`, wanted))
    throw new Unavailable(`${wanted.name} ${wanted.version} is not what the list says`);
  renameSync(`${file}.part`, file);
  return file;
}

/** The bytes of the first mirror that has them. */
async function fetched({ name, version, path }: DebianPackage): Promise<Uint8Array> {
  let last = '';
  for (const mirror of debianMirrors()) {
    try {
      const response = await fetch(`${mirror}/${path}`);
      if (response.ok) return new Uint8Array(await response.arrayBuffer());
      last = `the mirror says ${response.status}`;
    } catch (error) {
      last = (error as Error).message;
    }
  }
  throw new Unavailable(`${name} ${version} cannot be fetched: ${last}`);
}

function isIntact(file: string, { size, sha256 }: DebianPackage): boolean {
  const bytes = readFileSync(file);
  return bytes.length === size && createHash('sha256').update(bytes).digest('hex') === sha256;
}

/** Unpacks packages into `root`, each once; a mark per package says that it is there. No root needed. */
export async function unpackInto(root: string, packages: readonly DebianPackage[], downloads: string): Promise<void> {
  const marks = join(root, '.unpacked');
  mkdirSync(marks, { recursive: true });
  for (const wanted of packages) {
    const mark = join(marks, wanted.sha256);
    if (existsSync(mark)) continue;
    const file = await packageFile(wanted, downloads);
    const run = spawnSync('dpkg-deb', ['-x', file, root], { encoding: 'utf8' });
    if (run.status !== 0)
      throw new Unavailable(`dpkg-deb cannot unpack ${wanted.name}: ${run.stderr || run.error?.message}`);
    writeFileSync(mark, wanted.name);
  }
}
