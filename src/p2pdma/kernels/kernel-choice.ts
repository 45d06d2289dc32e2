/** Which kernel an answer is for: read from the input, chosen by the question, or the newest where neither tells. */
import {
  compareKernelVersion,
  formatKernelVersion,
  inKernelRange,
  type KernelRelease,
  type KernelVersion,
  kernelAtLeast,
  kernelVersion,
  readKernelRelease,
} from '../../uapi/index.ts';
import { ruleChanges } from '../kernel-rules.ts';
import { distributionRules } from './distribution-kernels.ts';

/** A kernel, and what is known of the rules it follows. */
export interface KernelChoice {
  /** As `uname -r` or the question has it; the version where neither tells. Untrusted text. */
  readonly release: string;
  readonly source: 'read' | 'chosen' | 'assumed';
  /** The release taken apart; undefined where it was assumed. */
  readonly parsed: KernelRelease | undefined;
  /** The upstream release whose rules are applied. */
  readonly version: KernelVersion;
  /** Upstream releases with other rules that the kernel may follow as well. */
  readonly others: readonly KernelVersion[];
  /** Where it is written whose rules the kernel follows; undefined: nowhere that is known, or not needed. */
  readonly rulesFrom: string | undefined;
  readonly warning: KernelWarning | undefined;
}

/**
 * - `newer-than-known`: newer than all releases in the tables, and answered as the newest.
 * - `rules-open`: its distribution may have taken over rules of newer releases; which is not known.
 * - `release-unreadable`: the input has a release that is none; the newest was assumed.
 */
export type KernelWarning = 'newer-than-known' | 'rules-open' | 'release-unreadable';

/** The newest release whose rules are in the tables: taken when neither the input nor the user names one. */
export const NEWEST_KERNEL: KernelVersion = kernelVersion(7, 3);

/** The newest, for want of another. `unreadable`: the input has a text that is no release. */
export function assumedKernel(unreadable = false): KernelChoice {
  return {
    release: formatKernelVersion(NEWEST_KERNEL),
    source: 'assumed',
    parsed: undefined,
    version: NEWEST_KERNEL,
    others: [],
    rulesFrom: undefined,
    warning: unreadable ? 'release-unreadable' : undefined,
  };
}

/** The kernel that `text` names; undefined where it names none. */
export function kernelChoice(text: string, source: 'read' | 'chosen'): KernelChoice | undefined {
  const parsed = readKernelRelease(text);
  if (parsed === undefined) return undefined;
  const common = { release: text.trim(), source, parsed };
  if (isNewerThanKnown(parsed.version)) {
    return { ...common, version: NEWEST_KERNEL, others: [], rulesFrom: undefined, warning: 'newer-than-known' };
  }
  const rules = distributionRules(parsed);
  const version = rules.value.from ?? parsed.version;
  const others = ruleChanges().filter(
    (change) => inKernelRange(change, rules.value) && compareKernelVersion(change, version) > 0,
  );
  return {
    ...common,
    version,
    others,
    rulesFrom: 'source' in rules ? rules.source : undefined,
    warning: others.length > 0 ? 'rules-open' : undefined,
  };
}

/** The choice of a plain upstream release. */
export function chosenVersion(version: KernelVersion): KernelChoice {
  const choice = kernelChoice(formatKernelVersion(version), 'chosen');
  return choice ?? assumedKernel();
}

function isNewerThanKnown(version: KernelVersion): boolean {
  return kernelAtLeast(version, kernelVersion(NEWEST_KERNEL.major, NEWEST_KERNEL.minor + 1));
}
