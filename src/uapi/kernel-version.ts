/** Which Linux a question is about. The model's rules and defects hold for ranges of these. */

/** A mainline or stable release: `7.2.6` is {7, 2, 6}, `7.3` is {7, 3, 0}. Numbers are 0 or more. */
export interface KernelVersion {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** Versions from `from` (inclusive) to `before` (exclusive); an end left out is open. */
export interface KernelRange {
  readonly from?: KernelVersion;
  readonly before?: KernelVersion;
}

/** Shorthand for tables: `kernelVersion(7, 2, 8)`. */
export function kernelVersion(major: number, minor: number, patch = 0): KernelVersion {
  return { major, minor, patch };
}

/** A known misbehaviour of released kernels that the model reproduces. */
export interface KernelDefect {
  /** Stable name for programs and reports, for example `iova-link-offset-zero`. */
  readonly name: string;
  /** The releases that have it. */
  readonly range: KernelRange;
  /** What goes wrong, one sentence. */
  readonly text: string;
}

/**
 * The version at the start of `uname -r` (`7.2.6+deb13-amd64`, `6.19.3-200.fc43.x86_64`, `7.3`); undefined when the text
 * does not start with one. A release candidate counts as the release it leads to, and the fourth number that some
 * builders have (`6.6.57.1-7.azl3`) does not count. What a distribution patched in is not in the text.
 */
export function parseKernelRelease(text: string): KernelVersion | undefined {
  const match = /^\s*v?(\d{1,3})\.(\d{1,4})(?:\.(\d{1,5})(?:\.\d{1,5}(?=-))?)?(?![\d.])/.exec(text);
  if (match === null) return undefined;
  return kernelVersion(Number(match[1]), Number(match[2]), Number(match[3] ?? 0));
}

/** `7.2.6`; the patch level 0 is left out as kernel.org does (`7.3`). */
export function formatKernelVersion(version: KernelVersion): string {
  const series = `${version.major}.${version.minor}`;
  return version.patch === 0 ? series : `${series}.${version.patch}`;
}

/** Negative, zero or positive as `a` is older than, the same as, or newer than `b`. */
export function compareKernelVersion(a: KernelVersion, b: KernelVersion): number {
  return a.major - b.major || a.minor - b.minor || a.patch - b.patch;
}

/** Is `version` `floor` or newer? */
export function kernelAtLeast(version: KernelVersion, floor: KernelVersion): boolean {
  return compareKernelVersion(version, floor) >= 0;
}

/** Does `range` hold `version`? */
export function inKernelRange(version: KernelVersion, range: KernelRange): boolean {
  if (range.from !== undefined && compareKernelVersion(version, range.from) < 0) return false;
  return range.before === undefined || compareKernelVersion(version, range.before) < 0;
}

/**
 * Does `version` have a fix that appeared in the releases `fixedIn`? A stable release carries a fix to the later
 * releases of its own series only; the newest entry carries it to every later series as well.
 * `[7.2.8, 7.3]` with a 7.1.x entry missing means: 7.2.8 and later 7.2.x, and everything from 7.3 on.
 */
export function hasKernelFix(version: KernelVersion, fixedIn: readonly KernelVersion[]): boolean {
  let newest: KernelVersion | undefined;
  for (const fix of fixedIn) {
    if (fix.major === version.major && fix.minor === version.minor && version.patch >= fix.patch) return true;
    if (newest === undefined || compareKernelVersion(fix, newest) > 0) newest = fix;
  }
  return newest !== undefined && compareKernelVersion(version, newest) >= 0;
}
