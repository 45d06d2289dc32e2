/** Looks kernels up in the table of distributions. */
import type { Architecture } from '../../pci/index.ts';
import { inKernelRange, type KernelRange, type KernelRelease, kernelVersion } from '../../uapi/index.ts';
import {
  DISTRIBUTION_OPTIONS,
  DISTRIBUTION_RULES,
  type DistributionKernels,
  type P2pOption,
} from './distribution-table.ts';

/** Something known of a distribution's kernel, and where it stands. */
export interface KnownOfKernel<T> {
  readonly value: T;
  readonly source: string;
}

/** How an option is set there; undefined: not known. `architecture`: undefined where not known. */
export function distributionOption(
  release: KernelRelease,
  option: P2pOption,
  architecture: Architecture | undefined,
): KnownOfKernel<'y' | 'n'> | undefined {
  for (const row of DISTRIBUTION_OPTIONS) {
    const value = row.options[option];
    const there = row.architecture === undefined || row.architecture === architecture;
    if (value !== undefined && there && isAbout(row, release)) return { value, source: row.source };
  }
  return undefined;
}

/**
 * The upstream releases whose rules it has: one of that range. Without a row, from its own on. Distributions that keep
 * the last number at 0 have the rules of any stable release of that series.
 */
export function distributionRules(
  release: KernelRelease,
): KnownOfKernel<KernelRange> | { readonly value: KernelRange } {
  const row = DISTRIBUTION_RULES.find((each) => isAbout(each, release));
  if (row === undefined) return { value: { from: release.version } };
  const { rules, source } = row;
  if (rules !== 'own') return { value: rules, source };
  const { major, minor, patch } = release.version;
  const hidden = patch === 0 && release.builder === 'ubuntu';
  const before = hidden ? kernelVersion(major, minor + 1) : kernelVersion(major, minor, patch + 1);
  return { value: { from: release.version, before }, source };
}

function isAbout(row: DistributionKernels, { builder, edition, version, build }: KernelRelease): boolean {
  if (row.builder !== builder || (row.edition !== undefined && row.edition !== edition)) return false;
  if (row.versions !== undefined && !inKernelRange(version, row.versions)) return false;
  if (row.builds === undefined) return true;
  const [from, before] = row.builds;
  const [first] = build;
  return first !== undefined && first >= from && first < before;
}
