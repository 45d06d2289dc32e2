/** What differs between the processors of recorded machines. */

/** As Debian names them. */
export type Arch = 'amd64' | 'arm64';

/** Names and places. */
export interface ArchFacts {
  /** The program, and the Debian package that has it. */
  readonly qemu: string;
  readonly qemuPackage: string;
  /** The serial line of the emulated machine. */
  readonly console: string;
  /** Where the guest's packages are unpacked, below the workshop's root; '' is the root itself. */
  readonly guest: string;
  /** In the guest. */
  readonly libraries: string;
  readonly loader: string;
  /** Variables of `make` for modules. */
  readonly make: string;
}

/** By architecture. Modules of arm64 are built by a cross compiler. */
export const ARCHES: Readonly<Record<Arch, ArchFacts>> = {
  amd64: {
    qemu: 'qemu-system-x86_64',
    qemuPackage: 'qemu-system-x86',
    console: 'ttyS0',
    guest: '',
    libraries: 'lib/x86_64-linux-gnu',
    loader: 'lib64/ld-linux-x86-64.so.2',
    make: 'CC=gcc',
  },
  arm64: {
    qemu: 'qemu-system-aarch64',
    qemuPackage: 'qemu-system-arm',
    console: 'ttyAMA0',
    guest: 'arm64',
    libraries: 'lib/aarch64-linux-gnu',
    loader: 'lib/ld-linux-aarch64.so.1',
    make: 'ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- CC=aarch64-linux-gnu-gcc-14',
  },
};

/** Of the release of a kernel of Debian: its last word. */
export function archOfRelease(release: string): Arch {
  return release.endsWith('-arm64') ? 'arm64' : 'amd64';
}
