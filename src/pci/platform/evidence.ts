/** What a fact of the platform rests on. */
import type { Bdf } from '../../uapi/index.ts';

/**
 * Where a fact of the platform comes from.
 *
 * - `chosen`: the question says so.
 * - `cpu-vendor`, `cpu-family`: `/proc/cpuinfo`; `text` is the vendor (`''`: a file without that line) or the family.
 * - `cpu-name`: what the processor is called.
 * - `words`: words of the input that name the machine, as `uname -a` does.
 * - `firmware-table`: what firmware says of an AMD IOMMU.
 * - `iommu`: an IOMMU in use, by its name in sysfs.
 * - `iommu-function`: the PCI function of an AMD IOMMU at `bdf`.
 * - `groups`, `no-groups`: the IOMMU groups of the input.
 * - `cmdline`: an option of the captured kernel command line.
 * - `config`: an option of the kernel configuration.
 * - `release`: the name of the kernel release.
 * - `device-tree`: the node that holds a root bus.
 * - `root-complex`: a host bridge, root port or part of the chipset at `bdf`.
 */
export interface Evidence {
  readonly code:
    | 'chosen'
    | 'cpu-vendor'
    | 'cpu-family'
    | 'cpu-name'
    | 'words'
    | 'firmware-table'
    | 'iommu'
    | 'iommu-function'
    | 'groups'
    | 'no-groups'
    | 'cmdline'
    | 'config'
    | 'release'
    | 'device-tree'
    | 'root-complex';
  /** What stands there. Untrusted text. */
  readonly text: string;
  /** The function that shows it. */
  readonly bdf: Bdf | undefined;
}

/** A fact with what it rests on. Also a `Fact`, for those who do not ask why. */
export type PlatformFact<T> =
  | { readonly state: 'known'; readonly value: T; readonly evidence: Evidence }
  | { readonly state: 'unreadable'; readonly why: string };

/** A known fact. */
export function shownBy<T>(value: T, code: Evidence['code'], text: string, bdf?: Bdf): PlatformFact<T> {
  return { state: 'known', value, evidence: { code, text, bdf } };
}

/** Is the fact read off hardware or names that imply it, rather than said by the kernel or the user? */
export function isInferred({ code }: Evidence): boolean {
  return code === 'root-complex' || code === 'iommu-function' || code === 'cpu-name' || code === 'device-tree';
}
